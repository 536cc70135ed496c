"""Tables that change while their rows are on the way: each row arrives as it was when it was written, whoever restarts.

One story of DDL and rows, read three times: as it happens; with a kill after each of its steps; and at the end, from a
slot that has all of it before it, when the tables are long gone. The three must tell the same.
"""

import pytest

from services.collector import file_sink, read_events

# Each step: statements in one transaction (VACUUM and ALTER TYPE ADD VALUE by themselves), and what a sink must see of it:
# (table, op, data).
STORY = [
    ("DDL between the rows of a transaction, partly taken back", """
        INSERT INTO t VALUES (1, 'a'); ALTER TABLE t ADD COLUMN c int; INSERT INTO t VALUES (2, 'b', 2);
        SAVEPOINT s; ALTER TABLE t DROP COLUMN c; INSERT INTO t VALUES (3, 'undone'); ROLLBACK TO s;
        INSERT INTO t VALUES (4, 'd', 4)""",
     [("t", "c", {"id": 1, "v": "a"}), ("t", "c", {"id": 2, "v": "b", "c": 2}), ("t", "c", {"id": 4, "v": "d", "c": 4})]),
    ("a column with a default, and rows that are older than it", "ALTER TABLE t ADD COLUMN d int DEFAULT 7; UPDATE t SET v = 'old' WHERE id = 1",
     [("t", "u", {"id": 1, "v": "old", "c": None, "d": 7})]),
    ("a rewrite", "ALTER TABLE t ALTER COLUMN c TYPE text USING c || '!'; UPDATE t SET v = 'new' WHERE id = 2",
     [("t", "u", {"id": 2, "v": "new", "c": "2!", "d": 7})]),
    ("VACUUM FULL", ["VACUUM FULL t", "CLUSTER t USING t_pkey", "DELETE FROM t WHERE id = 4"], [("t", "d", {"id": 4})]),
    ("a name that is used again by another type", """
        ALTER TABLE t DROP COLUMN c; ALTER TABLE t ADD COLUMN c boolean; INSERT INTO t VALUES (5, 'e', 5, true)""",
     [("t", "c", {"id": 5, "v": "e", "d": 5, "c": True})]),
    ("names of column, table and schema", """
        ALTER TABLE t RENAME COLUMN v TO w; INSERT INTO t (id, w) VALUES (6, 'f');
        ALTER TABLE t RENAME TO u; INSERT INTO u (id, w) VALUES (7, 'g');
        CREATE SCHEMA elsewhere; ALTER TABLE u SET SCHEMA elsewhere; INSERT INTO elsewhere.u (id, w) VALUES (8, 'h')""",
     [("t", "c", {"id": 6, "w": "f", "d": 7, "c": None}), ("u", "c", {"id": 7, "w": "g", "d": 7, "c": None}),
      ("elsewhere.u", "c", {"id": 8, "w": "h", "d": 7, "c": None})]),
    ("labels of an enum", ["ALTER TYPE mood RENAME VALUE 'sad' TO 'glum'", "INSERT INTO moods VALUES (1, 'glum')", "ALTER TYPE mood ADD VALUE 'calm'",
                           "INSERT INTO moods VALUES (2, 'calm')"],
     [("moods", "c", {"id": 1, "m": "glum"}), ("moods", "c", {"id": 2, "m": "calm"})]),
    ("another key", """
        UPDATE k SET v = 'x' WHERE a = 1; ALTER TABLE k DROP CONSTRAINT k_pkey; ALTER TABLE k ADD PRIMARY KEY (b);
        UPDATE k SET v = 'y' WHERE a = 1; UPDATE k SET b = 11 WHERE a = 1; DELETE FROM k WHERE a = 1""",
     [("k", "u", {"a": 1, "b": 10, "v": "x"}), ("k", "u", {"a": 1, "b": 10, "v": "y"}), ("k", "d", {"b": 10}),
      ("k", "c", {"a": 1, "b": 11, "v": "y"}), ("k", "d", {"b": 11})]),
    ("another replica identity", """
        ALTER TABLE k REPLICA IDENTITY FULL; DELETE FROM k WHERE a = 2; ALTER TABLE k REPLICA IDENTITY DEFAULT; DELETE FROM k WHERE a = 3""",
     [("k", "d", {"b": 20}), ("k", "d", {"b": 30})]),
    ("partitions come, go and are crossed", """
        INSERT INTO p VALUES (1, 1, 'one'); CREATE TABLE p2 (v text, n int NOT NULL, id int NOT NULL); ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
        UPDATE p SET n = 11 WHERE id = 1; ALTER TABLE p DETACH PARTITION p2; INSERT INTO p2 VALUES ('alone', 12, 2);
        ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20); DROP TABLE p1""",
     [("p1", "c", {"id": 1, "n": 1, "v": "one"}), ("p1", "d", {"id": 1, "n": 1}), ("p2", "c", {"v": "one", "n": 11, "id": 1}),
      ("p2", "c", {"v": "alone", "n": 12, "id": 2})]),
    ("truncated", "TRUNCATE p2; TRUNCATE p", [("p2", "t", {}), ("p", "t", {}), ("p2", "t", {})]),
    ("all gone", "DROP TABLE p, k, moods; DROP SCHEMA elsewhere CASCADE", []),
]
TABLES = ["public.*", "elsewhere.*"]
PREPARATION = """
    CREATE TABLE t (id int PRIMARY KEY, v text);
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE TABLE moods (id int PRIMARY KEY, m mood);
    CREATE TABLE k (a int PRIMARY KEY, b int NOT NULL, v text);
    INSERT INTO k VALUES (1, 10, 'w'), (2, 20, 'z'), (3, 30, 'z');
    CREATE TABLE p (id int, n int, v text, PRIMARY KEY (id, n)) PARTITION BY RANGE (n);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
"""


def told(events):
    """What came first of each event."""
    first = {event["_event_id"]: event for event in events}
    names = lambda event: event["_table"] if event["_schema"] == "public" else f"{event['_schema']}.{event['_table']}"  # noqa: E731
    return [(names(event), event["_op"], plain(event["data"]) if event["_op"] != "t" else {}) for event in first.values()]


def plain(data):
    return {name: int(value) if name in ("id", "a", "b", "n", "d") and value is not None else integer_or_as_it_is(value) for name, value in data.items()}


def integer_or_as_it_is(value):
    return int(value) if isinstance(value, str) and value.isdigit() else value


def run_step(database, statements):
    if isinstance(statements, str):
        with database.connect() as connection, connection.transaction():
            for statement in statements.split(";"):
                connection.execute(statement)
    else:
        for statement in statements:
            database.execute(statement)


def reader(collector, database, tmp_path, name, slot):
    source = {"tables": TABLES, "slot": slot, "frame_bytes": "1KiB"}
    return collector(sinks=[file_sink(tmp_path / f"{name}.jsonl")], source=source, directory=tmp_path / name, start=False)


@pytest.fixture
def slots(database):
    database.execute(PREPARATION)
    names = {name: f"{database.slot}_{name}" for name in ("live", "killed", "late")}
    for name in names.values():
        database.create_slot(name=name)
    return names


def confirmed(database, slot):
    return int(database.query("SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots WHERE slot_name = %s", (slot,))[0][0])


def test_each_row_is_told_as_it_was_written(collector, database, tmp_path, slots):
    live, killed, late = (reader(collector, database, tmp_path, name, slot) for name, slot in slots.items())
    live.start().wait_ready()
    killed.start().wait_ready()
    expected = []
    for what, statements, events in STORY:
        run_step(database, statements)
        expected += events
        killed.wait_for(lambda: len(told(read_events(tmp_path / "killed.jsonl"))) >= len(expected), f"the events of: {what}")
        killed.kill()
        killed.start()
    late.start()
    end = database.wal_position()
    for one, slot in zip((live, killed, late), slots.values()):
        one.wait_for(lambda: confirmed(database, slot) >= end, "everything is confirmed", 60)
        assert one.stop() == 0
    for name in slots:
        assert told(read_events(tmp_path / f"{name}.jsonl")) == expected, name
    assert len(read_events(tmp_path / "live.jsonl")) == len(read_events(tmp_path / "late.jsonl")) == len(expected)
    same = [{event["_event_id"]: event for event in read_events(tmp_path / f"{name}.jsonl")} for name in slots]
    assert same[0] == same[1] == same[2], "a redelivery has another content"
