"""The HTTP events API misbehaves in every way its contract allows: nothing is lost, nothing is sent out of order."""

import json

import pytest

from services.collector import file_sink, glassflow_sink, read_events


@pytest.fixture
def table(database):
    database.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
    return database


def sink_status(one, name="glassflow"):
    return next(sink for sink in one.status()["sinks"] if sink["name"] == name)


def distinct(events):
    return {event["_event_id"]: event for event in events}


@pytest.mark.parametrize("fault", [
    {"status": 429, "retry_after": 1, "count": 3},
    {"status": 429, "count": 3},
    {"status": 500, "count": 5},
    {"status": 503, "retry_after": 1, "count": 2},
    {"close": True, "count": 4},
    {"hang_ms": 1500, "count": 2},
], ids=lambda fault: "-".join(f"{key}{value}" for key, value in fault.items() if key != "count"))
def test_what_may_pass_is_tried_again(table, collector, sandbox, fault):
    one = collector(sinks=[glassflow_sink(sandbox, request_timeout="500ms", retry_initial="50ms")]).wait_ready()
    sandbox.misbehave(**fault)
    table.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 20) k")
    for n in range(1, 6):
        table.execute("UPDATE t SET n = %s", (n,))
    one.wait_for(lambda: len(distinct(sandbox.events())) == 120, "120 events", timeout_s=60)
    position = table.wal_position()
    one.wait_for(lambda: table.confirmed_position() >= position, "the position to be confirmed")
    for key in range(1, 21):
        order = [event["data"]["n"] for event in distinct(sandbox.events()).values() if int(event["data"]["id"]) == key]
        assert [int(n) for n in order] == [0, 1, 2, 3, 4, 5], f"key {key} arrived out of order"
    assert sink_status(one)["retries"] >= 1
    assert sink_status(one)["dead_letters"] == 0
    assert one.stop() == 0


def test_endpoint_down_for_a_while(table, collector, sandbox):
    one = collector(sinks=[glassflow_sink(sandbox, retry_initial="50ms", retry_max="500ms")]).wait_ready()
    sandbox.kill()
    table.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 50) k")
    one.wait_for(lambda: sink_status(one)["retries"] >= 3, "several retries")
    sandbox.start().wait_ready()
    one.wait_for(lambda: len(distinct(sandbox.events())) == 50, "50 events")
    assert one.stop() == 0


@pytest.mark.parametrize("status", [401, 404])
def test_credentials_that_are_taken_away_stop_delivery_and_keep_the_position(table, collector, sandbox, status):
    one = collector(sinks=[glassflow_sink(sandbox)]).wait_ready()
    before = table.wal_position()
    sandbox.misbehave(status=status, count=1_000_000)
    table.execute("INSERT INTO t VALUES (1, 0)")
    assert one.wait(60) == 1, one.tail()
    assert str(status) in one.stderr and "glassflow" in one.stderr
    assert sandbox.events() == []
    sandbox.misbehave(status=status, count=0)
    one.drain()
    assert [int(event["data"]["id"]) for event in sandbox.events()] == [1]
    assert table.confirmed_position() >= before


def test_refused_rows_become_dead_letters_and_the_others_arrive(table, collector, sandbox, tmp_path):
    state = tmp_path / "state"
    one = collector(sinks=[glassflow_sink(sandbox)], state_directory=str(state)).wait_ready()
    sandbox.misbehave(status=422, count=1)
    table.execute("INSERT INTO t VALUES (1, 0)")
    one.wait_for(lambda: sink_status(one)["dead_letters"] == 1, "a dead letter")
    table.execute("INSERT INTO t VALUES (2, 0)")
    one.wait_for(lambda: len(sandbox.events()) == 1, "the other row")
    position = table.wal_position()
    one.wait_for(lambda: table.confirmed_position() >= position, "the position to be confirmed")
    (file,) = state.glob("dead-letters-*.jsonl")
    assert file.stat().st_mode & 0o077 == 0, "others may read the rows"
    (letter,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert letter["sink"] == "glassflow" and "422" in letter["reason"]
    payload = json.loads(letter["payload"])
    assert int(payload["data"]["id"]) == 1 and payload["_event_id"] == letter["event_id"]
    assert int(sandbox.events()[0]["data"]["id"]) == 2
    assert '"id"' not in one.stderr, "row data in the log"
    assert one.stop() == 0


def test_the_form_for_existing_transforms(table, collector, sandbox, tmp_path):
    path = tmp_path / "wal2json.jsonl"
    one = collector(sinks=[file_sink(path, format="wal2json"), glassflow_sink(sandbox, format="wal2json")]).wait_ready()
    table.execute("INSERT INTO t VALUES (1, 5); UPDATE t SET n = 6; DELETE FROM t")
    one.wait_for(lambda: len(sandbox.events()) == 3 and len(read_events(path)) == 3, "three events")
    assert read_events(path) == sandbox.events()
    insert, update, delete = sandbox.events()
    assert insert == {"action": "I", "schema": "public", "table": "t", "columns": [
        {"name": "id", "type": "integer", "value": 1}, {"name": "n", "type": "integer", "value": 5}]}
    assert update["identity"] == [{"name": "id", "type": "integer", "value": 1}]
    assert delete == {"action": "D", "schema": "public", "table": "t", "identity": [{"name": "id", "type": "integer", "value": 1}]}


def test_one_slow_key_does_not_hold_up_the_others(table, collector, sandbox):
    """One in flight per key, many keys at once: 200 rows with 50 ms each take far less than 10 s."""
    one = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=32)]).wait_ready()
    sandbox.misbehave(hang_ms=50, count=200)
    table.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 200) k")
    one.wait_for(lambda: len(sandbox.events()) == 200, "200 events", timeout_s=5)
