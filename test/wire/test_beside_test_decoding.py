"""The rows that our plugin sends are those of test_decoding, PostgreSQL's own example of a plugin, over the same WAL.

Two slots stand at the same place, one of each plugin. Compared is all that test_decoding tells: transactions, rows, old rows, truncates,
messages, prepared transactions, and in which blocks transactions in progress come.
"""

import random

import msgpack
import pytest

from decoding_text import changes_of, told_by
from frame_reader import TAGS
from value_reader import Members

pytestmark = pytest.mark.every_server

TOLD = {"include-xids": "1", "include-timestamp": "1", "skip-empty-xacts": "0"}
LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i)"  # 32 kB that do not compress
OUT_OF_LINE = LARGE.replace("1000", "100")
TWO_TABLES = ["CREATE TABLE t (id int PRIMARY KEY, v text)", "CREATE TABLE u (id serial PRIMARY KEY, t_id int REFERENCES t)"]

# name -> before the slots are made, what is decoded
SCENARIOS = {
    "changes": (
        ["CREATE TABLE t (id bigint PRIMARY KEY, name text, price numeric(10,2), at timestamptz, \"Odd\"\"na me\" boolean, bits bit(3), texts text[])"],
        ["INSERT INTO t VALUES (1, 'it''s ä€😀', 12.50, '2024-02-29 12:00+00', true, B'101', '{a,\"b c\",NULL}'), (2, '', NULL, NULL, NULL, NULL, NULL)",
         "UPDATE t SET name = 'line' || chr(10) || ' new-tuple: x[int]:1', \"Odd\"\"na me\" = false", "UPDATE t SET id = 3 WHERE id = 1", "DELETE FROM t",
         "BEGIN; INSERT INTO t (id) VALUES (5); UPDATE t SET id = 6; DELETE FROM t; COMMIT", "INSERT INTO t (id) SELECT generate_series(100, 400)"]),
    "identities": (
        ["CREATE TABLE whole (id int PRIMARY KEY, a text, b int)", "ALTER TABLE whole REPLICA IDENTITY FULL", "CREATE TABLE by_index (id int, a text NOT NULL, b int NOT NULL, c int)",
         "CREATE UNIQUE INDEX by_index_key ON by_index (b, a)", "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_key",
         "CREATE TABLE silent (id int PRIMARY KEY, a text)", "ALTER TABLE silent REPLICA IDENTITY NOTHING", "CREATE TABLE bare (a int, b text)",
         "CREATE TABLE keyless (a text, b int)", "ALTER TABLE keyless REPLICA IDENTITY FULL"],
        [f"INSERT INTO {table} VALUES {rows}" for table, rows in (
            ("whole", "(1, 'x', NULL), (2, NULL, 2)"), ("by_index", "(1, 'x', 1, NULL), (2, 'y', 2, 2)"), ("silent", "(1, 'x')"), ("bare", "(1, 'x')"),
            ("keyless", "('x', NULL), (NULL, NULL)"))]
        + ["UPDATE whole SET b = 3", "UPDATE whole SET id = id + 10", "UPDATE by_index SET c = 5", "UPDATE by_index SET a = 'z' WHERE id = 1", "UPDATE silent SET id = 2",
           "UPDATE bare SET b = NULL", "UPDATE keyless SET b = 7 WHERE a = 'x'"]
        + [f"DELETE FROM {table}" for table in ("whole", "by_index", "silent", "bare", "keyless")]),
    "large values": (
        [f"CREATE TABLE {table} (id int PRIMARY KEY, big text, small text)" for table in ("t", "f")] + ["ALTER TABLE f REPLICA IDENTITY FULL"],
        [f"INSERT INTO {table} VALUES (1, {LARGE}, 'a')" for table in ("t", "f")]
        + [f"UPDATE {table} SET {change}" for table in ("t", "f") for change in ("small = 'b'", "id = 2", "big = big || 'x'", "big = 'short'")] + ["DELETE FROM t", "DELETE FROM f"]),
    "truncates": (
        TWO_TABLES, ["INSERT INTO t VALUES (1, 'x')", "TRUNCATE u", "TRUNCATE t CASCADE", "BEGIN; INSERT INTO t VALUES (2); TRUNCATE t, u RESTART IDENTITY; COMMIT"]),
    "messages": (
        TWO_TABLES,
        ["BEGIN; SELECT pg_logical_emit_message(true, 'app', 'one, sz: 3 content:ä'); INSERT INTO t VALUES (1); SELECT pg_logical_emit_message(true, '', ''); COMMIT",
         "BEGIN; INSERT INTO t VALUES (2); SELECT pg_logical_emit_message(false, 'app', 'kept'); ROLLBACK", "SELECT pg_logical_emit_message(true, 'glassflow', 'reserved')",
         "BEGIN; SELECT pg_logical_emit_message(true, 'app', 'gone'); ROLLBACK"]),
    "savepoints": (
        TWO_TABLES,
        ["BEGIN; INSERT INTO t VALUES (1, 'kept'); SAVEPOINT a; INSERT INTO t VALUES (2, 'gone'); SAVEPOINT b; INSERT INTO t VALUES (3, 'gone'); RELEASE b; ROLLBACK TO a; "
         "INSERT INTO t VALUES (4, 'kept'); SAVEPOINT c; UPDATE t SET v = 'changed'; RELEASE c; COMMIT", "BEGIN; INSERT INTO t VALUES (9); ROLLBACK"]),
    "tables that change": (
        TWO_TABLES,
        ["INSERT INTO t VALUES (1, 'x')", "ALTER TABLE t ADD b date DEFAULT '2024-02-29'", "INSERT INTO t VALUES (2, 'y')", "ALTER TABLE t DROP v", "UPDATE t SET b = 'infinity'",
         "BEGIN; ALTER TABLE t ALTER b TYPE timestamp; UPDATE t SET b = '-infinity' WHERE id = 1; ALTER TABLE t RENAME b TO \"B 2\"; INSERT INTO t VALUES (3, '0044-03-15 BC'); COMMIT",
         "ALTER TABLE t RENAME TO \"T 2\"", "DELETE FROM \"T 2\"", "VACUUM FULL \"T 2\"", "CREATE TABLE made AS SELECT 1 AS id", "DROP TABLE made", "CREATE TABLE none ()",
         "INSERT INTO none DEFAULT VALUES"]),
    "kinds of tables": (
        [*TWO_TABLES, "CREATE UNLOGGED TABLE unlogged (id int)", "CREATE TABLE parts (id int PRIMARY KEY, v text) PARTITION BY LIST (id)", "CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1)",
         "CREATE TABLE part_2 PARTITION OF parts FOR VALUES IN (2)", "CREATE TABLE child () INHERITS (t)", "CREATE MATERIALIZED VIEW seen AS SELECT * FROM t", "CREATE UNIQUE INDEX ON seen (id)",
         "CREATE TABLE sums (a int PRIMARY KEY, twice int GENERATED ALWAYS AS (a * 2) STORED)", "CREATE FOREIGN DATA WRAPPER nothing"],
        ["INSERT INTO unlogged VALUES (1)", "INSERT INTO parts VALUES (1, 'x')", "UPDATE parts SET id = 2", "TRUNCATE parts", "INSERT INTO child VALUES (1, 'child')", "INSERT INTO t VALUES (2, 'x')",
         "REFRESH MATERIALIZED VIEW seen", "UPDATE t SET v = 'z'", "INSERT INTO sums VALUES (4)", "UPDATE sums SET a = 5",
         "BEGIN; CREATE TEMPORARY TABLE brief (id int); INSERT INTO brief VALUES (1); INSERT INTO t VALUES (4, NULL); COMMIT",
         "INSERT INTO t VALUES (4, 'new') ON CONFLICT (id) DO UPDATE SET v = 'upserted'", "SELECT lo_from_bytea(0, '\\x00ff')"]),
    "tables of their own": (TWO_TABLES, ["ALTER TABLE t SET (user_catalog_table = true)", "INSERT INTO t VALUES (1, 'x')", "UPDATE t SET v = 'y'"]),
}


@pytest.fixture
def beside(database):
    """beside(name, **how of our slot) -> what our plugin told and what test_decoding told since beside.stand()."""
    version = database.cluster.install.major_version

    def slot(plugin):
        return f"{database.slot}_{plugin}"

    def stand(setup, two_phase=False):
        run_all(database, setup)
        for plugin in ("glassflow", "test_decoding"):
            arguments = "%s, %s, false, true" if two_phase else "%s, %s"
            database.query(f"SELECT pg_create_logical_replication_slot({arguments})", (slot(plugin), plugin))

    def peek(function, plugin, options):
        listed = [text for pair in options.items() for text in pair]
        with database.connect(options="-c timezone=UTC -c logical_decoding_work_mem=64kB") as connection:
            connection.execute("SELECT 1")
            return [data for (data,) in connection.execute(
                f"SELECT data FROM {function}(%s, NULL, NULL{', %s' * len(listed)})", (slot(plugin), *listed)).fetchall()]

    def frames(**options):
        return peek("pg_logical_slot_peek_binary_changes", "glassflow", options)

    def lines(**options):
        return [told for line in peek("pg_logical_slot_peek_changes", "test_decoding", {**TOLD, **{name.replace("_", "-"): value for name, value in options.items()}})
                for told in told_by(line)]

    stand.frames, stand.lines, stand.version = frames, lines, version
    return stand


def run_all(database, statements, connection=None):
    with database.connect() as connection:
        for statement in statements:
            # Several commands of one text are one transaction; these have their own BEGIN.
            connection.execute(statement)


def without_empty(told, start="begin", ends=("commit",)):
    """Less transactions (or blocks) in which nothing was told: we do not send them."""
    kept = []
    for one in told:
        if one[0] in ends and kept and kept[-1][0] == start:
            kept.pop()
        else:
            kept.append(one)
    return kept


def without_messages(told):
    return [one for one in told if one[0] != "message"]


def assert_same(ours, theirs):
    for number, (one, other) in enumerate(zip(ours, theirs)):
        assert one == other, f"number {number}, after {str(ours[max(0, number - 3):number])[:1000]}"
    assert len(ours) == len(theirs)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_same_rows(beside, database, name):
    setup, changes = SCENARIOS[name]
    beside(setup)
    run_all(database, changes)
    theirs = without_empty(beside.lines())
    assert len(theirs) > 4, "nothing is compared"
    assert_same(changes_of(beside.frames()), theirs)


def test_nothing_is_sent_of_materialized_views(beside, database):
    """As by pgoutput; test_decoding tells what REFRESH CONCURRENTLY does to their rows."""
    beside([*TWO_TABLES, "CREATE MATERIALIZED VIEW seen AS SELECT * FROM t", "CREATE UNIQUE INDEX ON seen (id)"])
    run_all(database, ["INSERT INTO t VALUES (1, 'x')", "REFRESH MATERIALIZED VIEW CONCURRENTLY seen", "UPDATE t SET v = 'y'"])
    theirs = beside.lines()
    assert any(one[1] == "public.seen" for one in theirs)
    assert_same(changes_of(beside.frames()), without_empty([one for one in theirs if one[1] != "public.seen"]))


def test_empty_transactions_are_left_out(beside, database):
    beside(TWO_TABLES)
    run_all(database, ["INSERT INTO t VALUES (1)", "CREATE TABLE more (id int)", "ANALYZE t", "BEGIN; CREATE TEMPORARY TABLE brief (id int); INSERT INTO brief VALUES (1); COMMIT", "UPDATE t SET v = 'x'"])
    theirs = beside.lines(skip_empty_xacts="1")
    assert [one[0] for one in theirs] == ["begin", "insert", "commit", "begin", "update", "commit"]
    assert len(beside.lines()) > len(theirs)
    assert_same(changes_of(beside.frames()), theirs)


def test_only_what_was_changed_here(beside, database):
    beside([*TWO_TABLES, "SELECT pg_replication_origin_create('elsewhere')"])
    with database.connect() as connection:
        for statement in ("INSERT INTO t VALUES (1, 'here')", "SELECT pg_replication_origin_session_setup('elsewhere')", "INSERT INTO t VALUES (2, 'elsewhere')",
                          "SELECT pg_logical_emit_message(true, 'app', 'elsewhere')", "SELECT pg_logical_emit_message(false, 'app', 'elsewhere')",
                          "SELECT pg_replication_origin_session_reset()", "SELECT pg_logical_emit_message(false, 'app', 'here')", "UPDATE t SET v = 'here again'"):
            connection.execute(statement)
        connection.execute("SELECT pg_replication_origin_drop('elsewhere')")
    everything, of_here = without_empty(beside.lines()), without_empty(beside.lines(only_local="1"))
    assert sum(one[0] == "insert" for one in everything) == 2 and sum(one[0] == "insert" for one in of_here) == 1
    assert_same(changes_of(beside.frames()), everything)
    assert_same(changes_of(beside.frames(origin="none")), of_here)


def random_history(seed):
    """Transactions of a hundred statements over tables of every identity, with savepoints, some taken back."""
    chance = random.Random(seed)
    texts = ["'short'", "NULL", OUT_OF_LINE, "repeat('x', 3000)", "v", "'it''s'"]
    tables = ["t", "whole", "by_index", "silent", "bare"]

    def statement():
        table, low = chance.choice(tables), chance.randrange(100)
        return chance.choice([
            f"INSERT INTO {table} SELECT i, {chance.choice(texts[:4])} FROM generate_series({low}, {low + chance.randrange(20)}) i ON CONFLICT DO NOTHING",
            f"UPDATE {table} SET v = {chance.choice(texts)} WHERE id BETWEEN {low} AND {low + 10}", f"UPDATE {table} SET id = -id WHERE id = {low}",
            f"DELETE FROM {table} WHERE id BETWEEN {low} AND {low + 5}", f"ALTER TABLE {table} ALTER v SET STATISTICS {chance.randrange(100)}"] * 4
            + [f"TRUNCATE {table}", f"ALTER TABLE {table} ADD extra{chance.randrange(10**6)} int DEFAULT 5", f"SELECT pg_logical_emit_message(true, 'app', '{low}')"])

    history = []
    for _ in range(60):
        statements = [statement()]
        for depth in range(chance.randrange(6)):
            statements += [f"SAVEPOINT s{depth}", statement(), statement()]
            if chance.random() < 0.6:
                statements.append(f"{chance.choice(['ROLLBACK TO', 'RELEASE'])} s{depth}")
                statements.append(statement())
        history.append("; ".join(["BEGIN", *statements, "ROLLBACK" if chance.random() < 0.15 else "COMMIT"]))
    return history


RANDOM_TABLES = [f"CREATE TABLE {table} (id int {key}, v text)" for table, key in (
    ("t", "PRIMARY KEY"), ("whole", "PRIMARY KEY"), ("by_index", "NOT NULL UNIQUE"), ("silent", ""), ("bare", ""))] + [
    "ALTER TABLE whole REPLICA IDENTITY FULL", "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_id_key", "ALTER TABLE silent REPLICA IDENTITY NOTHING"]


@pytest.mark.parametrize("seed", range(3))
def test_random_histories(beside, database, seed):
    beside(RANDOM_TABLES)
    run_all(database, random_history(seed))
    theirs = without_empty(beside.lines())
    assert sum(one[0] in ("insert", "update", "delete") for one in theirs) > 500, "a history with little in it"
    assert_same(changes_of(beside.frames()), theirs)
    if beside.version >= 14:
        # A message stands where the WAL record after it does. When that is of another subtransaction, the server's order of both is arbitrary.
        streamed = changes_of(beside.frames(streaming="on"))
        assert_same(without_messages(streamed), without_messages(theirs))
        assert sorted(map(str, streamed)) == sorted(map(str, theirs))
        # test_decoding of 18 (18.6) ends its server, by a null pointer, when a part of something is rolled back of which it was shown nothing.
        if beside.version < 18:
            assert_same(blocks_of(beside.frames(streaming="on")), blocks_told(beside.lines(stream_changes="1")))


# --- transactions in progress, and prepared ones ----------------------------------------------------------------------

def blocks_of(frames):
    """[(kind, xid)], with each row as "change": what of our stream test_decoding tells of it, too."""
    told, is_in_block, xid = [], False, None
    for frame in frames:
        unpacker = msgpack.Unpacker(raw=False, object_pairs_hook=Members)
        unpacker.feed(bytes(frame))
        for tag, *elements in unpacker:
            kind = TAGS[tag]
            if kind == "stream_start":
                is_in_block, xid = True, str(elements[0])
                told.append((kind, xid))
            elif kind == "stream_stop":
                is_in_block = False
                told.append((kind,))
            elif kind in ("stream_abort", "stream_commit"):
                told.append((kind, str(elements[kind == "stream_abort"])))
            elif kind == "stream_prepare":
                told.append((kind, elements[1], str(elements[0])))
            elif is_in_block and kind in ("insert", "update", "delete", "message"):
                told.append(("change",))
            elif is_in_block and kind == "truncate":
                # One record for each table; test_decoding says it once.
                told += [("change",)] if elements[1] != 0 or told[-1][0] == "stream_start" else []
            elif kind in ("begin", "commit"):
                xid = str(elements[0]) if kind == "begin" else xid
                told.append((kind, xid))
    return without_empty(told, "stream_start", ("stream_stop",))


def blocks_told(lines):
    told, is_in_block = [], False
    for kind, *elements in without_empty(lines):
        if kind in ("stream_start", "stream_stop"):
            is_in_block = kind == "stream_start"
        if kind == "change" or is_in_block and kind == "message":
            told.append(("change",))
        elif kind == "stream_prepare":
            told.append((kind, *elements[:2]))
        elif kind not in ("insert", "update", "delete", "truncate", "message"):
            told.append((kind, *elements[:1]))
    kept = without_empty(told, "stream_start", ("stream_stop",))
    never_sent = {one for one in told if one[0] == "stream_start"} - set(kept)
    return [one for one in kept if one[0] != "stream_abort" or ("stream_start", one[1]) not in never_sent]


@pytest.fixture
def streams(beside, needs_server):
    needs_server(14, "streaming of transactions in progress")
    return beside


def inserted(first, count):
    return f"INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series({first}, {first + count - 1}) i"


STREAMED = {
    "one that commits": [f"BEGIN; {inserted(1, 3000)}; UPDATE t SET v = 'y' WHERE id < 1000; DELETE FROM t WHERE id < 10; SELECT pg_logical_emit_message(true, 'app', 'in it'); COMMIT"],
    "one that is taken back": [f"BEGIN; {inserted(1, 3000)}; ROLLBACK", inserted(5000, 2)],
    "parts of it taken back": ["BEGIN; " + "; ".join(
        f"SAVEPOINT s; {inserted(block * 100, 100)}; {'ROLLBACK TO s' if block % 2 else 'SELECT 1'}; RELEASE s" for block in range(60)) + "; COMMIT"],
    "parts within parts": [f"BEGIN; SAVEPOINT a; {inserted(1, 1000)}; SAVEPOINT b; {inserted(1001, 1000)}; RELEASE b; SAVEPOINT c; {inserted(2001, 1000)}; ROLLBACK TO c; RELEASE a; "
                           f"SAVEPOINT d; {inserted(5000, 2000)}; ROLLBACK TO d; {inserted(9000, 500)}; COMMIT"],
    "its tables change": [f"BEGIN; {inserted(1, 1500)}; ALTER TABLE t ADD more int DEFAULT 7; {inserted(2001, 1500)}; SAVEPOINT s; ALTER TABLE t DROP v; INSERT INTO t SELECT generate_series(5001, 8000); "
                          f"ROLLBACK TO s; UPDATE t SET more = 8; TRUNCATE t CASCADE; {inserted(1, 1500)}; COMMIT"],
    "large values": [f"BEGIN; INSERT INTO t SELECT i, {LARGE} FROM generate_series(1, 30) i; UPDATE t SET id = -id; COMMIT"],
}


@pytest.mark.parametrize("name", STREAMED)
def test_the_same_blocks_of_transactions_in_progress(streams, database, name):
    streams(TWO_TABLES)
    run_all(database, [*STREAMED[name], "INSERT INTO u DEFAULT VALUES"])
    theirs = streams.lines(stream_changes="1")
    # 18 streams nothing of what is rolled back by then.
    assert any(one[0] == "stream_start" for one in theirs) or streams.version >= 18 and name == "one that is taken back", "nothing was streamed"
    assert_same(blocks_of(streams.frames(streaming="on")), blocks_told(theirs))
    assert_same(changes_of(streams.frames(streaming="on")), without_empty(streams.lines()))


PREPARED = [
    "INSERT INTO t VALUES (1, 'before')", "BEGIN; UPDATE t SET v = 'prepared'; PREPARE TRANSACTION 'one'", "INSERT INTO t VALUES (2, 'between')", "COMMIT PREPARED 'one'",
    "BEGIN; INSERT INTO t VALUES (3, 'gone'); SAVEPOINT s; INSERT INTO t VALUES (4, 'gone'); ROLLBACK TO s; PREPARE TRANSACTION 'it is ä'", "ROLLBACK PREPARED 'it is ä'",
    "BEGIN; TRUNCATE u; SELECT pg_logical_emit_message(true, 'app', 'prepared'); PREPARE TRANSACTION 'three'", "COMMIT PREPARED 'three'",
    f"BEGIN; {inserted(100, 3000)}; SAVEPOINT s; {inserted(4000, 1000)}; ROLLBACK TO s; PREPARE TRANSACTION 'large'", "COMMIT PREPARED 'large'",
    f"BEGIN; {inserted(6000, 3000)}; PREPARE TRANSACTION 'large and gone'", "ROLLBACK PREPARED 'large and gone'", "INSERT INTO t VALUES (5, 'after')",
]


@pytest.mark.parametrize("is_two_phase", [False, True])
def test_the_same_prepared_transactions(streams, database, is_two_phase):
    streams(TWO_TABLES, two_phase=is_two_phase)
    run_all(database, PREPARED)
    ours = {"two_phase": "on"} if is_two_phase else {}
    theirs = without_empty(streams.lines())
    assert [one[1] for one in theirs if one[0] == "prepare"] == (["one", "it is ä", "three", "large", "large and gone"] if is_two_phase else [])
    assert_same(changes_of(streams.frames(**ours)), theirs)
    streamed = streams.frames(streaming="on", **ours)
    assert_same(changes_of(streamed), theirs)
    assert_same([one for one in blocks_of(streamed) if one[0] not in ("begin", "commit")],
                [one for one in blocks_told(streams.lines(stream_changes="1")) if one[0].startswith("stream") or one[0] == "change"])
