"""The OTLP receiver misbehaves in every way its contract allows: nothing is lost, no key is out of order, one bad record is set apart."""

import collections
import json
import time

import pytest

from services.collector import Program
from services.otlp_receiver import otlp_sink

KEYS, ROUNDS = 20, 6
FAST = {"retry_initial": "20ms", "retry_max": "200ms"}


@pytest.fixture
def table(database):
    database.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
    return database


def sink_status(one, name="otlp"):
    return next(sink for sink in one.status()["sinks"] if sink["name"] == name)


def distinct(events):
    return {event["attributes"]["event_id"]: event for event in reversed(events)}


def write_rounds(table):
    """Every key goes from 0 to ROUNDS - 1."""
    table.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, %s) k", (KEYS,))
    for n in range(1, ROUNDS):
        table.execute("UPDATE t SET n = %s", (n,))


def assert_all_arrived(one, table, receiver):
    total = KEYS * ROUNDS
    one.wait_for(lambda: len(distinct(receiver.events())) == total, f"{total} events", timeout_s=90)
    position = table.wal_position()
    one.wait_for(lambda: table.confirmed_position() >= position, "the position to be confirmed", timeout_s=60)
    by_key = collections.defaultdict(list)
    for event in receiver.events():
        data = json.loads(event["body"])
        if int(data["n"]) not in by_key[data["id"]]:  # at its first arrival
            by_key[data["id"]].append(int(data["n"]))
    assert len(by_key) == KEYS
    for key, order in by_key.items():
        assert order == list(range(ROUNDS)), f"key {key} arrived out of order"


@pytest.mark.parametrize("concurrent_requests", [1, 4])
@pytest.mark.parametrize("fault", [
    {"kind": "overload", "count": 3, "retry_after": 1},
    {"kind": "back_pressure", "count": 2, "after_ms": 100},
    {"kind": "unavailable", "count": 5},
    {"kind": "error", "count": 5, "stored": 7},
    {"kind": "error", "count": 5, "text": "getWriterConfig: otlp config fetch: unexpected status 502"},
    {"kind": "hang", "count": 2, "after_ms": 1500},
    {"kind": "hang", "count": 2, "after_ms": 1500, "stored": 11},
    {"kind": "reset_in_body", "count": 5, "after_bytes": 300},
    {"kind": "close_before_answer", "count": 5},
    {"kind": "close_before_answer", "count": 5, "stored": 1_000_000},
], ids=lambda fault: "-".join(str(value) for key, value in fault.items() if key not in ("count", "text", "retry_after")))
def test_what_may_pass_is_tried_again(table, collector, otlp_receiver, fault, concurrent_requests):
    one = collector(sinks=[otlp_sink(otlp_receiver, request_timeout="500ms", concurrent_requests=concurrent_requests, **FAST)]).wait_ready()
    otlp_receiver.misbehave(**fault)
    write_rounds(table)
    assert_all_arrived(one, table, otlp_receiver)
    stats = otlp_receiver.stats()
    assert stats["violations"] == [] and stats["fault_left"] == 0
    assert sink_status(one)["retries"] >= 1
    assert sink_status(one)["dead_letters"] == 0
    assert one.stop() == 0


def test_retry_after_is_honoured(table, collector, otlp_receiver):
    one = collector(sinks=[otlp_sink(otlp_receiver, **FAST)]).wait_ready()
    before = otlp_receiver.stats()["requests"]  # one, of the check at the start
    otlp_receiver.misbehave("overload", retry_after=2)
    table.execute("INSERT INTO t VALUES (1, 0)")
    one.wait_for(lambda: otlp_receiver.stats()["requests"] > before, "the first request")
    begin = time.monotonic()
    one.wait_for(lambda: otlp_receiver.events(), "the event")
    assert time.monotonic() - begin > 1.8
    assert otlp_receiver.stats()["requests"] == before + 2
    assert one.stop() == 0


def test_receiver_gone_for_a_while(table, collector, otlp_receiver):
    one = collector(sinks=[otlp_sink(otlp_receiver, **FAST)]).wait_ready()
    otlp_receiver.kill()
    write_rounds(table)
    one.wait_for(lambda: sink_status(one)["retries"] >= 3, "several retries")
    assert "could not reach" in sink_status(one)["last_error"]
    otlp_receiver.start().wait_ready()
    assert_all_arrived(one, table, otlp_receiver)
    assert "delivering again" in one.stderr
    assert one.stop() == 0


@pytest.mark.parametrize("fault, reason", [
    ({"text": "no active pipeline found"}, "pipeline was not found"),
    ({"text": "dedup value is empty"}, "attributes.event_id"),
    ({"status": 400, "text": "missing x-glassflow-pipeline-id header"}, "x-glassflow-pipeline-id did not arrive"),
    ({"status": 404, "text": "404 page not found"}, "check url"),
], ids=lambda value: value.split()[0] if isinstance(value, str) else "")
def test_what_no_retry_can_mend_stops_delivery_and_keeps_the_position(table, collector, otlp_receiver, fault, reason):
    one = collector(sinks=[otlp_sink(otlp_receiver)]).wait_ready()
    otlp_receiver.misbehave("error", count=1_000_000, **fault)
    table.execute("INSERT INTO t VALUES (1, 0)")
    assert one.wait(60) == 1, one.tail()
    assert reason in one.stderr and "Nothing is lost" in one.stderr
    assert otlp_receiver.events() == []
    otlp_receiver.behave()
    one.drain()
    assert [json.loads(event["body"])["id"] for event in otlp_receiver.events()] in (["1"], [1])


def test_pipeline_deleted_and_made_again(table, collector, otlp_receiver):
    one = collector(sinks=[otlp_sink(otlp_receiver)]).wait_ready()
    otlp_receiver.set_pipelines({})
    table.execute("INSERT INTO t VALUES (1, 0)")
    assert one.wait(60) == 1
    assert one.start().wait(60) == 3, "a start asks for the pipeline first"
    assert "no active pipeline found" in one.stderr
    otlp_receiver.set_pipelines({"pg-otlp": "attributes.event_id"})
    one.drain()
    assert len(otlp_receiver.events()) == 1


def test_a_pipeline_that_deduplicates_by_another_field(table, collector, otlp_receiver):
    otlp_receiver.set_pipelines({"pg-otlp": "attributes.order_id"})
    one = collector(sinks=[otlp_sink(otlp_receiver)]).wait_ready()
    table.execute("INSERT INTO t VALUES (1, 0)")
    assert one.wait(60) == 1
    assert "attributes.event_id" in one.stderr


@pytest.mark.parametrize("answer", [{"status": 400, "text": "proto: cannot parse \"secret 700\""}, {"text": "write batch: nats: maximum payload exceeded", "stored": 3}],
                         ids=["undecodable", "too_large"])
def test_poison_is_set_apart_and_the_others_arrive_in_order(table, collector, otlp_receiver, tmp_path, answer):
    state = tmp_path / "state"
    one = collector(sinks=[otlp_sink(otlp_receiver)], state_directory=str(state)).wait_ready()
    otlp_receiver.misbehave("poison", count=1_000_000, holding='"secret 700"', **answer)
    table.execute("ALTER TABLE t ADD note text")
    table.execute("INSERT INTO t SELECT k, 0, 'secret ' || k FROM generate_series(1, 1000) k")
    one.wait_for(lambda: len(distinct(otlp_receiver.events())) == 999, "the others", timeout_s=60)
    position = table.wal_position()
    one.wait_for(lambda: table.confirmed_position() >= position, "the position to be confirmed")
    first_seen = list(dict.fromkeys(int(json.loads(event["body"])["id"]) for event in otlp_receiver.events()))
    assert first_seen == [k for k in range(1, 1001) if k != 700]
    (file,) = state.glob("dead-letters-*.jsonl")
    (letter,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert int(json.loads(letter["payload"])["id"]) == 700
    assert str(answer.get("status", 500)) in letter["reason"]
    assert "secret" not in letter["reason"] and "secret" not in one.stderr, "row data in the log"
    assert otlp_receiver.stats()["requests"] < 60, "more than a search by halves takes"
    assert one.stop() == 0


def test_a_dead_letter_replayed_is_the_record_that_it_was(table, collector, otlp_receiver):
    one = collector(sinks=[otlp_sink(otlp_receiver)]).wait_ready()
    otlp_receiver.misbehave("error", status=400, text="proto: no")
    table.execute("INSERT INTO t VALUES (1, 0)")
    one.wait_for(lambda: sink_status(one)["dead_letters"] == 1, "the dead letter")
    table.execute("UPDATE t SET n = 1")
    one.wait_for(lambda: otlp_receiver.events(), "the next record")
    replay = Program(one.directory / "replay", "replay", ["dead-letter", "replay", "--all", "--config", one.configuration_path]).start()
    assert replay.wait(60) == 0, replay.tail()
    update, insert = otlp_receiver.events()
    assert (insert["severity_text"], json.loads(insert["body"])) == ("INSERT", {"id": 1, "n": 0})
    assert int(insert["attributes"].pop("lsn")) < int(update["attributes"].pop("lsn")), "a version column keeps the newer"
    assert insert["attributes"].pop("event_id") != update["attributes"].pop("event_id")
    assert insert["attributes"] == {**update["attributes"], "op": "c"}
    assert insert["timestamp"][:10] == update["timestamp"][:10] and insert["timestamp"] < update["timestamp"]
    assert {key: insert[key] for key in ("scope_name", "resource_attributes")} == {key: update[key] for key in ("scope_name", "resource_attributes")}
    assert one.stop() == 0


def test_records_that_a_receiver_says_it_dropped_are_dead_letters(table, collector, otlp_receiver):
    """Not GlassFlow's, which never says so."""
    one = collector(sinks=[otlp_sink(otlp_receiver)]).wait_ready()
    otlp_receiver.misbehave("partial_success")
    table.execute("INSERT INTO t VALUES (1, 0)")
    one.wait_for(lambda: sink_status(one)["dead_letters"] == 1, "the dead letter")
    table.execute("INSERT INTO t VALUES (2, 0)")
    one.wait_for(lambda: len(otlp_receiver.events()) == 1, "the next")
    assert one.stop() == 0


def test_every_fault_at_once_under_load(table, collector, otlp_receiver):
    """Faults of all kinds follow each other while rows are written; two pipelines, several requests side by side."""
    otlp_receiver.set_pipelines({"pg-otlp": "attributes.event_id", "pg-second": "attributes.event_id"})
    table.execute("CREATE TABLE u (id int PRIMARY KEY, n int)")
    sink = otlp_sink(otlp_receiver, pipelines=["public.u=pg-second"], concurrent_requests=4, request_timeout="400ms", max_request_bytes="64KiB", **FAST)
    one = collector(sinks=[sink]).wait_ready()
    faults = [{"kind": "overload", "retry_after": 1, "count": 2}, {"kind": "error", "stored": 5, "count": 6}, {"kind": "reset_in_body", "count": 8},
              {"kind": "hang", "after_ms": 800, "stored": 9, "count": 3}, {"kind": "close_before_answer", "stored": 3, "count": 8}, {"kind": "unavailable", "count": 4}]
    table.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 500) k; INSERT INTO u SELECT k, 0 FROM generate_series(1, 500) k")
    for n, fault in enumerate(faults, 1):
        one.wait_for(lambda: otlp_receiver.stats()["fault_left"] == 0, "the fault to pass")
        otlp_receiver.misbehave(**fault)
        table.execute(f"UPDATE t SET n = {n}; UPDATE u SET n = {n} WHERE id % 2 = 0; UPDATE u SET n = {n} WHERE id % 2 = 1; UPDATE t SET id = -id")
    # t: 500 inserts, then per round 500 updates, 500 deletes and 500 inserts; u: 500 inserts, then 500 updates
    total = 1000 + len(faults) * 2000
    one.wait_for(lambda: len(distinct(otlp_receiver.events())) == total, lambda: f"{total} events, not {len(distinct(otlp_receiver.events()))}", timeout_s=120)
    seen, state = set(), {}
    for event in otlp_receiver.events():
        if event["attributes"]["event_id"] in seen:
            continue
        seen.add(event["attributes"]["event_id"])
        assert event["pipeline"] == ("pg-second" if event["attributes"]["table"] == "u" else "pg-otlp")
        data = json.loads(event["body"])
        key, lsn = (event["attributes"]["table"], int(data["id"])), int(event["attributes"]["lsn"])
        assert state.get(key, 0) <= lsn, f"{key} arrived out of order"
        state[key] = lsn
    assert otlp_receiver.stats()["violations"] == []
    assert sink_status(one)["dead_letters"] == 0
    assert sink_status(one)["retries"] > 10
    assert one.stop() == 0
