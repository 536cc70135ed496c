"""SIGKILL at any moment loses nothing: 20 rounds under load, a file and the HTTP API at once."""

import random

from services.collector import Sandbox, file_sink, glassflow_sink, read_events
from services.postgres import poll_until

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare

ROUNDS = 20


def test_nothing_is_missing_after_twenty_kills(database, collector, sandbox, tmp_path):
    prepare(database)
    events_path = tmp_path / "events.jsonl"
    one = collector(sinks=[file_sink(events_path), glassflow_sink(sandbox)], source={"tables": TABLES}, start=False)
    chance = random.Random(20)
    accepted = 0
    one.start().wait_ready()
    insert_hot_rows(database)

    with Load(database, seed=7):
        for _ in range(ROUNDS):
            # Slow answers now and then keep payloads in flight, so that a kill finds some.
            sandbox.misbehave(hang_ms=chance.randint(20, 150), count=chance.randint(1, 20))
            wanted = accepted + chance.randint(1, 600)
            one.wait_for(lambda: sandbox.stats()["accepted"] >= wanted, f"{wanted} events have been accepted")
            one.kill()
            accepted = sandbox.stats()["accepted"]
            one.start()
        one.wait_ready()
        one.kill()

    before_drain = database.wal_position()
    one.drain(timeout_s=120)
    poll_until(lambda: database.confirmed_position() >= before_drain, "the drained position to be confirmed")

    truth = committed_changes(database)
    total = sum(map(len, truth.values()))
    verdicts = [Verdict("files", read_events(events_path), truth), Verdict("glassflow", sandbox.events(), truth)]
    for verdict in verdicts:
        verdict.assert_sound()
        assert verdict.duplicates <= total, f"sink {verdict.name}: {verdict.duplicates} duplicates of {total} events: not bounded"
    assert verdicts[0].contents == verdicts[1].contents, "the two sinks were told different things under the same _event_id"
    assert verdicts[0].transactions_are_contiguous(), "the file is not in commit order"
    assert sum(verdict.duplicates for verdict in verdicts) > 0, "no kill hit anything in flight: this test proved nothing"
    print(f"{total} changes; duplicates: {[verdict.duplicates for verdict in verdicts]}")

    one.drain()
    assert len(read_events(events_path)) == sum(len(v.first_seen) + v.duplicates for v in verdicts[:1]), "a second drain delivered again"
