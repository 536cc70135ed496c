"""SIGKILL at any moment loses nothing: 20 rounds under load, a file, the HTTP API and an OTLP receiver at once.

A second slot, read at the end, tells where in the WAL each transaction ends, and so what had been confirmed at a kill.
"""

import json
import random

from services.collector import file_sink, glassflow_sink, read_events
from services.otlp_receiver import otlp_sink
from services.postgres import poll_until

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare

ROUNDS = 20


def released_position(database):
    """The confirmed position once the server has noticed that the killed one is gone, and read its last words."""
    query = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND NOT active"
    poll_until(lambda: database.query(query, (database.slot,)), "the slot to be released")
    return database.confirmed_position()


def transaction_ends(database, slot):
    """xid -> the position that confirms it"""
    rows = database.query("""SELECT xid::text::bigint, max(lsn) - '0/0' FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)
                             WHERE xid IS NOT NULL GROUP BY 1""", (slot,))
    return {xid: int(end) for xid, end in rows}


def confirmed_and_sent_again(events, kills, ends):
    """kills: (events in the file, position confirmed) at each of them."""
    again = []
    for (first, confirmed), (after, _) in zip(kills, [*kills[1:], (len(events), None)]):
        again += [event["_event_id"] for event in events[first:after] if ends[event["_xid"]] <= confirmed]
    return again


def test_nothing_is_missing_after_twenty_kills(database, collector, sandbox, otlp_receiver, tmp_path):
    prepare(database)
    events_path = tmp_path / "events.jsonl"
    sinks = [file_sink(events_path), glassflow_sink(sandbox), otlp_sink(otlp_receiver, format="envelope", toast="omit")]
    one = collector(sinks=sinks, source={"tables": TABLES}, memory_limit="4MiB", start=False)
    database.create_slot(name=database.slot + "_ends")
    chance = random.Random(20)
    accepted, kills = 0, []
    one.start().wait_ready()
    insert_hot_rows(database)

    with Load(database, seed=7):
        for _ in range(ROUNDS):
            # Slow answers now and then keep payloads in flight, so that a kill finds some.
            sandbox.misbehave(hang_ms=chance.randint(20, 150), count=chance.randint(1, 20))
            wanted = accepted + chance.randint(1, 600)
            one.wait_for(lambda: sandbox.stats()["accepted"] >= wanted, f"{wanted} events have been accepted")
            one.kill()
            kills.append((events_path.read_bytes().count(b"\n"), released_position(database)))
            accepted = sandbox.stats()["accepted"]
            one.start()
        one.wait_ready()
        one.kill()

    before_drain = database.wal_position()
    one.drain(timeout_s=120)
    poll_until(lambda: database.confirmed_position() >= before_drain, "the drained position to be confirmed")

    truth = committed_changes(database)
    total = sum(map(len, truth.values()))
    in_file = read_events(events_path)
    verdicts = [Verdict("files", in_file, truth), Verdict("glassflow", sandbox.events(), truth),
                Verdict("otlp", [json.loads(event["body"]) for event in otlp_receiver.events()], truth)]
    for verdict in verdicts:
        verdict.assert_sound()
    again = confirmed_and_sent_again(in_file, kills, transaction_ends(database, database.slot + "_ends"))
    assert not again, f"{len(again)} events were confirmed and yet delivered again: duplicates are not bounded"
    assert verdicts[0].contents == verdicts[1].contents == verdicts[2].contents, "sinks were told different things under the same _event_id"
    assert verdicts[0].transactions_are_contiguous(), "the file is not in commit order"
    assert verdicts[2].transactions_are_contiguous(), "one OTLP request at a time is not in commit order"
    assert sum(verdict.duplicates for verdict in verdicts) > 0, "no kill hit anything in flight: this test proved nothing"
    print(f"{total} changes; duplicates: {[verdict.duplicates for verdict in verdicts]}")

    one.drain()
    assert len(read_events(events_path)) == len(in_file), "a second drain delivered again"
