"""What the golden frames are made from: SQL run before the slot exists, then SQL that it sees, then options.

Each statement is a transaction of its own; one that holds several commands is one transaction, as simple queries are.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Scenario:
    description: str
    statements: tuple
    setup: tuple = ()
    options: dict = dataclasses.field(default_factory=dict)
    encoding: str = "UTF8"
    is_two_phase: bool = False  # the slot
    since: int = 130000  # server_version_num of the first server that knows these statements

    def is_known_to(self, cluster):
        return int(cluster.query("SHOW server_version_num")[0][0]) >= self.since


ORDERS = "CREATE TABLE orders (id integer PRIMARY KEY, customer text, note text)"

SCENARIOS = {
    "operations": Scenario(
        "insert, update, delete, a changed key, and two tables in one transaction",
        setup=(ORDERS, "CREATE TABLE items (order_id integer, line smallint, sku text, PRIMARY KEY (line, order_id))"),
        statements=(
            "INSERT INTO orders VALUES (1, 'Ann', NULL)",
            "UPDATE orders SET note = 'paid' WHERE id = 1",
            "UPDATE orders SET id = 2 WHERE id = 1",
            "DELETE FROM orders WHERE id = 2",
            "BEGIN; INSERT INTO orders VALUES (3, 'Bob', 'ä€😀'); INSERT INTO items VALUES (3, 1, 'x'), (3, 2, 'y');"
            " UPDATE items SET line = 3 WHERE line = 2; DELETE FROM items; UPDATE orders SET note = ''; COMMIT",
        ),
    ),
    "origins": Scenario(
        "a transaction replayed from elsewhere, and one of here; a table that is not wanted",
        setup=(ORDERS, "CREATE TABLE other (id integer)", "SELECT pg_replication_origin_create('golden')"),
        statements=(
            "SELECT pg_replication_origin_session_setup('golden')",
            "BEGIN; SELECT pg_replication_origin_xact_setup('16/B374D848', '2024-02-29 12:00+00'); INSERT INTO orders VALUES (1, 'Ann', NULL);"
            " INSERT INTO other VALUES (1), (2); COMMIT",
            "INSERT INTO orders VALUES (2, 'Bob', NULL)",
            "SELECT pg_replication_origin_session_reset()",
            "INSERT INTO orders VALUES (3, 'Eve', NULL)",
            "SELECT pg_replication_origin_drop('golden')",
        ),
        options={"tables": "*.orders"},
    ),
    # A row that is not wanted fills the server's memory, and ends a block in the same place on every version.
    "streaming": Scenario(
        "a transaction in blocks while it is in progress, with a subtransaction and a changed table, then a small one",
        setup=(ORDERS, "CREATE TABLE large (filler text)", "ALTER TABLE large ALTER filler SET STORAGE EXTERNAL",
               "SELECT pg_replication_origin_create('golden_stream')"),
        statements=(
            "SET logical_decoding_work_mem = '64kB'",
            "SELECT pg_replication_origin_session_setup('golden_stream')",
            "BEGIN; SELECT pg_replication_origin_xact_setup('0/AB', '2024-02-29 12:00+00'); INSERT INTO orders VALUES (1, 'Ann', NULL);"
            " INSERT INTO large VALUES (repeat('x', 70000));"
            " SAVEPOINT a; INSERT INTO orders VALUES (2, 'Bob', NULL), (3, 'Eve', 'x'); SELECT pg_logical_emit_message(true, 'app', 'inside'); RELEASE a;"
            " INSERT INTO orders VALUES (4, 'Dan', NULL); INSERT INTO large VALUES (repeat('y', 70000)); UPDATE orders SET note = '' WHERE id = 1;"
            " ALTER TABLE orders ADD COLUMN later integer; INSERT INTO orders VALUES (5, 'Kim', NULL, 1);"
            " INSERT INTO large VALUES (repeat('z', 70000)); DELETE FROM orders; COMMIT",
            "SELECT pg_replication_origin_session_reset()",
            "SELECT pg_replication_origin_drop('golden_stream')",
            "INSERT INTO orders VALUES (6, 'Zoe', NULL, NULL)",
        ),
        options={"tables": "*.orders", "streaming": "on"},
        since=140000,
    ),
    "two_phase": Scenario(
        "transactions that are sent when they are prepared: one committed, one rolled back, one of which nothing is wanted, one in blocks",
        setup=(ORDERS, "CREATE TABLE large (filler text)", "ALTER TABLE large ALTER filler SET STORAGE EXTERNAL"),
        statements=(
            "SET logical_decoding_work_mem = '64kB'",
            "BEGIN; INSERT INTO orders VALUES (1, 'Ann', NULL); PREPARE TRANSACTION 'golden one'",
            "BEGIN; INSERT INTO large VALUES ('x'); PREPARE TRANSACTION 'golden two'",
            "INSERT INTO orders VALUES (2, 'Bob', NULL)",
            "ROLLBACK PREPARED 'golden two'",
            "COMMIT PREPARED 'golden one'",
            "BEGIN; INSERT INTO orders VALUES (3, 'Eve', NULL); INSERT INTO large VALUES (repeat('x', 70000)); INSERT INTO orders VALUES (4, 'Dan', NULL);"
            " PREPARE TRANSACTION 'golden three'",
            "COMMIT PREPARED 'golden three'",
        ),
        options={"tables": "*.orders", "streaming": "on", "two_phase": "on"},
        is_two_phase=True,
        since=140000,
    ),
    "identity": Scenario(
        "old rows by replica identity: full, nothing, index in key order, none",
        setup=(
            "CREATE TABLE whole (id integer PRIMARY KEY, name text, day date)",
            "ALTER TABLE whole REPLICA IDENTITY FULL",
            "CREATE TABLE nothing (id integer PRIMARY KEY, name text)",
            "ALTER TABLE nothing REPLICA IDENTITY NOTHING",
            "CREATE TABLE by_index (a text NOT NULL, b integer, c text NOT NULL)",
            "CREATE UNIQUE INDEX by_index_key ON by_index (c, a)",
            "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_key",
            "CREATE TABLE none (id integer, name text)",
        ),
        statements=(
            "INSERT INTO whole VALUES (1, 'one', NULL); UPDATE whole SET day = '2024-02-29'; DELETE FROM whole",
            "INSERT INTO nothing VALUES (1, 'one'); UPDATE nothing SET id = 2; DELETE FROM nothing",
            "INSERT INTO by_index VALUES ('a', 1, 'c'); UPDATE by_index SET b = 2; UPDATE by_index SET a = 'A'; DELETE FROM by_index",
            "INSERT INTO none VALUES (1, 'one'); UPDATE none SET id = 2; DELETE FROM none",
        ),
    ),
    "values": Scenario(
        "every encoding with its edges, NULL in each, and other types as text",
        setup=(
            "CREATE DOMAIN small AS smallint",
            "CREATE TYPE mood AS ENUM ('so so')",
            "CREATE TABLE native (b boolean, i2 smallint, i4 integer, i8 bigint, o oid, f4 real, f8 double precision, t text,"
            " v varchar(10), c char(3), n name, q \"char\", j json, x bytea, u uuid, d date, ts timestamp, tz timestamptz, s small,"
            " g integer GENERATED ALWAYS AS (i2 * 2) STORED)",
            "CREATE TABLE printed (n numeric, n2 numeric(10, 2), jb jsonb, a integer[], m mood, i interval, t time, tz timetz, r int4range,"
            " b bit(3), ip inet, mo money)",
        ),
        statements=(
            "INSERT INTO native VALUES (true, -32768, -2147483648, -9223372036854775808, 0, 1.1, 0.1, '', '', '', '', '', '{}', '',"
            " '00000000-0000-0000-0000-000000000000', '2000-01-01', '2000-01-01', '2000-01-01 00:00+00', 1)",
            "INSERT INTO native VALUES (false, 32767, NULL, 9223372036854775807, 4294967295, 'NaN', 'NaN', 'ä€😀', 'v', 'c', 'n', 'q',"
            " '{\"a\": [1, null]}', '\\x00ff', 'ffffffff-ffff-ffff-ffff-fffffffffffe', '5874897-12-31', '294276-12-31 23:59:59.999999',"
            " '294276-12-31 23:59:59.999999+00', -1)",
            "INSERT INTO native (i2, f4, f8, d, ts, tz) VALUES (0, '-Infinity', 'Infinity', 'infinity', 'infinity', 'infinity'),"
            " (-1, '-0', '-0', '-infinity', '-infinity', '-infinity'),"
            " (-129, 3.4028235e38, 5e-324, '4713-01-01 BC', '4713-01-01 BC', '4713-01-01 00:00+00 BC'),"
            " (128, 1e-45, 1.7976931348623157e308, '1969-12-31', '1969-12-31 23:59:59.5', '1969-12-31 23:59:59.999999+00')",
            "INSERT INTO native DEFAULT VALUES",
            "INSERT INTO native (i4, i8, o) SELECT v, v, abs(v) FROM unnest(ARRAY[-1, -32, -33, -128, -129, -32768, -32769, 0, 127, 128, 255,"
            " 256, 65535, 65536, 2147483647]) v",
            "INSERT INTO native (t, x) SELECT repeat('x', n), convert_to(repeat('x', n), 'UTF8') FROM unnest(ARRAY[31, 32, 255, 256]) n",
            "INSERT INTO printed VALUES (123456789012345678901234567890.123456789, 1.5, '{\"b\": 1, \"a\": null}', '{1,NULL}', 'so so',"
            " '1 year 2 days 03:04:05.6', '24:00', '12:00-08', '[1,5)', B'101', '10.0.0.0/8', '1.50')",
            "INSERT INTO printed (n) VALUES ('NaN'), (NULL)",
        ),
    ),
    "native_values": Scenario(
        "the encodings of numbers, times, documents, bits and addresses: edges, NULL, and values that only their text can say",
        setup=(
            "CREATE DOMAIN price AS numeric(10, 2)",
            "CREATE TABLE numbers (n numeric(12, 2), whole numeric(18), fine numeric(18, 18), free numeric, wide numeric(40, 20), p price,"
            " x xid8, f double precision)",
            "CREATE TABLE times (t time, tz timetz, i interval)",
            "CREATE TABLE documents (id integer, d jsonb, j json)",
            "CREATE TABLE addresses (b bit(3), v varbit, i inet, c cidr, m macaddr, m8 macaddr8)",
        ),
        statements=(
            "INSERT INTO numbers VALUES (12.5, 999999999999999999, 0.123456789012345678, 1.50, 1.5, 3, '18446744073709551615', 0.5),"
            " (-0.01, -1, -0.999999999999999999, 1e100, 12345678901234567890.12345678901234567890, -3.1, '0', 0.1),"
            " (0, 0, 0, 0, 0, 0, '1', 16777217), ('NaN', 'NaN', 'NaN', 'NaN', 'NaN', 'NaN', NULL, 'NaN'),"
            " (9999999999.99, 100000000000000000, 0.000000000000000001, -0.0000001, NULL, NULL, NULL, -0.0),"
            " (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "INSERT INTO times VALUES ('00:00', '00:00+00', '0'), ('24:00', '24:00-15:59:59', '1 year 2 mons -3 days 04:05:06.7'),"
            " ('23:59:59.999999', '12:00:00.5+05:30', '-178000000 years'), ('03:04:05.6', '23:59:59.999999+15:59', '2147483647:00:54.775807'),"
            " (NULL, NULL, NULL)",
            """INSERT INTO documents VALUES (1, '{}', '{ }'), (2, '[]', '[]'), (3, '{"b": 1, "a": [null, true, -1.50, "x", {"": {}}], "a": 2}',"""
            """ '{"b":  1, "b": 2}'), (4, '[9223372036854775807, -9223372036854775808, 9223372036854775808, 18446744073709551616, 1e3, 0.10, -0.0]', NULL),"""
            """ (5, '"q\\"\\\\\\n\\u0001ä€😀"', '"scalar"'), (6, '["q\\"\\\\\\n\\u0001ä€😀"]', 'null'), (7, 'null', '1'), (8, '1.50', NULL), (9, 'true', NULL), (10, NULL, NULL)""",
            "INSERT INTO documents SELECT depth, (repeat('[', depth) || repeat(']', depth))::jsonb FROM unnest(ARRAY[200, 201]) depth",
            "INSERT INTO addresses VALUES (B'101', B'', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'),"
            " (B'000', B'11111111', '::1', '::/0', 'ff:ff:ff:ff:ff:ff', '08:00:2b:01:02:03'),"
            " (B'111', B'111111110', '255.255.255.255', '2001:db8::/32', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'),"
            " (NULL, NULL, '::ffff:1.2.3.4/96', NULL, NULL, NULL)",
        ),
    ),
    "nested_values": Scenario(
        "arrays of any shape, composites and ranges, in one another, with NULL and infinity in them",
        setup=(
            "CREATE TYPE mood AS ENUM ('so so')",
            "CREATE TYPE pair AS (number integer, \"a name\" text, gone integer, price numeric(10, 2))",
            "ALTER TYPE pair DROP ATTRIBUTE gone",
            "CREATE TYPE tree AS (pairs pair[], days daterange, document jsonb)",
            "CREATE TYPE nothing AS ()",
            "CREATE DOMAIN numbers AS integer[]",
            "CREATE TABLE arrays (id integer PRIMARY KEY, i integer[], t text[], n numeric(10, 2)[], d date[], b boolean[], m mood[], x bytea[],"
            " p pair[], j jsonb[], g numbers, v integer[][])",
            "CREATE TABLE composites (id integer PRIMARY KEY, p pair, t tree, n nothing)",
            "CREATE TABLE ranges (id integer PRIMARY KEY, i int4range, n numrange, d daterange, t tstzrange, r int4range[])",
        ),
        statements=(
            "INSERT INTO arrays VALUES (1, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),"
            " (2, '{1,NULL,-129}', '{\"a,b\",NULL,\"NULL\",\"\",\"\\\"\"}', '{1.5,NaN,NULL}', '{2000-01-01,infinity,-infinity,NULL}', '{t,f,NULL}', '{so so}',"
            " ARRAY['\\x00ff', NULL]::bytea[], '{\"(1,x,2.5)\",NULL,\"(,,)\"}', ARRAY['{\"a\": [1.5]}', '1', NULL]::jsonb[], '{7}', '{{1,2},{3,NULL}}'),"
            " (3, '[0:1]={1,2}', '[-1:0][2:2]={{a},{b}}', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '[2:2]={8}', '{{{{{{1}}}}}}'),"
            " (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)",
            "INSERT INTO composites VALUES (1, (1, 'x', 2.5), (ARRAY[(2, NULL, NULL)::pair, NULL], '[2000-01-01,)', '{\"a\": null}'), ROW()),"
            " (2, (NULL, NULL, NULL), NULL, NULL), (3, (3, '', 'NaN'), ('{}', 'empty', '1'), NULL), (4, NULL, NULL, NULL)",
            "INSERT INTO ranges VALUES (1, '[1,5)', '(1.5,2.50]', '[2000-01-01,infinity)', '[2000-01-01 00:00+00,)', '{\"[1,2)\",empty,NULL}'),"
            " (2, 'empty', '(,)', '(,2000-01-01)', '[-infinity,infinity]', '{}'), (3, NULL, NULL, NULL, NULL, NULL)",
            "ALTER TYPE pair ADD ATTRIBUTE late boolean",
            "INSERT INTO composites VALUES (5, (5, 'late', 5, true), NULL, NULL)",
            "DELETE FROM composites WHERE id = 2",
        ),
    ),
    "multiranges": Scenario(
        "multiranges, in arrays, too",
        setup=("CREATE TABLE multiranges (id integer PRIMARY KEY, m int8multirange, d datemultirange[])",),
        statements=(
            "INSERT INTO multiranges VALUES (1, '{[1,2),[5,)}', '{\"{[2000-01-01,infinity]}\",NULL}'), (2, '{}', '{}'), (3, NULL, NULL)",
        ),
        since=140000,
    ),
    "toast": Scenario(
        "large values: unchanged, changed, and the whole old row of identity full",
        setup=(
            "CREATE TABLE documents (id integer PRIMARY KEY, body text, size integer)",
            "ALTER TABLE documents ALTER body SET STORAGE EXTERNAL",
            "CREATE TABLE archive (id integer PRIMARY KEY, body text, size integer)",
            "ALTER TABLE archive ALTER body SET STORAGE EXTERNAL",
            "ALTER TABLE archive REPLICA IDENTITY FULL",
        ),
        statements=(
            "INSERT INTO documents VALUES (1, repeat('a', 3000), 3000)",
            "UPDATE documents SET size = 1",
            "UPDATE documents SET body = repeat('b', 3001)",
            "UPDATE documents SET id = 2",
            "UPDATE documents SET body = NULL",
            "INSERT INTO archive VALUES (1, repeat('c', 3000), 3000)",
            "UPDATE archive SET size = 1",
        ),
    ),
    "too_large": Scenario(
        "a value whose text no server could build: its size in its place",
        setup=("CREATE TABLE flags (id integer PRIMARY KEY, bits varbit[])",),
        statements=(
            "INSERT INTO flags SELECT 1, ARRAY[eight || eight] FROM (SELECT four || four AS eight FROM (SELECT two || two AS four FROM"
            " (SELECT one || one AS two FROM (SELECT repeat('0', 83886080)::varbit AS one OFFSET 0) a OFFSET 0) b OFFSET 0) c OFFSET 0) d",
            "INSERT INTO flags VALUES (2, ARRAY[B'101'])",
        ),
    ),
    "frames": Scenario(
        "a transaction of several frames, then one that shares nothing with it",
        setup=(ORDERS,),
        statements=(
            "INSERT INTO orders SELECT i, 'customer ' || i, NULL FROM generate_series(1, 200) i",
            "DELETE FROM orders WHERE id > 195",
        ),
        options={"frame_bytes": "1024"},
    ),
    "copy": Scenario(
        "COPY: many rows of one WAL record, told apart by their index; some of another table are filtered out",
        setup=(ORDERS, "CREATE TABLE parts (id integer) PARTITION BY LIST (id)",
               "CREATE TABLE parts_odd PARTITION OF parts FOR VALUES IN (1, 3)",
               "CREATE TABLE parts_even PARTITION OF parts FOR VALUES IN (2, 4)"),
        statements=(
            "COPY orders FROM PROGRAM 'seq 1 5 | sed \"s/$/\\tname\\t/\"'",
            "COPY parts FROM PROGRAM 'seq 1 4'",
            "INSERT INTO orders VALUES (6), (7)",
        ),
        options={"tables": "public.orders, public.*even"},
    ),
    "truncate": Scenario(
        "TRUNCATE with its flags, of several tables, some not wanted",
        setup=("CREATE TABLE a (id serial PRIMARY KEY)", "CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a)",
               "CREATE TABLE c (id integer)"),
        statements=("TRUNCATE b", "TRUNCATE c, a, b RESTART IDENTITY", "TRUNCATE a CASCADE"),
        options={"tables": "public.a,public.b"},
    ),
    "messages": Scenario(
        "logical messages in and outside transactions, any bytes",
        setup=(ORDERS,),
        statements=(
            "SELECT pg_logical_emit_message(true, 'app', 'in a transaction')",
            "SELECT pg_logical_emit_message(false, 'app', 'at once')",
            "BEGIN; INSERT INTO orders VALUES (1); SELECT pg_logical_emit_message(true, 'ä', '\\x00ff'::bytea);"
            " INSERT INTO orders VALUES (2); COMMIT",
            "BEGIN; SELECT pg_logical_emit_message(true, 'app', 'lost'); SELECT pg_logical_emit_message(false, '', ''); ROLLBACK",
            "DELETE FROM orders",
        ),
    ),
    "changed_columns": Scenario(
        "updates of the columns that changed, under identity full",
        setup=("CREATE TABLE parts (a text, id integer PRIMARY KEY, b numeric(10, 2), c boolean, d date, e text, f bytea, g integer, h text)",
               "ALTER TABLE parts REPLICA IDENTITY FULL", "ALTER TABLE parts ALTER h SET STORAGE EXTERNAL"),
        statements=(
            "INSERT INTO parts VALUES ('a', 1, 1.5, true, '2024-02-29', NULL, '\\x00', 7, repeat('h', 3000))",
            "UPDATE parts SET a = 'b'",
            "UPDATE parts SET e = 'ä€😀', h = NULL, c = NULL",
            "UPDATE parts SET id = 2",
            "UPDATE parts SET g = 7",
        ),
        options={"update_columns": "changed"},
    ),
    "masks": Scenario(
        "masked columns in new rows, old rows and keys",
        setup=("CREATE TABLE people (id integer PRIMARY KEY, name text, card numeric, born date NOT NULL, note text)",
               "CREATE TABLE keyed (a text, b integer, PRIMARY KEY (b, a))"),
        statements=(
            "INSERT INTO people VALUES (1, 'Ann ä€😀', 4111111111111234, '2024-02-29', 'secret note'), (2, NULL, NULL, '2000-01-01', NULL)",
            "INSERT INTO keyed VALUES ('secret', 12345); UPDATE keyed SET a = 'other'; DELETE FROM keyed",
            "ALTER TABLE people REPLICA IDENTITY FULL",
            "UPDATE people SET note = repeat('secret', 10) WHERE id = 1",
        ),
        options={"masks": "public.people: name = truncate(5), card = keep_last(4), born = null, note = redact('[ä]'); public.keyed: * = keep_last(2)"},
    ),
    "schema_changes": Scenario(
        "schema changes in order with rows, as event triggers told them",
        setup=("CREATE EXTENSION glassflow", "SELECT glassflow.capture_ddl()"),
        statements=(
            "BEGIN; CREATE TABLE told (id integer, note text); INSERT INTO told VALUES (1); ALTER TABLE told ADD COLUMN price numeric(10, 2); COMMIT",
            "DO $$ BEGIN ALTER TABLE told RENAME TO \"ä told\"; END $$",
            "CREATE SCHEMA telling",
            "DROP TABLE \"ä told\"",
            "SELECT pg_logical_emit_message(true, 'glassflow.ddl', 'forged')",
        ),
        options={"ddl": "on"},
    ),
    "relation_change": Scenario(
        "a relation described again after each change of its description, in a transaction too, and not after ANALYZE",
        setup=(ORDERS,),
        statements=(
            "INSERT INTO orders VALUES (1, 'Ann', NULL)",
            "ANALYZE orders",
            "INSERT INTO orders VALUES (2, 'Bob', NULL)",
            "ALTER TABLE orders DROP COLUMN note, ADD COLUMN total numeric(10, 2) NOT NULL DEFAULT 0",
            "INSERT INTO orders VALUES (3, 'Cid', 1.5)",
            "BEGIN; INSERT INTO orders VALUES (4, 'Dan', 2); ALTER TABLE orders RENAME TO sales; INSERT INTO sales VALUES (5, 'Eve', 3); COMMIT",
            "ALTER TABLE sales REPLICA IDENTITY FULL",
            "DELETE FROM sales WHERE id = 5",
        ),
    ),
    "savepoints": Scenario(
        "savepoints and a rolled back part; empty transactions are not sent",
        setup=(ORDERS,),
        statements=(
            "BEGIN; INSERT INTO orders VALUES (1); SAVEPOINT s; INSERT INTO orders VALUES (2); ROLLBACK TO s;"
            " INSERT INTO orders VALUES (3); SAVEPOINT t; INSERT INTO orders VALUES (4); RELEASE t; COMMIT",
            "BEGIN; INSERT INTO orders VALUES (5); ROLLBACK",
            "CREATE TABLE other (id integer)",
            "DELETE FROM orders WHERE id = 1",
        ),
    ),
    "not_utf8": Scenario(
        "text of a SQL_ASCII database: str when it is UTF-8, bin when it is not",
        setup=("CREATE TABLE anything (t text, a text[])",),
        statements=(
            "INSERT INTO anything VALUES (E'valid \\xc3\\xa4', '{x}'), (E'a\\xff', ARRAY[E'\\xe9'])",
            "SELECT pg_logical_emit_message(true, E'a\\xff', E'\\xe9')",
        ),
        encoding="SQL_ASCII",
    ),
}


def run(scenario, connect, slot):
    """The frames of a scenario, in a database of its own; connect() opens an autocommit connection to it."""
    with connect() as connection:
        for statement in scenario.setup:
            connection.execute(statement)
        two_phase = ", false, true" if scenario.is_two_phase else ""
        connection.execute(f"SELECT pg_create_logical_replication_slot(%s, 'glassflow'{two_phase})", (slot,))
        for statement in scenario.statements:
            connection.execute(statement)
        options = [text for pair in scenario.options.items() for text in pair]
        variadic = "".join(", %s" for _ in options)
        rows = connection.execute(
            f"SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL{variadic})", (slot, *options)).fetchall()
        return [bytes(row[0]) for row in rows]
