"""Updates of the columns that changed, on the whole way: what is not sent is absent, never null."""

import pytest

from services.collector import file_sink, read_events

SETUP = ("CREATE TABLE parts (id integer PRIMARY KEY, a text, b integer, c text)", "ALTER TABLE parts REPLICA IDENTITY FULL",
         "CREATE TABLE keyless (a text, b integer)", "ALTER TABLE keyless REPLICA IDENTITY FULL")


@pytest.fixture
def parts(database):
    for statement in SETUP:
        database.execute(statement)
    return database


def test_what_is_not_sent_is_absent(parts, collector, tmp_path):
    path = tmp_path / "events.jsonl"
    one = collector(source={"update_columns": "changed"}, sinks=[file_sink(path)]).wait_ready()
    for statement in ("INSERT INTO parts VALUES (1, 'a', 1, NULL)", "UPDATE parts SET a = NULL", "UPDATE parts SET b = b", "UPDATE parts SET id = 2",
                      "INSERT INTO keyless VALUES ('a', 1)", "UPDATE keyless SET a = 'b'", "DELETE FROM parts"):
        parts.execute(statement)
    one.wait_for(lambda: len(read_events(path)) >= 8, "eight events")
    events = read_events(path)
    assert [event["_op"] for event in events] == ["c", "u", "u", "d", "c", "c", "u", "d"]
    _, changed, touched, old_key, new_key, _, keyless, deleted = events
    assert changed["data"] == {"id": 1, "a": None} and changed["before"] == {"id": 1, "a": "a"}
    assert touched["data"] == {"id": 1} and touched["before"] == {"id": 1}
    # to whoever keeps rows by their key it is a new row: it comes whole
    assert old_key["data"] == {"id": 1} and new_key["data"] == {"id": 2, "a": None, "b": 1, "c": None}
    assert keyless["data"] == {"a": "b", "b": 1} and keyless["before"] == {"a": "a", "b": 1}
    assert deleted["before"] == {"id": 2, "a": None, "b": 1, "c": None}


@pytest.mark.parametrize("form", ["row", "wal2json"])
def test_other_forms_leave_out_the_same(parts, collector, tmp_path, form):
    path = tmp_path / "events.jsonl"
    one = collector(source={"update_columns": "changed"}, sinks=[file_sink(path, form)]).wait_ready()
    parts.execute("INSERT INTO parts VALUES (1, 'a', 1, NULL)")
    parts.execute("UPDATE parts SET a = 'b'")
    one.wait_for(lambda: len(read_events(path)) >= 2, "two events")
    update = read_events(path)[1]
    if form == "row":
        assert update == {"id": 1, "a": "b"}
    else:
        assert [(column["name"], column["value"]) for column in update["columns"]] == [("id", 1), ("a", "b")]
        assert [(column["name"], column["value"]) for column in update["identity"]] == [("id", 1), ("a", "a")]


def test_a_sink_that_would_fill_the_gaps_is_refused(parts, collector, tmp_path):
    one = collector(source={"update_columns": "changed"}, sinks=[file_sink(tmp_path / "events.jsonl", toast="reselect")])
    assert one.wait() == 2
    assert "toast is not omit, and source.update_columns is changed" in one.stderr
