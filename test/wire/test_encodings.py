"""Every encoding of wire_format.h over real values: printed from the wire, each is what Postgres prints for the same row.

The reading side is the stock msgpack library and value_printer.py. Beside the text, it is checked that a value came in its
native form, and which values do not.
"""

import itertools

import msgpack
import pytest

import value_printer as wire
from value_printer import inserted, is_text_of, printed

SETTINGS = "SET datestyle = ISO; SET timezone = 'UTC'; SET intervalstyle = postgres; SET bytea_output = hex; SET extra_float_digits = 1"


class Table:
    """check(): inserts values into a column of a type and compares what comes with what Postgres prints."""

    numbers = itertools.count(1)

    def __init__(self, connection, slot):
        self.connection = connection
        self.slot = slot

    def check(self, type_name, values, encoding, as_text=(), expressions=False):
        """values: literals, or SQL expressions. as_text: those (by their text) that have no native form; "all", if none has.
        Returns the column as described."""
        name = f"t{next(self.numbers)}"
        with self.connection.transaction():
            self.connection.execute(f"CREATE TABLE {name} (id integer, v {type_name})")
            for number, value in enumerate(values):
                literal = value if expressions or value is None else "'" + value.replace("'", "''") + "'"
                self.connection.execute(f"INSERT INTO {name} VALUES ({number}, {'NULL' if value is None else literal})")
        # What the output function says: a cast to text is something else for some types.
        expected = self.connection.execute(f"SELECT CASE num_nulls(v) WHEN 0 THEN format('%s', v) END FROM {name} ORDER BY id").fetchall()
        rows = list(inserted(self.connection, self.slot))
        assert [row[0] for _, row in rows] == list(range(len(values)))
        for (columns, (_, value)), (text,) in zip(rows, expected):
            assert columns[1].encoding == encoding
            assert printed(value, columns[1]) == text, type_name
            if as_text != "all":
                assert is_text_of(value, encoding) == (text in as_text), f"{type_name} {text}: {value!r}"
            else:
                assert value is None or is_text_of(value, encoding)
        return rows[0][0][1]


@pytest.fixture
def table(database):
    with database.connect() as connection:
        connection.execute(SETTINGS)
        database.create_slot()
        yield Table(connection, database.slot)


INT4 = ["0", "-1", "127", "128", "-32", "-33", "-128", "-129", "255", "256", "32767", "-32768", "-32769", "65535", "65536", "2147483647", "-2147483648"]
DATES = ["infinity", "-infinity", "4714-11-24 BC", "5874897-12-31", "2000-01-01", "1999-12-31", "0001-01-01", "0001-12-31 BC", "2024-02-29"]
MOMENTS = ["infinity", "-infinity", "4714-11-24 00:00 BC", "294276-12-31 23:59:59.999999", "2000-01-01", "1999-12-31 23:59:59.999999",
           "0001-12-31 23:59:59.5 BC", "2024-02-29 12:00:00.25"]
FLOATS = ["NaN", "Infinity", "-Infinity", "0", "-0", "0.1", "1.5", "-2.25", "1e6", "123456", "1234567", "16777217", "1e15", "0.0001", "0.00001", "1e-45"]
LONGEST_INTERVAL = "2562047788:00:54.775807"  # input of 13 and 14 does not take it
TEXTS = ["", " ", "NULL", "null", "a", "it's \"quoted\" \\ {a,b} (c) [d]", "ä€😀", "a\tb\nc\x7f", "x" * 31, "x" * 32, "x" * 255, "x" * 256, "ä" * 40000]


@pytest.mark.parametrize("type_name, encoding, values", [
    ("boolean", wire.BOOLEAN, ["true", "false"]),
    ("smallint", wire.INTEGER, ["0", "-32768", "32767", "255", "256", "-129"]),
    ("integer", wire.INTEGER, INT4),
    ("bigint", wire.INTEGER, [*INT4, "4294967295", "4294967296", "-2147483649", "9223372036854775807", "-9223372036854775808"]),
    ("oid", wire.INTEGER, ["0", "1", "4294967295"]),
    ("xid", wire.INTEGER, ["0", "4294967295"]),
    ("cid", wire.INTEGER, ["0", "4294967295"]),
    ("real", wire.FLOAT4, [*FLOATS, "3.4028235e38", "1.17549435e-38"]),
    ("double precision", wire.FLOAT8, [*FLOATS, "5e-324", "1.7976931348623157e308", "9007199254740993", "3.4028234663852886e38", "1e39", "1e16", "1e14"]),
    ("text", wire.TEXT, TEXTS),
    ("varchar(300)", wire.TEXT, ["", "x" * 300]),
    ("char(5)", wire.TEXT, [""]),
    ("name", wire.TEXT, ["", "n" * 63]),
    ('"char"', wire.TEXT, ["", "x", "\\"]),
    ("json", wire.TEXT, [' {"b" :1.50 }', "null"]),
    ("money", wire.TEXT, ["1234.5"]),
    ("point", wire.TEXT, ["(0,1.5)"]),
    ("tsvector", wire.TEXT, ["a b"]),
    ("int2vector", wire.TEXT, ["", "1 -2"]),
    ("oidvector", wire.TEXT, ["", "1 4294967295"]),
    ("bytea", wire.BYTES, ["", "\\x00ff", "\\x" + "ab" * 300]),
    ("uuid", wire.UUID, ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"]),
    ("date", wire.DATE, DATES),
    ("timestamp", wire.TIMESTAMP, MOMENTS),
    ("timestamptz", wire.TIMESTAMPTZ, MOMENTS),
    ("time", wire.TIME, ["00:00", "24:00", "23:59:59.999999", "00:00:00.000001", "12:34:56.5"]),
    ("timetz", wire.TIMETZ, ["00:00+15:59:59", "24:00-15:59:59", "12:00+05:30", "12:00:00.5-08", "00:00+00", "01:00-00:00:01"]),
    ("interval", wire.INTERVAL, ["0", "-178000000 years", "178000000 years", "1 year 2 mons -3 days 04:05:06.7", "-00:00:00.000001", "-1 day +1 hour", "1 mon",
                                 "-1 mon -1 day -01:00", "2147483647 days", "-2147483648 days", LONGEST_INTERVAL]),
    ("bit(1)", wire.BITS, ["0", "1"]),
    ("bit(9)", wire.BITS, ["101010101"]),
    ("varbit", wire.BITS, ["", "0", "1", "10101", "1" * 8, "01" * 64, "110" * 11000]),
    ("inet", wire.INET, ["0.0.0.0/0", "10.0.0.1", "255.255.255.255", "10.0.0.1/8", "10.0.0.1/32", "::/0", "::1", "::ffff:1.2.3.4/128", "2001:db8::1/64"]),
    ("cidr", wire.CIDR, ["0.0.0.0/0", "10.0.0.0/8", "10.0.0.1/32", "::/0", "2001:db8::/32", "::1/128"]),
    ("macaddr", wire.MACADDR, ["00:00:00:00:00:00", "08:00:2b:01:02:03"]),
    ("macaddr8", wire.MACADDR, ["08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff"]),
])
def test_scalars(table, type_name, encoding, values):
    """Alone, as elements, as bounds of nothing: a domain, a field and an array of them."""
    version = table.connection.info.server_version
    values = [value for value in values if version >= 150000 or value != LONGEST_INTERVAL]
    table.check(type_name, [None, *values], encoding)
    table.connection.execute(f"CREATE DOMAIN d AS {type_name}; CREATE TYPE c AS (v {type_name}, n integer, w d)")
    table.check("d", [None, *values], encoding)
    small = [value for value in values if len(value) < 5000]
    literals = [f"'{value.replace(chr(39), chr(39) * 2)}'::{type_name}" for value in small]
    array = f"ARRAY[{', '.join(literals)}, NULL]::{type_name}[]"
    # Up to 13 ARRAY[] takes an int2vector for an array of another dimension.
    for name in (f"{type_name}[]", "d[]") if version >= 140000 or "vector" not in type_name else ():
        column = table.check(name, [array, "'{}'", None], wire.ARRAY, expressions=True)
        assert column.parts[0].encoding == encoding
    rows = [f"ROW({literal}, 7, {literal})::c" for literal in literals]
    column = table.check("c", [*rows, "ROW(NULL, NULL, NULL)::c"], wire.COMPOSITE, expressions=True)
    assert [(part.field, part.encoding) for part in column.parts] == [("v", encoding), ("n", wire.INTEGER), ("w", encoding)]
    column = table.check("c[]", [f"ARRAY[{', '.join(rows)}, NULL]"], wire.ARRAY, expressions=True)
    assert column.parts[0].encoding == wire.COMPOSITE


def test_floats_are_float_32_when_nothing_is_lost(table):
    table.connection.execute("CREATE TABLE f (v double precision)")
    for value in ("0.5", "0.1", "-0", "NaN", "Infinity", "16777216", "16777217", "1e-45", "3.4028235677973366e38"):
        table.connection.execute("INSERT INTO f VALUES (%s::float8)", (value,))
    frames = table.connection.execute("SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (table.slot,)).fetchall()
    heads = []
    for (frame,) in frames:
        frame = bytes(frame)
        unpacker = msgpack.Unpacker(raw=False)
        unpacker.feed(frame)
        at = 0
        for record in unpacker:
            if record[0] == 4:
                heads.append(frame[at:unpacker.tell()][-5] if frame[at:unpacker.tell()][-5] == 0xCA else frame[at:unpacker.tell()][-9])
            at = unpacker.tell()
    assert [hex(head) for head in heads] == ["0xca", "0xcb", "0xca", "0xca", "0xca", "0xca", "0xcb", "0xcb", "0xcb"]


def test_decimals(table):
    assert table.check("numeric(12,2)", ["0", "1.5", "-0.01", "9999999999.99", "-9999999999.99", "NaN", None], wire.DECIMAL, ["NaN"]).scale == 2
    assert table.check("numeric(5,0)", ["0", "-99999", "NaN"], wire.DECIMAL, ["NaN"]).scale == 0
    assert table.check("numeric(40,30)", ["1.5", "0", "NaN"], wire.DECIMAL, "all").scale == 0
    wide = ["9223372036854775807", "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1e30", "0.5", "1.0", "0",
            "-1", "10000", "99999999", "100000000", "1e18", "123456789012345678", "NaN", None]
    beyond = ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "1000000000000000000000000000000", "0.5", "1.0", "NaN"]
    assert table.check("numeric", wide, wire.DECIMAL, beyond).scale == 0
    assert table.check("numeric(38,18)", ["9.223372036854775807", "-9.223372036854775808", "9.223372036854775808", "0.000000000000000001", "0"],
                       wire.DECIMAL, ["9.223372036854775808"]).scale == 18
    assert table.check("numeric(30,17)", ["0.00000000000000001", "92.23372036854775807", "92.23372036854775808"], wire.DECIMAL, ["92.23372036854775808"]).scale == 17
    assert table.check("xid8", ["0", "9223372036854775807", "9223372036854775808", "18446744073709551615"], wire.DECIMAL,
                       ["9223372036854775808", "18446744073709551615"]).scale == 0
    for scale in range(19):
        assert table.check(f"numeric(38,{scale})", [f"{sign}{digit}e-{scale}" for sign in ("", "-") for digit in (1, 12, 12345, 123456789, 10**12)],
                           wire.DECIMAL).scale == scale
    array = table.check("numeric(6,2)[]", ["{1,2.5,NaN,NULL}"], wire.ARRAY)
    assert (array.parts[0].scale, array.parts[0].name) == (2, "numeric(6,2)")
    table.connection.execute("CREATE DOMAIN amount AS numeric(6,3); CREATE DOMAIN amounts AS amount[]")
    domain = table.check("amount", ["1.5"], wire.DECIMAL)
    assert (domain.scale, domain.name, domain.typmod) == (3, "public.amount", -1)
    array = table.check("amounts", ["{1.5}"], wire.ARRAY)
    assert (array.name, array.parts[0].name, array.parts[0].scale) == ("public.amounts", "public.amount", 3)
    if table.connection.info.server_version >= 150000:
        assert table.check("numeric(5,-2)", ["1234567", "-100"], wire.DECIMAL).scale == 0
        assert table.check("numeric(2,5)", ["0.00012", "-0.00099"], wire.DECIMAL).scale == 5
    if table.connection.info.server_version >= 140000:
        table.check("numeric", ["Infinity", "-Infinity"], wire.DECIMAL, "all")


def test_infinite_intervals(table):
    if table.connection.info.server_version < 170000:
        pytest.skip("17 and later have them")
    table.check("interval", ["infinity", "-infinity"], wire.INTERVAL)


def test_array_shapes(table):
    table.check("integer[]", ["{}", "{1}", "{NULL}", "{NULL,1,NULL}", "[0:1]={1,2}", "[-2147483648:-2147483647]={1,2}", "[5:5]={1}", "{{1,2},{3,4}}",
                              "[1:1][-2:-1]={{1,2}}", "{{{{{{1,NULL}},{{2,3}}}}}}", "{" + ",".join(map(str, range(3000))) + "}"], wire.ARRAY)
    table.check("text[]", ["{}", '{"",NULL,"NULL","a b","{}","\\"","\\\\"}', "{" + ",".join(["x" * 40] * 16) + "}"], wire.ARRAY)
    table.check("integer[]", ["array_fill(1, ARRAY[9000])"], wire.ARRAY, "all", expressions=True)  # is large
    column = table.check("integer[][]", ["{{1}}"], wire.ARRAY)
    assert (column.name, column.parts[0].name, column.parts[0].oid) == ("integer[]", "integer", 23)
    column = table.check("varchar(3)[]", ["{abc}"], wire.ARRAY)
    assert (column.parts[0].name, column.parts[0].typmod) == ("character varying(3)", 7)


def test_nested_composites(table):
    table.connection.execute("""
        CREATE TYPE mood AS ENUM ('glad', 'it''s "sad"');
        CREATE DOMAIN code AS text CHECK (length(VALUE) < 10);
        CREATE TYPE inner_row AS (n numeric(6,2), m mood, t text, j jsonb);
        CREATE TYPE outer_row AS (i inner_row, list inner_row[], c code, codes code[], r int4range, b bytea);
        CREATE DOMAIN wrapped AS outer_row;
        CREATE TABLE base (a integer, b text);
        CREATE TYPE nothing AS ();
    """)
    inner = """ROW(1.5, 'it''s "sad"', 'a, (b) "c" \\', '{"k": [1, "x"]}')::inner_row"""
    rows = [f"ROW({inner}, ARRAY[{inner}, NULL, ROW(NULL, NULL, '', NULL)::inner_row], 'x', '{{y,NULL}}', '[1,5)', '\\x01')::outer_row",
            "ROW(NULL, '{}', NULL, NULL, 'empty', '')::outer_row", "NULL"]
    column = table.check("outer_row", rows, wire.COMPOSITE, expressions=True)
    assert [part.encoding for part in column.parts] == [wire.COMPOSITE, wire.ARRAY, wire.TEXT, wire.ARRAY, wire.RANGE, wire.BYTES]
    assert [part.name for part in column.parts] == ["public.inner_row", "public.inner_row[]", "public.code", "public.code[]", "int4range", "bytea"]
    assert table.check("wrapped", rows, wire.COMPOSITE, expressions=True).name == "public.wrapped"
    table.check("outer_row[]", [f"ARRAY[{rows[0]}, {rows[1]}, NULL]"], wire.ARRAY, expressions=True)
    table.check("nothing", ["ROW()::nothing"], wire.COMPOSITE, expressions=True)
    table.check("base", ["ROW(1, 'x')::base"], wire.COMPOSITE, expressions=True)


def test_rows_made_before_their_type_was_changed(table):
    """Values of a composite are as old as they are: with fields dropped since, without those added since."""
    connection = table.connection
    connection.execute("CREATE TABLE kind (a integer, b text, c date); CREATE TABLE t (id integer, k kind)")
    connection.execute("ALTER TABLE t REPLICA IDENTITY FULL; INSERT INTO t VALUES (1, ROW(1, 'one', '2000-01-02'))")
    for change in ("ADD COLUMN d numeric(4,1)", "DROP COLUMN b", "ADD COLUMN e text", "RENAME COLUMN a TO aa"):
        connection.execute(f"ALTER TABLE kind {change}")
        connection.execute("INSERT INTO t SELECT 2, k FROM t WHERE id = 1; UPDATE t SET id = 1 WHERE id = 1")
    connection.execute("INSERT INTO t VALUES (3, ROW(3, '2000-01-04', 2.5, 'e'))")
    came = list(inserted(connection, table.slot))
    assert all(isinstance(row[1], list) for _, row in came)
    rows = [(printed(row[1], columns[1]), [part.field for part in columns[1].parts]) for columns, row in came]
    assert rows == [("(1,one,2000-01-02)", ["a", "b", "c"]), ("(1,one,2000-01-02,)", ["a", "b", "c", "d"]), ("(1,2000-01-02,)", ["a", "c", "d"]),
                    ("(1,2000-01-02,,)", ["a", "c", "d", "e"]), ("(1,2000-01-02,,)", ["aa", "c", "d", "e"]), ("(3,2000-01-04,2.5,e)", ["aa", "c", "d", "e"])]


def test_ranges(table):
    connection = table.connection
    table.check("int4range", ["empty", "(,)", "[1,5)", "(,5)", "[1,)", "[1,1]", None], wire.RANGE)
    table.check("numrange", ["empty", "(,)", "[1.5,2.5]", "(1,2)", "[,2]", "[NaN,NaN]"], wire.RANGE)
    table.check("tstzrange", ["[-infinity,infinity]", "(2000-01-01 00:00+00,)", "empty"], wire.RANGE)
    table.check("int8range", ["[-9223372036854775808,9223372036854775807)"], wire.RANGE)
    table.check("int4range[]", ['{empty,"[1,5)",NULL}'], wire.ARRAY)
    connection.execute("CREATE TYPE text_range AS RANGE (subtype = text, collation = \"C\"); CREATE DOMAIN span AS text_range;"
                       "CREATE TYPE pair AS (a integer, b text); CREATE TYPE pair_range AS RANGE (subtype = pair);"
                       "CREATE TYPE list_range AS RANGE (subtype = integer[])")
    for name in ("text_range", "span"):
        table.check(name, ['["",a]', '["a ""b"" \\\\","b[,)"]', "empty", "(,)"], wire.RANGE)
    table.check("text_range", ["text_range(repeat('a', 200), repeat('b', 3000))"], wire.RANGE, expressions=True)
    column = table.check("pair_range", ["pair_range(ROW(1, 'x, y')::pair, ROW(2, NULL)::pair)"], wire.RANGE, expressions=True)
    assert column.parts[0].encoding == wire.COMPOSITE
    table.check("list_range", ["list_range('{1}', '{2,3}')"], wire.RANGE, expressions=True)
    if connection.info.server_version >= 140000:
        column = table.check("int4multirange", ["{}", "{[1,2),[3,)}", "{(,)}", "{(,5),[7,9)}", None], wire.MULTIRANGE)
        assert (column.parts[0].name, column.parts[0].encoding) == ("integer", wire.INTEGER)
        connection.execute("CREATE DOMAIN spans AS nummultirange")
        table.check("spans", ["{[1,2.5],(3,4)}"], wire.MULTIRANGE)
        table.check("datemultirange[]", ['{"{[2000-01-01,2000-01-05)}","{}"}'], wire.ARRAY)
        table.check("int8multirange", ["(SELECT range_agg(int8range(i * 10, i * 10 + 5)) FROM generate_series(1, 500) i)"], wire.MULTIRANGE, expressions=True)


def test_documents(table):
    documents = ["{}", "[]", "[[]]", '{"": {}}', '{"b": 1.50, "a": [true, null, false, "ä \\" \\\\ \\u0001\\n"], "a\\"\\t": -0}', "[1e400, -1e-400, 1e400, 0.1, 1.50]",
                 "[9223372036854775807, -9223372036854775808, 9223372036854775808, 1.0, 100000, 1e15]", "[" * 200 + "]" * 200, '{"k": ' * 199 + "{}" + "}" * 199]
    table.check("jsonb", [*documents, None], wire.JSON)
    table.check("jsonb", ["null", "0", '""', "true", '"x"', "1e400", "[" * 201 + "]" * 201], wire.JSON, "all")
    table.check("jsonb", ["(SELECT jsonb_agg(i) FROM generate_series(1, 5000) i)"], wire.JSON, "all", expressions=True)  # is large
    table.check("jsonb", ["(SELECT jsonb_object_agg(i, repeat('x', i)) FROM generate_series(1, 200) i)",
                          "jsonb_build_object('a', (SELECT jsonb_agg(i * 1.01) FROM generate_series(1, 300) i), 'b', '[1, 2]'::jsonb)"], wire.JSON, expressions=True)
    table.check("jsonb[]", ['{"{\\"a\\": 1}",null,"1.5"}'], wire.ARRAY)


def test_types_beyond_the_bounds_are_text(table):
    """9 levels; more than 1000 types in a column, counted as they unfold."""
    connection = table.connection
    for level in range(9):
        connection.execute(f"CREATE TYPE level{level} AS (v {'integer' if level == 0 else f'level{level - 1}'})")
    values = ["NULL::integer"]
    for level in range(9):
        values.append(f"ROW({values[-1]})::level{level}")
    assert table.check("level7", [values[8]], wire.COMPOSITE, expressions=True).parts[0].encoding == wire.COMPOSITE
    assert not table.check("level8", [values[9]], wire.TEXT, expressions=True).has_detail
    for level in range(7):
        of = "integer" if level == 0 else f"wide{level - 1}"
        connection.execute(f"CREATE TYPE wide{level} AS ({', '.join(f'c{i} {of}' for i in range(10))})")
    assert table.check("wide1", ["NULL"], wire.COMPOSITE, expressions=True).parts[9].parts[9].name == "integer"  # 110
    assert not table.check("wide2", ["NULL", "ROW(" + ", ".join(["NULL"] * 10) + ")::wide2"], wire.TEXT, expressions=True).has_detail  # 1110
    assert not table.check("wide6[]", ["NULL"], wire.TEXT, expressions=True).has_detail


def test_tables_share_out_the_types_of_their_columns(table):
    connection = table.connection
    connection.execute(f"CREATE TYPE wide AS ({', '.join(f'c{i} integer' for i in range(300))})")
    connection.execute(f"CREATE TABLE few ({', '.join(f'v{i} wide' for i in range(20))})")
    connection.execute(f"CREATE TABLE many ({', '.join(f'v{i} wide' for i in range(1000))})")
    connection.execute("INSERT INTO few VALUES (NULL); INSERT INTO many VALUES (NULL)")
    (few, _), (many, _) = inserted(connection, table.slot)
    assert {column.encoding for column in few} == {wire.COMPOSITE}
    assert {column.encoding for column in many} == {wire.TEXT}


@pytest.fixture
def database_encoded(postgres):
    """make(encoding) -> (a connection to a database in that encoding, its slot)."""
    made = []

    def make(encoding):
        name = f"encoded_{encoding.lower()}"
        postgres.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
        made.append(name)
        connection = postgres.connect(name)
        connection.execute("SET client_encoding = SQL_ASCII; SELECT pg_create_logical_replication_slot(current_database(), 'glassflow')")
        return connection, name

    yield make
    for name in made:
        postgres.execute(f"SELECT pg_drop_replication_slot('{name}')")
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


NESTED = """CREATE TYPE c AS (t text, n integer); CREATE TABLE t (a text[], c c, j jsonb, js jsonb[], v text);
    INSERT INTO t VALUES (ARRAY['a', E'\\xe9'], ROW(E'\\xe9', 1)::c, '{"a": 1}', ARRAY['[1]'::jsonb], E'\\xe9')"""


def test_nested_text_of_a_database_in_any_bytes(database_encoded):
    """What is not UTF-8 comes as its bytes, alone and within. A document is text: its strings might not be UTF-8 either."""
    connection, slot = database_encoded("SQL_ASCII")
    connection.execute(NESTED.encode())
    (_, row), = inserted(connection, slot)
    assert row == [[None, "a", b"\xe9"], [b"\xe9", 1], '{"a": 1}', [None, "[1]"], b"\xe9"]


def test_nested_text_of_a_database_in_another_encoding(database_encoded):
    """Converted, alone and within."""
    connection, slot = database_encoded("LATIN1")
    connection.execute("SET client_encoding = LATIN1")
    connection.execute(NESTED.encode())
    (_, row), = inserted(connection, slot)
    assert row == [[None, "a", "é"], ["é", 1], '{"a": 1}', [None, "[1]"], "é"]
