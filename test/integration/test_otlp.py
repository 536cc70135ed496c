"""Every kind of change arrives at an OTLP receiver as the log record that GlassFlow's contract asks for."""

import json

import pytest

from services.collector import Collector
from services.otlp_receiver import otlp_sink

EVERYTHING = """
    CREATE TABLE t (id int PRIMARY KEY, n int, note text);
    INSERT INTO t VALUES (1, 1, 'a "quoted" <text> ü 🐘'), (2, 2, NULL);
    UPDATE t SET n = 10 WHERE id = 1;
    UPDATE t SET id = 3 WHERE id = 2;
    DELETE FROM t WHERE id = 1;
    TRUNCATE t;
    SELECT pg_logical_emit_message(true, 'app', 'hello');
"""


def sink_status(one, name="otlp"):
    return next(sink for sink in one.status()["sinks"] if sink["name"] == name)


@pytest.fixture
def slot(database):
    database.create_slot()
    return database


@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_every_kind_of_change(slot, collector, otlp_receiver, encoding):
    slot.execute(EVERYTHING)
    one = collector(sinks=[otlp_sink(otlp_receiver, encoding=encoding, format="envelope")])
    one.wait_for(lambda: len(otlp_receiver.events()) == 8, "eight events")
    events = otlp_receiver.events()
    assert [event["severity_text"] for event in events] == ["INSERT", "INSERT", "UPDATE", "DELETE", "INSERT", "DELETE", "TRUNCATE", "MESSAGE"]
    assert [event["attributes"]["op"] for event in events] == list("ccudcdtm")
    for event in events:
        body = json.loads(event["body"])
        assert event["attributes"]["event_id"] == body["_event_id"]
        assert event["attributes"]["lsn"] == body["_version"], "as text"
        assert event["severity_number"] == 9
        assert event["observed_timestamp"] == "1970-01-01T00:00:00Z"
        assert event["flags"] == event["dropped_attributes_count"] == 0
        assert event["resource_attributes"] == {"service.name": "glassflow-collector", "db.system": "postgresql", "db.name": slot.name,
                                                "postgresql.slot": slot.slot}
        assert "trace_id" not in event and "span_id" not in event and "scope_version" not in event
        assert event["timestamp"].removesuffix("Z")[:19] == body["_commit_ts"].removesuffix("Z")[:19]
    assert {event["scope_name"] for event in events[:7]} == {"public.t"}
    assert all((event["attributes"]["schema"], event["attributes"]["table"]) == ("public", "t") for event in events[:7])
    assert events[7]["scope_name"] == "" and "table" not in events[7]["attributes"]
    assert json.loads(events[0]["body"])["data"]["note"] == 'a "quoted" <text> ü 🐘'
    assert len({event["attributes"]["event_id"] for event in events}) == 8
    assert otlp_receiver.stats()["violations"] == []
    assert one.stop() == 0


def test_bodies_are_rows_unless_told_otherwise(slot, collector, otlp_receiver):
    """What the record says elsewhere is not in the body, which transforms read as fromJSON(body)."""
    slot.execute(EVERYTHING)
    one = collector(sinks=[otlp_sink(otlp_receiver)])
    one.wait_for(lambda: len(otlp_receiver.events()) == 8, "eight events")
    assert [json.loads(event["body"]) for event in otlp_receiver.events()] == [
        {"id": 1, "n": 1, "note": 'a "quoted" <text> ü 🐘'}, {"id": 2, "n": 2, "note": None}, {"id": 1, "n": 10, "note": 'a "quoted" <text> ü 🐘'},
        {"id": 2}, {"id": 3, "n": 2, "note": None}, {"id": 1}, {"cascade": False, "restart_identity": False}, {"prefix": "app", "content": "hello"}]
    assert one.stop() == 0


def test_a_pipeline_of_its_own_for_some_tables(slot, collector, otlp_receiver):
    otlp_receiver.set_pipelines({"pg-otlp": "attributes.event_id", "pg-orders": "attributes.event_id", "pg-audit": None})
    slot.execute("""CREATE SCHEMA audit; CREATE TABLE orders (id int PRIMARY KEY); CREATE TABLE rest (id int PRIMARY KEY);
                    CREATE TABLE audit."Log=A" (id int PRIMARY KEY); CREATE TABLE audit.b (id int PRIMARY KEY);""")
    for number in range(10):
        slot.execute(f"""INSERT INTO orders VALUES ({number}); INSERT INTO rest VALUES ({number});
                         INSERT INTO audit."Log=A" VALUES ({number}); INSERT INTO audit.b VALUES ({number})""")
    slot.execute("SELECT pg_logical_emit_message(true, 'app', 'hello')")
    one = collector(sinks=[otlp_sink(otlp_receiver, pipelines=['audit."Log=A"=pg-audit', "public.orders=pg-orders"])])
    one.wait_for(lambda: len(otlp_receiver.events()) == 41, "41 events")
    arrived = {}
    for event in otlp_receiver.events():
        arrived.setdefault(event["pipeline"], []).append(event["scope_name"])
    assert arrived["pg-orders"] == ["public.orders"] * 10
    assert arrived["pg-audit"] == ["audit.Log=A"] * 10
    assert sorted(arrived["pg-otlp"]) == [""] + ["audit.b"] * 10 + ["public.rest"] * 10
    assert one.stop() == 0


def test_a_lone_row_goes_at_once_and_many_go_together(slot, collector, otlp_receiver):
    slot.execute("CREATE TABLE t (id int PRIMARY KEY, note text)")
    one = collector(sinks=[otlp_sink(otlp_receiver)]).wait_ready()
    slot.execute("INSERT INTO t VALUES (0, 'alone')")
    one.wait_for(lambda: otlp_receiver.events(), "the row", timeout_s=5)
    before = otlp_receiver.stats()["requests"]
    slot.execute("INSERT INTO t SELECT k, repeat('x', 200) FROM generate_series(1, 50000) k")
    one.wait_for(lambda: len(otlp_receiver.events()) == 50_001, "50001 events", timeout_s=60)
    stats = otlp_receiver.stats()
    assert stats["requests"] - before < 500, "requests do not fill under load"
    assert 1_000_000 < stats["request_bytes_max"] <= 3_670_016
    assert stats["in_progress_max"] == 1
    assert stats["violations"] == []
    ids = [int(json.loads(event["body"])["id"]) for event in otlp_receiver.events()]
    assert ids == list(range(50_001)), "one request at a time keeps the order of everything"
    assert one.stop() == 0


def test_what_is_too_large_goes_to_the_dead_letters(slot, collector, otlp_receiver, tmp_path):
    """By its size, and by what its quotes make of it at the receiver."""
    slot.execute("CREATE TABLE t (id int PRIMARY KEY, note text)")
    state = tmp_path / "state"
    one = collector(sinks=[otlp_sink(otlp_receiver, max_event_bytes="600000")], state_directory=str(state)).wait_ready()
    slot.execute("INSERT INTO t VALUES (1, 'a'), (2, repeat('x', 700000)), (3, repeat('x', 500000)), (4, repeat('<', 300000)), (5, 'b')")
    one.wait_for(lambda: len(otlp_receiver.events()) == 3, "the others")
    assert [int(json.loads(event["body"])["id"]) for event in otlp_receiver.events()] == [1, 3, 5]
    one.wait_for(lambda: sink_status(one)["dead_letters"] == 2, "two dead letters")
    (file,) = state.glob("dead-letters-*.jsonl")
    letters = [json.loads(line) for line in file.read_text().splitlines()]
    assert [int(json.loads(letter["payload"])["id"]) for letter in letters] == [2, 4]
    assert "max_event_bytes is 600000" in letters[0]["reason"]
    assert "1 MiB" in letters[1]["reason"]
    assert otlp_receiver.stats()["violations"] == []
    assert one.stop() == 0


def test_what_is_too_large_can_go_without_its_largest_values(slot, collector, otlp_receiver):
    """The key stays, even where it is the largest."""
    slot.execute("CREATE TABLE t (id text PRIMARY KEY, note text, n int)")
    one = collector(sinks=[otlp_sink(otlp_receiver, max_event_bytes="1KiB", oversize="truncate")]).wait_ready()
    slot.execute("INSERT INTO t VALUES (repeat('k', 700), repeat('x', 500), 1)")
    one.wait_for(lambda: otlp_receiver.events(), "the event")
    (event,) = otlp_receiver.events()
    assert json.loads(event["body"]) == {"id": "k" * 700, "n": 1, "_truncated": ["note"]}
    assert one.stop() == 0


# --- before it starts ---------------------------------------------------------------------------------------------------

def check(collector, sink, **sections):
    one = collector(sinks=[sink], command=("check",), **sections)
    return one.wait(), one.stdout + one.stderr


def test_check_asks_for_health_and_pipelines_and_sends_nothing(slot, collector, otlp_receiver):
    sink = otlp_sink(otlp_receiver)
    assert check(collector, sink)[0] == 0
    otlp_receiver.misbehave("unhealthy")
    code, text = check(collector, sink)
    assert code == 3 and "nats unhealthy" in text and "503" in text
    code, text = check(collector, otlp_sink(otlp_receiver, pipelines=["public.t=pg-unknown"]))
    assert code == 3 and "pg-unknown" in text and "no active pipeline found" in text
    code, text = check(collector, {**sink, "url": f"{otlp_receiver.url}/elsewhere"})
    assert code == 3 and "404" in text
    assert otlp_receiver.events() == []
    otlp_receiver.kill()
    code, text = check(collector, sink)
    assert code == 3 and f"cannot reach {otlp_receiver.url}" in text


def test_tables_without_a_pipeline_are_refused_at_the_start(slot, collector, otlp_receiver):
    sink = {key: value for key, value in otlp_sink(otlp_receiver).items() if key != "pipeline_id"}
    for pipelines, tables in ((["public.a=pg-otlp"], ["public.a", "public.b"]), (["public.a=pg-otlp"], []), (["public.a*=pg-otlp"], ["public.*"])):
        code, text = check(collector, {**sink, "pipelines": pipelines}, source={"tables": tables})
        assert code == 3 and "no pipeline for" in text, text
    code, text = check(collector, {**sink, "pipelines": ["public.*=pg-otlp"]}, source={"tables": ["public.a", "Public.b*"]})
    assert code == 0, text
