"""Every type of the catalog arrives as it is: what the collector delivers is what the type's output function prints.

For each type that a column can have, the rows of type_samples.py are inserted, updated and deleted, under identity FULL
and, where the type can be indexed, with the value in the key. The text to compare with is that of a SELECT under the
settings that docs/wire_format.md names, unaltered by psycopg: exact also where a cast to text is not (padding of char(n)).
"""

import base64
import json
import re

import psycopg

import array_text
from services.collector import file_sink
from type_samples import Samples

SETTINGS = ("-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c extra_float_digits=1"
            " -c search_path=pg_catalog -c quote_all_identifiers=off")
NUMBERS = {"int2", "int4", "int8", "oid", "float4", "float8", "numeric"}
KEY_BYTES = 1500  # longer values may not fit an index

# Of contrib, for the types they bring.
EXTENSIONS = ["btree_gist", "citext", "cube", "hstore", "intarray", "isn", "lo", "ltree", "pg_trgm", "seg"]

# What a catalog without users has none of.
SETUP = """
CREATE TYPE mood AS ENUM ('', 'so so', 'it''s "fine"', 'ä€😀', '63 bytes, as long as a label may be: ........................');
CREATE TYPE pair AS (a integer, "B b" text, n numeric(10,2), m mood, l text[]);
CREATE TYPE nested AS (p pair, ps pair[], r int4range, d date);
CREATE TYPE nothing AS ();
CREATE TYPE text_range AS RANGE (subtype = text);
CREATE TYPE float_range AS RANGE (subtype = float8);
CREATE DOMAIN small AS smallint CHECK (VALUE < 100);
CREATE DOMAIN smaller AS small CHECK (VALUE < 10);
CREATE DOMAIN yes AS boolean;
CREATE DOMAIN price AS numeric(20,4);
CREATE DOMAIN "Words" AS text[];
CREATE DOMAIN pairs AS pair;
CREATE DOMAIN raw AS bytea;
CREATE DOMAIN moment AS timestamptz;
CREATE DOMAIN feeling AS mood;
CREATE DOMAIN span AS text_range;
CREATE DOMAIN parcel AS box;
CREATE DOMAIN duration AS interval;
CREATE DOMAIN host AS inet;
CREATE DOMAIN document AS jsonb;
CREATE TYPE holder AS (p parcel, ps parcel[], bs box[], d document, ds document[], i duration[], h host[], t timetz[], v varbit[], x xid8[]);
CREATE TYPE pair_range AS RANGE (subtype = pair);
CREATE TYPE interval_range AS RANGE (subtype = interval);
CREATE TYPE deep1 AS (a integer[], t text);
CREATE TYPE deep2 AS (n deep1, t text);
CREATE TYPE deep3 AS (n deep2[], t text);
CREATE TYPE deep4 AS (n deep3, t text);
CREATE TYPE deep5 AS (n deep4, t text);
CREATE TYPE deep6 AS (n deep5, t text);
CREATE TYPE deep7 AS (n deep6, t text);
CREATE TYPE deep8 AS (n deep7, t text);
CREATE TYPE colon_integer;
CREATE FUNCTION colon_integer_in(cstring) RETURNS colon_integer LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION colon_integer_out(colon_integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE colon_integer (INPUT = colon_integer_in, OUTPUT = colon_integer_out, LIKE = integer, DELIMITER = ':');
CREATE TABLE typed_row (id integer, gone text, kept mood, at timestamp);
ALTER TABLE typed_row DROP COLUMN gone, ADD COLUMN added bytea DEFAULT 'x';
CREATE TABLE measured AS SELECT i % 10 AS a, i % 20 AS b, i % 5 AS c FROM generate_series(1, 1000) i;
CREATE STATISTICS measured_statistics (ndistinct, dependencies, mcv) ON a, b, c FROM measured;
ANALYZE measured;
"""

COLUMN_TYPES = """
SELECT oid::int8 FROM pg_type WHERE typinput <> 0 AND typoutput <> 0 AND typisdefined AND typtype <> 'p' ORDER BY oid
"""


def element_bases(samples, oid):
    """Of an array: the base types of its elements, of the elements of these (a domain over arrays), ..."""
    while samples.element(oid):
        oid = samples.element(oid)
        yield samples.base(oid)


class TypeTable:
    """The tables of one type: `full` and, when the type can be indexed, `key`."""

    def __init__(self, connection, oid, samples):
        """Raises InvalidTableDefinition when no column can be of the type: it has a pseudo-type inside."""
        self.name = samples.name(oid)
        self.base = samples.base(oid)
        self.is_json_array = self.is_text_array = False  # which of them values of the envelope were
        self.elements = list(element_bases(samples, oid))
        self.full, self.key = (f"public.{kind}_{oid}" for kind in ("full", "key"))
        connection.execute(f"CREATE TABLE {self.full} (id integer PRIMARY KEY, v {self.name}); ALTER TABLE {self.full} REPLICA IDENTITY FULL")
        self._rows = ", ".join(f"({i}, {sample})" for i, sample in enumerate([f"NULL::{self.name}", *samples.of(oid)], 1))
        # Nobody has rows of catalog tables in a key; there are some hundred of them.
        is_catalog_row = samples.is_of_rows(oid) and self.name.startswith(("pg_catalog.", "information_schema."))
        self.is_indexed = not is_catalog_row and self._make_key(connection)

    def _make_key(self, connection):
        index = self.key.split(".")[1] + "_identity"
        try:
            with connection.transaction():
                connection.execute(f"CREATE TABLE {self.key} (id integer NOT NULL, v {self.name} NOT NULL); CREATE UNIQUE INDEX {index} ON {self.key} (v, id);"
                                   f" ALTER TABLE {self.key} REPLICA IDENTITY USING INDEX {index}")
                for _ in range(2):  # the second time, values meet their equals in the index and are compared to their ends
                    with connection.transaction(force_rollback=True):
                        self.insert(connection, [self.key])
            return True
        except (psycopg.errors.UndefinedObject, psycopg.errors.UndefinedFunction):
            return False  # no order is defined for the type, or for the types in it

    @property
    def tables(self):
        return [self.full, self.key] if self.is_indexed else [self.full]

    def insert(self, connection, tables=None):
        for table in tables or self.tables:
            wanted = f" WHERE v IS NOT NULL AND pg_column_size(v) < {KEY_BYTES}" if table == self.key else ""
            connection.execute(f"INSERT INTO {table} SELECT * FROM (VALUES {self._rows}) s (id, v){wanted}")

    def update(self, connection):
        """Each row gets the value of the next, so that the old value and the new one differ; a key is changed."""
        for table, shift in zip(self.tables, (0, 1000)):
            connection.execute(
                f"UPDATE {table} t SET id = t.id + {shift}, v = n.v FROM (SELECT id, lead(v, 1, first_value) OVER (ORDER BY id) AS v FROM"
                f" (SELECT id, v, first_value(v) OVER (ORDER BY id) FROM {table}) f) n WHERE n.id = t.id")

    def delete(self, connection):
        for table in self.tables:
            connection.execute(f"DELETE FROM {table}")

    def printed(self, connection):
        """{(table, id): what the server prints}"""
        values = {}
        for table in self.tables:
            result = connection.execute(f"SELECT id, v FROM {table}").pgresult
            for row in range(result.ntuples):
                value = result.get_value(row, 1)
                if self.base == "char" and value and value[0] > 127:
                    value = b"\\%03o" % value[0]  # as 16 and later print it
                values[table, int(result.get_value(row, 0))] = value
        return values


def make_tables(connection):
    samples = Samples(connection)
    for (oid,) in connection.execute(COLUMN_TYPES).fetchall():
        try:
            with connection.transaction():
                yield TypeTable(connection, oid, samples)
        except psycopg.errors.InvalidTableDefinition:
            continue


def read(path):
    with open(path) as file:
        return [json.loads(line, parse_int=str, parse_float=str) for line in file]


def as_bytes(value):
    """A JSON value as the server would print it, but for the forms' own notation of some types."""
    if value is None:
        return None
    if isinstance(value, dict):
        assert list(value) == ["_not_utf8_base64"]
        return base64.b64decode(value["_not_utf8_base64"], validate=True)
    return {True: b"t", False: b"f"}[value] if isinstance(value, bool) else value.encode()


def wal2json_value(columns, printed, table):
    value = as_bytes({column["name"]: column["value"] for column in columns}["v"])
    if table.name == "pg_catalog.bytea" and value is not None:
        return b"\\x" + value
    if value is None and table.base in NUMBERS and printed in (b"NaN", b"Infinity", b"-Infinity"):
        return printed  # null in this form; the envelope tells them apart
    return value


def envelope_value(value, printed, table):
    if not table.elements or value is None or printed is None:
        return scalar_value(value, printed, table.base)
    try:
        elements = json.loads(value, parse_int=str, parse_float=str)
    except ValueError:
        elements = None
    if not isinstance(elements, list):
        table.is_text_array = True
        return scalar_value(value, printed, table.base)
    table.is_json_array = True
    return array_value(elements, printed, table.elements)


def array_value(elements, printed, bases):
    """What was printed, if the JSON array says the same; else what it says."""
    expected = array_text.parse(printed, b";" if bases[0] == "box" else b",")
    got = elements_as_printed(elements, expected, bases)
    return printed if got == expected else repr(got).encode()


def elements_as_printed(elements, expected, bases):
    if not isinstance(elements, list) or not isinstance(expected, list) or len(elements) != len(expected):
        return elements
    return [element_as_printed(element, wanted, bases) for element, wanted in zip(elements, expected)]


def element_as_printed(element, expected, bases):
    if isinstance(element, list) and isinstance(expected, bytes) and len(bases) > 1:  # of a domain over arrays
        return array_value(element, expected, bases[1:])
    return elements_as_printed(element, expected, bases) if isinstance(element, list) else scalar_value(element, expected, bases[0])


def scalar_value(value, printed, base):
    got = as_bytes(value)
    if got is None or printed is None:
        return got
    if base == "bytea":
        return b"\\x" + base64.b64decode(got, validate=True).hex().encode()
    if base in ("float4", "float8"):
        return printed if repr(float(got)) == repr(float(printed)) else got
    if base in ("timestamp", "timestamptz") and b"T" in got:
        day, time, fraction, zone = re.fullmatch(rb"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{6})(Z?)", got).groups()
        fraction = fraction.rstrip(b"0")
        return day + b" " + time + (b"." + fraction if fraction else b"") + (b"+00" if zone else b"")
    return got


def row_of(items):
    return {column["name"]: column["value"] for column in items}


class Comparison:
    def __init__(self, tables, before, after):
        self._tables = {name.split(".")[1]: (name, table) for table in tables for name in table.tables}
        self._before, self._after = before, after
        self.differences = []
        self.seen = {}

    def table(self, event_table):
        return self._tables[event_table]

    def check(self, what, name, table, row_id, state, value, reading):
        printed = state[name, int(row_id)]
        got = reading(value, printed, table)
        self.seen.setdefault((what, table.name), 0)
        self.seen[what, table.name] += 1
        if got != printed:
            self.differences.append(f"{what} of {table.name}: {clip(got)} is not {clip(printed)}")

    def wal2json(self, event):
        name, table = self.table(event["table"])
        kind = "key" if name == table.key else "full"
        action = event["action"]
        if action != "D":
            state = self._before if action == "I" else self._after
            self.check(f"wal2json {kind} {action} new", name, table, row_of(event["columns"])["id"], state, event["columns"], wal2json_value)
        if action != "I":
            state = self._before if action == "U" else self._after
            self.check(f"wal2json {kind} {action} old", name, table, row_of(event["identity"])["id"], state, event["identity"], wal2json_value)

    def envelope(self, event):
        name, table = self.table(event["_table"])
        if name == table.key:
            return  # the same values, in events of two rows
        operation = event["_op"]
        if operation != "d":
            state = self._before if operation == "c" else self._after
            self.check(f"envelope {operation} new", name, table, event["data"]["id"], state, event["data"]["v"], envelope_value)
        if operation != "c":
            state = self._before if operation == "u" else self._after
            self.check(f"envelope {operation} old", name, table, event["before"]["id"], state, event["before"]["v"], envelope_value)


def clip(value):
    return repr(value if value is None or len(value) < 200 else value[:100] + b" ... " + value[-100:])


def test_every_type_of_the_catalog(database, collector, tmp_path):
    with database.connect(options=SETTINGS.replace("=pg_catalog", "=public")) as connection:
        for extension in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION {extension}")
        connection.execute(SETUP)
        with connection.transaction():
            tables = list(make_tables(connection))
    database.create_slot()
    states = []
    with database.connect(options=SETTINGS) as connection:
        for phase in (TypeTable.insert, TypeTable.update, TypeTable.delete):
            with connection.transaction():
                for table in tables:
                    phase(table, connection)
            states.append({row: value for table in tables for row, value in table.printed(connection).items()})
    before, after, nothing = states
    assert not nothing

    sinks = [file_sink(tmp_path / form, format=form) | {"name": form} for form in ("wal2json", "envelope")]
    assert collector(sinks=sinks, command=("run", "--drain")).wait(60) == 0
    comparison = Comparison(tables, before, after)
    for event in read(tmp_path / "wal2json"):
        comparison.wal2json(event)
    for event in read(tmp_path / "envelope"):
        comparison.envelope(event)

    assert not comparison.differences, "\n".join(comparison.differences[:50])
    # Arrays that are no JSON: of a delimiter of their own, or of types that nest too deep for the wire.
    arrays = [table for table in tables if table.elements]
    mixed = {table.name for table in arrays if table.is_json_array == table.is_text_array}
    texts = {table.name for table in arrays if table.is_text_array}
    assert (mixed, texts) == (set(), {f"public._{name}" for name in ("colon_integer", "parcel", "deep6", "deep7", "deep8")})
    # Nothing was left out: each row of each table, in each change.
    for table in tables:
        for what, name in [("full", table.full), ("key", table.key)][:len(table.tables)]:
            rows = sum(1 for row in before if row[0] == name)
            for change in ("I new", "U new", "U old", "D old"):
                assert comparison.seen.get((f"wal2json {what} {change}", table.name), 0) == rows, f"{change} of {table.name}"
        for change in ("c new", "u new", "u old", "d old"):
            assert comparison.seen[f"envelope {change}", table.name] > 0
    assert len(tables) > 300 and sum(table.is_indexed for table in tables) > 100
