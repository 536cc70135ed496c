"""The form `wal2json` is what the real wal2json plugin emits: both over the same WAL, compared object by object.

Numbers are compared digit by digit, everything else as JSON. What differs on purpose (docs/event_forms.md) has tests of its
own at the end.
"""

import json

import pytest

from services.collector import file_sink

WAL2JSON_SLOT = "wal2json_{}"
SESSION = "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex"


class Number(str):
    """A JSON number as it was written: 1.50 is not 1.5."""

    def __eq__(self, other):
        return isinstance(other, Number) and str.__eq__(self, other)

    __hash__ = str.__hash__


def parse(text):
    return json.loads(text, parse_int=Number, parse_float=Number, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


@pytest.fixture
def both(database, collector, tmp_path):
    """both(setup, changes) -> (what wal2json said, what our form said), lists of objects."""
    path = tmp_path / "wal2json.jsonl"

    def run(setup, changes):
        for statement in setup:
            database.execute(statement)
        wal2json_slot = WAL2JSON_SLOT.format(database.slot)
        database.create_slot("wal2json", wal2json_slot)
        database.create_slot()
        for statement in changes:
            database.execute(statement)
        with database.connect(options=SESSION) as connection:
            theirs = connection.execute(
                "SELECT data FROM pg_logical_slot_peek_changes(%s, NULL, NULL, 'format-version', '2', 'include-transaction', 'false')",
                (wal2json_slot,)).fetchall()
        assert collector(sinks=[file_sink(path, format="wal2json")], command=("run", "--drain")).wait() == 0
        return [parse(text) for (text,) in theirs], [parse(line) for line in path.read_text().split("\n")[:-1]]

    return run


def assert_same(theirs, ours, at_least=1):
    assert len(theirs) >= at_least, "wal2json said too little: the test compares nothing"
    for number, (expected, got) in enumerate(zip(theirs, ours)):
        assert got == expected, f"object {number}"
    assert len(ours) == len(theirs)


SCENARIOS = {
    "numbers": (
        ["CREATE DOMAIN d_int AS integer", "CREATE DOMAIN d_bool AS boolean", "CREATE DOMAIN d_float AS float8",
         "CREATE DOMAIN d_numeric AS numeric(6,2)", "CREATE DOMAIN d_bytea AS bytea", "CREATE DOMAIN d_date AS date",
         "CREATE TABLE t (id integer PRIMARY KEY, i2 int2, i4 int4, i8 int8, o oid, f4 float4, f8 float8, n numeric, n2 numeric(10,2),"
         " b bool, x xid, c cid, di d_int, db d_bool, df d_float, dn d_numeric, dx d_bytea, dd d_date)"],
        ["INSERT INTO t VALUES (1, -32768, -2147483648, -9223372036854775808, 0, '-Infinity', 'Infinity', 'NaN', -0.01, true, '5', '6',"
         " 1, true, 'NaN', 1.5, '\\x00', '2024-02-29')",
         "INSERT INTO t VALUES (2, 32767, 2147483647, 9223372036854775807, 4294967295, 'NaN', '-0', '-Infinity', 99999999.99, false,"
         " NULL, NULL, -1, false, '-Infinity', 0, '', 'infinity')",
         "INSERT INTO t (id, f4, f8, n) VALUES (3, 0.1, 0.1, 1e100), (4, 1e6, 1e15, 1e-100), (5, 100000, 123456789012345, 0.000),"
         " (6, 0.0001, 0.00001, 12345678901234567890.1234567890), (7, 62239752, 8763950243540160512, -0), (8, 1e-45, 5e-324, 1.50),"
         " (9, 3.4028235e38, 1.7976931348623157e308, 'Infinity')",
         "UPDATE t SET n = n + 1 WHERE id = 3", "DELETE FROM t"],
    ),
    "dates": (
        ["CREATE TABLE t (id serial PRIMARY KEY, d date, ts timestamp, tz timestamptz, t time, ttz timetz, i interval, ts0 timestamp(0))"],
        ["INSERT INTO t (d, ts, tz, t, ttz, i, ts0) VALUES ('2024-02-29', '2024-02-29 12:34:56.123456', '2024-02-29 12:34:56.1+02',"
         " '24:00:00', '12:34:56.5+05:30', '1 year 2 mons -3 days 04:05:06.7', '2024-02-29 12:34:56.7')",
         "INSERT INTO t (d, ts, tz) VALUES ('infinity', 'infinity', '-infinity'), ('-infinity', '-infinity', 'infinity')",
         "INSERT INTO t (d, ts, tz) VALUES ('4714-11-24 BC', '4714-11-24 00:00:00 BC', '4714-11-24 00:00:00+00 BC'),"
         " ('5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00'),"
         " ('0001-01-01', '0001-12-31 23:59:59.000001 BC', '0001-01-01 00:00:00+00'), ('10000-01-01', '1999-12-31 23:59:59.999999', '1970-01-01 00:00:00+00')"],
    ),
    "text types": (
        ["CREATE TYPE mood AS ENUM ('sad', 'so \"so\"', 'ok')", "CREATE TYPE pair AS (a integer, b text)",
         "CREATE TABLE t (id bigserial PRIMARY KEY, s text, v varchar(20), c char(5), n name, q \"char\", j json, jb jsonb, x xml,"
         " u uuid, ba bytea, m mood, p pair, ia integer[], ta text[], ma mood[], r int4range, mr nummultirange, ip inet, ci cidr,"
         " mac macaddr, b bit(3), vb varbit, mo money, tsv tsvector, tsq tsquery, pt point, ci2 circle, po polygon, l pg_lsn,"
         " x8 xid8, ov oidvector, ti tid)"],
        ["INSERT INTO t (s, v, c, n, q, j, jb, x, u, ba, m, p, ia, ta, ma, r, mr, ip, ci, mac, b, vb, mo, tsv, tsq, pt, ci2, po, l, x8, ov, ti) VALUES"
         " (E'\\b\\f\\n\\r\\t\\x01\\x1f\\x7f \"quoted\" \\\\ / äöü € 😀 \\u2028', 'väl', 'ab', 'name', 'x', '{\"a\": [1, 2.50,  null]}', '{\"b\": 1.50, \"a\": \"ä\"}',"
         " '<a b=\"c\">d</a>', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', '\\x00ff10', 'so \"so\"', ROW(1, 'x, \"y\"'), '{1,NULL,3}', ARRAY['a,b', NULL, '\"'],"
         " '{ok,sad}', '[1,10)', '{[1,2],(3,4)}', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', B'101', B'10101', 1234.5,"
         " 'a fat cat', 'fat & cat', '(1,2.5)', '<(1,2),3>', '((0,0),(1,1),(2,0))', '16/B374D848', '18446744073709551615', '1 2 3', '(4,5)')",
         "INSERT INTO t (s, v, c, ba, ia, ta, j) VALUES ('', '', '', '', '{}', '[0:1]={a,b}', '\"\"')", "INSERT INTO t DEFAULT VALUES",
         "UPDATE t SET s = 'x'", "DELETE FROM t WHERE id = 1"],
    ),
    "identities": (
        ["CREATE TABLE by_key (a integer, b text, c integer, PRIMARY KEY (c, a))",
         "CREATE TABLE whole (id integer PRIMARY KEY, s text, n numeric)", "ALTER TABLE whole REPLICA IDENTITY FULL",
         "CREATE TABLE heap (a integer, s text)", "ALTER TABLE heap REPLICA IDENTITY FULL",
         "CREATE TABLE by_index (id integer PRIMARY KEY, u text NOT NULL, n integer NOT NULL)",
         "CREATE UNIQUE INDEX by_index_u ON by_index (n, u)", "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_u",
         "CREATE TABLE only_inserts (a integer)"],
        ["INSERT INTO by_key VALUES (1, 'x', 2), (3, 'y', 4)", "UPDATE by_key SET b = 'z'", "UPDATE by_key SET a = a + 10",
         "UPDATE by_key SET c = c WHERE a = 11", "DELETE FROM by_key",
         "INSERT INTO whole VALUES (1, NULL, 1.50)", "UPDATE whole SET s = 'x'", "UPDATE whole SET id = 2", "DELETE FROM whole",
         "INSERT INTO heap VALUES (NULL, NULL)", "UPDATE heap SET a = 1", "DELETE FROM heap",
         "INSERT INTO by_index VALUES (1, 'u', 5)", "UPDATE by_index SET id = 2", "UPDATE by_index SET u = 'v'", "DELETE FROM by_index",
         "INSERT INTO only_inserts VALUES (1)"],
    ),
    "large values": (
        ["CREATE TABLE docs (id integer PRIMARY KEY, doc text, n integer)", "ALTER TABLE docs ALTER doc SET STORAGE EXTERNAL",
         "CREATE TABLE whole (LIKE docs INCLUDING ALL)", "ALTER TABLE whole REPLICA IDENTITY FULL",
         "CREATE TABLE long_key (k text PRIMARY KEY, pad text, n integer)",
         "ALTER TABLE long_key ALTER k SET STORAGE EXTERNAL, ALTER pad SET STORAGE EXTERNAL"],
        ["INSERT INTO docs SELECT i, repeat('ä€😀', 5000), 0 FROM generate_series(1, 3) i", "UPDATE docs SET n = 1",
         "UPDATE docs SET id = id + 10", "UPDATE docs SET doc = repeat('b', 9000) WHERE id = 11", "UPDATE docs SET doc = NULL WHERE id = 12",
         "DELETE FROM docs", "INSERT INTO whole VALUES (1, repeat('c', 9000), 0)", "UPDATE whole SET n = 1", "UPDATE whole SET id = 2",
         "DELETE FROM whole", "INSERT INTO long_key VALUES (repeat('k', 2300), repeat('p', 5000), 0)", "UPDATE long_key SET n = 1",
         "UPDATE long_key SET k = repeat('l', 2300)", "DELETE FROM long_key"],
    ),
    "truncates and messages": (
        ["CREATE TABLE parent (id integer PRIMARY KEY)", "CREATE TABLE child (id integer REFERENCES parent)", "CREATE TABLE other (id serial)"],
        ["INSERT INTO parent VALUES (1)", "TRUNCATE parent, child, other RESTART IDENTITY", "TRUNCATE parent CASCADE",
         "SELECT pg_logical_emit_message(true, 'prefix', 'content äöü \"\\')", "SELECT pg_logical_emit_message(false, '', '')",
         "BEGIN; INSERT INTO parent VALUES (2); SELECT pg_logical_emit_message(true, 'in', 'side');"
         " SELECT pg_logical_emit_message(false, 'at', 'once'); INSERT INTO parent VALUES (3); COMMIT",
         "BEGIN; SELECT pg_logical_emit_message(true, 'rolled', 'back'); SELECT pg_logical_emit_message(false, 'still', 'sent'); ROLLBACK",
         "INSERT INTO parent VALUES (4)"],  # flushes the WAL of the one before
    ),
    "names": (
        ["CREATE SCHEMA shop", "CREATE SCHEMA \"Select\"", "CREATE TYPE \"Mood\" AS ENUM ('ok')", "CREATE TYPE shop.\"Size\" AS ENUM ('xl')",
         "CREATE TYPE shop.colour AS ENUM ('red')", "CREATE DOMAIN \"user\" AS text", "CREATE DOMAIN plain AS varchar(5)",
         "CREATE TABLE \"Select\".\"a \"\"b\"\" ä\" (\"from \"\"x\"\"\" integer PRIMARY KEY, \"Column\" \"Mood\", list \"Mood\"[], q \"char\", a shop.\"Size\","
         " b shop.colour[], c \"user\", d plain, e numeric(5,1)[], f timestamp(3) with time zone, g interval day to second(3), h bit(7), i varchar)",
         "CREATE TABLE shop.orders (id integer PRIMARY KEY)"],
        ["INSERT INTO \"Select\".\"a \"\"b\"\" ä\" VALUES (1, 'ok', '{ok,ok}', 'c', 'xl', '{red}', 'me', 'p', '{1.5}', '2024-02-29 12:00:00.1234+00',"
         " '1 day 00:00:01.5', B'1010101', 'v')", "UPDATE \"Select\".\"a \"\"b\"\" ä\" SET \"Column\" = NULL", "DELETE FROM \"Select\".\"a \"\"b\"\" ä\"",
         "INSERT INTO shop.orders VALUES (1)"],
    ),
    "changing tables": (
        ["CREATE TABLE t (id integer PRIMARY KEY, gone text, s text, g integer GENERATED ALWAYS AS (id * 2) STORED)",
         "INSERT INTO t (id, gone, s) VALUES (1, 'x', 'old row')"],
        ["ALTER TABLE t DROP COLUMN gone", "INSERT INTO t (id, s) VALUES (2, 'y')", "ALTER TABLE t ADD COLUMN added integer DEFAULT 7",
         "UPDATE t SET s = 'z' WHERE id = 1", "ALTER TABLE t REPLICA IDENTITY FULL", "UPDATE t SET s = 'zz' WHERE id = 2",
         "ALTER TABLE t RENAME COLUMN s TO renamed", "DELETE FROM t WHERE id = 1",
         "BEGIN; INSERT INTO t (id) VALUES (3); ALTER TABLE t ALTER added TYPE text; INSERT INTO t (id, added) VALUES (4, 'text');"
         " SAVEPOINT a; ALTER TABLE t ADD COLUMN never integer; INSERT INTO t (id) VALUES (5); ROLLBACK TO a; INSERT INTO t (id) VALUES (6); COMMIT",
         "ALTER TABLE t RENAME TO u", "ALTER TABLE u REPLICA IDENTITY DEFAULT", "UPDATE u SET renamed = 'n' WHERE id = 3",
         "VACUUM FULL u", "UPDATE u SET id = 30 WHERE id = 3"],
    ),
    "ways to write": (
        ["CREATE TABLE t (id integer PRIMARY KEY, s text)", "CREATE TABLE p (id integer, s text, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
         "CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10)", "CREATE TABLE p2 (s text, id integer NOT NULL)",
         "ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20)", "CREATE UNLOGGED TABLE u (id integer PRIMARY KEY)"],
        ["BEGIN; INSERT INTO t VALUES (1, 'a'); SAVEPOINT s; INSERT INTO t VALUES (2, 'never'); ROLLBACK TO s; INSERT INTO t VALUES (3, 'c');"
         " SAVEPOINT r; UPDATE t SET s = 'd' WHERE id = 1; RELEASE r; COMMIT",
         "BEGIN; INSERT INTO t VALUES (4, 'never'); ROLLBACK", "INSERT INTO t VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET s = 'upserted'",
         "INSERT INTO t SELECT i, repeat('x', i % 50) FROM generate_series(100, 3000) i", "UPDATE t SET s = s || '!' WHERE id > 2000",
         "INSERT INTO p VALUES (1, 'one'), (11, 'eleven')", "UPDATE p SET id = 12 WHERE id = 1", "DELETE FROM p WHERE id = 11", "TRUNCATE p",
         "INSERT INTO u VALUES (1)", "CREATE TABLE made AS SELECT 1 AS a, 'x'::text AS b", "DELETE FROM t"],
    ),
    "random values": (
        ["CREATE TABLE t (id integer PRIMARY KEY, f4 float4, f8 float8, n numeric, d date, ts timestamp, tz timestamptz, i interval, b bytea)"],
        ["SELECT setseed(0.5)",
         "INSERT INTO t SELECT i, ((random() - 0.5) * 10 ^ (random() * 70 - 35))::float4, (random() - 0.5) * 10 ^ (random() * 600 - 300),"
         " ((random() - 0.5) * 10 ^ (random() * 30 - 10))::numeric, '2000-01-01'::date + (random() * 3000000 - 1000000)::integer,"
         " '2000-01-01'::timestamp + random() * interval '3000 years' - interval '1500 years',"
         " '2000-01-01 00:00:00+00'::timestamptz + random() * interval '290000 years' - interval '6700 years',"
         " (random() - 0.5) * interval '100 years', decode(md5(random()::text), 'hex') FROM generate_series(1, 4000) i"],
    ),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_is_what_wal2json_emits(both, name):
    setup, changes = SCENARIOS[name]
    theirs, ours = both(setup, changes)
    assert_same(theirs, ours)


def test_copy(both, database, collector):
    theirs, ours = both(
        ["CREATE TABLE t (id integer PRIMARY KEY, s text)", "CREATE TABLE source AS SELECT i, 'row ' || i FROM generate_series(1, 500) i",
         "COPY source TO PROGRAM 'cat > /dev/null'"],
        ["COPY t FROM PROGRAM 'seq 1 500 | sed \"s/$/\\tx/\"'"])
    assert_same(theirs, ours, at_least=500)


def test_not_utf8_database(postgres, both, database):
    """Text of a LATIN1 database arrives as UTF-8, from both."""
    database.drop()
    postgres.execute(f"CREATE DATABASE {database.name} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    theirs, ours = both(["CREATE TABLE t (\"ä\" text PRIMARY KEY, b text[])"], ["INSERT INTO t VALUES ('äöü', '{é}')", "DELETE FROM t"])
    assert_same(theirs, ours)
    assert ours[0]["columns"][0]["value"] == "äöü"


# What differs on purpose.

def test_changes_without_identity_are_sent(both):
    theirs, ours = both(
        ["CREATE TABLE none (a integer)", "CREATE TABLE nothing (id integer PRIMARY KEY)", "ALTER TABLE nothing REPLICA IDENTITY NOTHING"],
        ["INSERT INTO none VALUES (1)", "UPDATE none SET a = 2", "DELETE FROM none",
         "INSERT INTO nothing VALUES (1)", "UPDATE nothing SET id = 2", "DELETE FROM nothing"])
    assert_same(theirs, [event for event in ours if event.get("identity") != []])
    assert [(event["table"], event["action"]) for event in ours] == [
        ("none", "I"), ("none", "U"), ("none", "D"), ("nothing", "I"), ("nothing", "U"), ("nothing", "D")]
    assert ours[1]["columns"] == [{"name": "a", "type": "integer", "value": Number("2")}]


def test_messages_are_whole(both):
    theirs, ours = both([], ["SELECT pg_logical_emit_message(true, 'p', 'a\\000b'::bytea)"])
    assert theirs[0]["content"] == "a"
    assert ours == [{**theirs[0], "content": "a\x00b"}]


def test_type_names_with_a_quoted_schema_are_json(database, collector, tmp_path):
    """wal2json's output for them is none."""
    database.execute("CREATE SCHEMA \"Shop\"; CREATE TYPE \"Shop\".mood AS ENUM ('ok'); CREATE TABLE t (m \"Shop\".mood)")
    database.create_slot()
    database.execute("INSERT INTO t VALUES ('ok')")
    path = tmp_path / "wal2json.jsonl"
    assert collector(sinks=[file_sink(path, format="wal2json")], command=("run", "--drain")).wait() == 0
    assert parse(path.read_text())["columns"] == [{"name": "m", "type": "\"Shop\".mood", "value": "ok"}]


def test_names_of_relations_are_qualified(both):
    """The text of regclass and its like depends on the search_path, which our plugin sets to pg_catalog."""
    theirs, ours = both(["CREATE TABLE t (id integer PRIMARY KEY, r regclass)"], ["INSERT INTO t VALUES (1, 't')", "INSERT INTO t VALUES (2, 'pg_class')"])
    assert [event["columns"][1]["value"] for event in theirs] == ["t", "pg_class"]
    assert [event["columns"][1]["value"] for event in ours] == ["public.t", "pg_class"]
