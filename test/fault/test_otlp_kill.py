"""SIGKILL of the collector while the OTLP receiver misbehaves: deduplicated by event_id, exactly what was committed arrived."""

import json
import random

from services.otlp_receiver import otlp_sink
from services.postgres import poll_until

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare

ROUNDS = 20
FAULTS = (
    {"kind": "back_pressure", "after_ms": 40}, {"kind": "error", "stored": 3}, {"kind": "hang", "after_ms": 700, "stored": 5},
    {"kind": "reset_in_body", "after_bytes": 2000}, {"kind": "close_before_answer", "stored": 1_000_000}, {"kind": "unavailable"})


def test_nothing_is_missing_after_twenty_kills_and_all_faults(database, collector, otlp_receiver):
    prepare(database)
    sink = otlp_sink(otlp_receiver, format="envelope", toast="omit", concurrent_requests=4, request_timeout="500ms", max_request_bytes="64KiB",
                     retry_initial="20ms", retry_max="200ms")
    one = collector(sinks=[sink], source={"tables": TABLES}, memory_limit="4MiB", start=False)
    chance = random.Random(21)
    one.start().wait_ready()
    insert_hot_rows(database)
    stored = 0

    with Load(database, seed=9):
        for _ in range(ROUNDS):
            otlp_receiver.misbehave(**chance.choice(FAULTS), count=chance.randint(1, 5))
            wanted = stored + chance.randint(1, 600)
            one.wait_for(lambda: otlp_receiver.stats()["events"] >= wanted, f"{wanted} events are stored")
            one.kill()
            stored = otlp_receiver.stats()["events"]
            otlp_receiver.behave()  # or the check of the next start meets the fault
            one.start()
            one.wait_ready()
        one.kill()

    otlp_receiver.behave()
    before_drain = database.wal_position()
    one.drain(timeout_s=120)
    poll_until(lambda: database.confirmed_position() >= before_drain, "the drained position to be confirmed")

    events = otlp_receiver.events()
    bodies = [json.loads(event["body"]) for event in events]
    assert all(event["attributes"]["event_id"] == body["_event_id"] for event, body in zip(events, bodies))
    truth = committed_changes(database)
    verdict = Verdict("otlp", bodies, truth)
    verdict.assert_sound()
    assert len(verdict.contents) == sum(map(len, truth.values()))
    assert verdict.duplicates > 0, "no kill hit anything in flight: this test proved nothing"
    assert otlp_receiver.stats()["violations"] == []
    print(f"{len(verdict.contents)} changes; duplicates: {verdict.duplicates}")
