"""What the plugin writes for a numeric, printed, is what Postgres prints for it.

The plugin walks the stored groups of four digits itself (output_plugin/numeric_text.cpp), to an int in units of the
column's scale or to text. Values of both kinds of header are made at random and at the edges; some layouts that Postgres
reads but does not write itself are forged.
"""

import random
import struct

import pytest

from value_printer import inserted, printed

EDGES = """
SELECT sign * v FROM (VALUES (1), (-1)) s (sign), (
    SELECT 10::numeric ^ e FROM generate_series(0, 500) e
    UNION ALL SELECT 10::numeric ^ e - 1 FROM generate_series(0, 500) e
    UNION ALL SELECT ('1e-' || e)::numeric FROM generate_series(0, 500) e
    UNION ALL SELECT ('1e-' || e)::numeric + 10::numeric ^ e FROM generate_series(0, 200) e
    UNION ALL SELECT ('0.' || repeat('0', e))::numeric FROM generate_series(1, 100) e
    UNION ALL SELECT v::numeric FROM unnest(ARRAY['0', '1e131071', '9e131071', '1e-16383', '9.99999e4000', '0.1e-60', '0.1e-63', '0.1e-64',
        '9999', '10000', '99999999', '100000000', '0.9999', '0.99999', '10000.0001', '1e252', '1e255', '1e256', '1e260']) v) e (v)
UNION ALL SELECT 'NaN'
"""
RANDOM = """
SELECT (CASE WHEN random() < 0.5 THEN '-' ELSE '' END || substr(digits, 1, whole) || '.' || substr(digits, 61, fraction))::numeric FROM (
    SELECT string_agg(CASE WHEN random() < 0.3 THEN '0000' ELSE to_char(random() * 9999, 'FM0000') END, '') AS digits,
        1 + (random() * random() * 50)::integer AS whole, (random() * random() * 70)::integer AS fraction
    FROM generate_series(1, 40000) value, generate_series(1, 35) GROUP BY value) made
"""


def compare(connection, slot, at_least, column="n", table="numbers"):
    """Every row of a table, all inserted since the slot was last read. Returns which of them came as an int."""
    expected = dict(connection.execute(f"SELECT id, {column}::text FROM {table}").fetchall())
    written = {}
    for columns, row in inserted(connection, slot):
        position = [described.field for described in columns].index(column)
        written[row[0]] = (printed(row[position], columns[position]), isinstance(row[position], int))
    assert len(expected) >= at_least
    different = [(expected[row], written.get(row)) for row in expected if written[row][0] != expected[row]]
    assert different == []
    assert len(written) == len(expected)
    return {row: is_int for row, (_, is_int) in written.items()}


def could_be_an_int(text, scale):
    """Whether a value that is printed so has the column's number of decimals and fits 64 bits in its units."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, fraction = digits.partition(".")
    return (whole + fraction).isdigit() and len(fraction) == scale and len(digits) < 30 and -2**63 <= sign * int(whole + fraction) < 2**63


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        connection.execute("CREATE TABLE numbers (id serial, n numeric); ALTER TABLE numbers ALTER n SET STORAGE MAIN; SELECT setseed(0.25)")
        database.create_slot()
        yield connection


def test_numbers_are_printed_as_postgres_does(connection, database):
    connection.execute(f"INSERT INTO numbers (n) {EDGES}")
    connection.execute(f"INSERT INTO numbers (n) {RANDOM}")
    # what arithmetic and scales leave behind
    connection.execute("INSERT INTO numbers (n) SELECT round((random() - 0.5)::numeric * 10::numeric ^ (i % 40), i % 20) FROM generate_series(1, 20000) i")
    connection.execute("INSERT INTO numbers (n) SELECT i::numeric(12,2) / 100 FROM generate_series(-10000, 10000) i")
    if connection.info.server_version >= 140000:
        connection.execute("INSERT INTO numbers (n) VALUES ('Infinity'), ('-Infinity')")
    are_ints = compare(connection, database.slot, 80000)
    texts = dict(connection.execute("SELECT id, n::text FROM numbers"))
    assert [texts[row] for row in texts if are_ints[row] != could_be_an_int(texts[row], 0)] == []


@pytest.mark.parametrize("scale", [0, 1, 2, 3, 4, 5, 7, 8, 12, 16, 18, 19])
def test_numbers_of_a_scale_are_ints_in_its_units(scale, connection, database):
    """Of both kinds of header, up to what 64 bits hold and just beyond; from 19 decimals on there are no units."""
    connection.execute(f"ALTER TABLE numbers ADD s numeric(400, {scale}); ALTER TABLE numbers ALTER s SET STORAGE MAIN")
    connection.execute(f"""
        INSERT INTO numbers (s) SELECT sign * v / 10::numeric ^ {scale} FROM (VALUES (1), (-1)) s (sign), (
            SELECT 10::numeric ^ e + d FROM generate_series(0, 40) e, generate_series(-1, 1) d
            UNION ALL SELECT 2::numeric ^ e + d FROM generate_series(0, 70) e, generate_series(-1, 1) d
            UNION ALL SELECT trunc(random()::numeric * 10::numeric ^ (i % 22)) FROM generate_series(1, 5000) i
            UNION ALL SELECT i * 10::numeric ^ (i % 19) FROM generate_series(1, 5000) i) v (v)""")
    connection.execute("INSERT INTO numbers (s) VALUES ('NaN'), (10::numeric ^ 300)")
    are_ints = compare(connection, database.slot, 20000, "s")
    texts = dict(connection.execute("SELECT id, s::text FROM numbers"))
    assert [texts[row] for row in texts if are_ints[row] != (scale <= 18 and could_be_an_int(texts[row], scale))] == []


def stored(*, negative=False, weight=0, scale=0, groups=(), is_short):
    if is_short:
        header = struct.pack("=H", 0x8000 | 0x2000 * negative | scale << 7 | (weight & 0x7F))
    else:
        header = struct.pack("=Hh", 0x4000 * negative | scale, weight)
    return header + struct.pack(f"={len(groups)}h", *groups)


def test_layouts_that_postgres_only_reads(connection, database):
    """Old releases and pg_upgrade leave some of them: long headers where short ones would do, zeros that are not stripped."""
    chance = random.Random(4)
    values = [struct.pack("=H", 0xC000), struct.pack("=HH", 0xC000, 0), b"\x00\xc0\x00\x00\x00\x00"]
    for _ in range(3000):
        is_short = chance.random() < 0.5
        values.append(stored(
            negative=chance.random() < 0.5, is_short=is_short, weight=chance.randrange(-64, 64) if is_short else chance.randrange(-70, 300),
            scale=chance.choice([0, 1, 2, 4, 5, 18, chance.randrange(64 if is_short else 600)]),
            groups=[chance.choice([0, 0, 1, 10, 100, 1000, 9999, chance.randrange(10000)]) for _ in range(chance.randrange(12))]))
    connection.execute("CREATE CAST (bytea AS numeric) WITHOUT FUNCTION")
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO numbers (n) VALUES (%s::bytea::numeric)", [(value,) for value in values])
    compare(connection, database.slot, 3000)
    connection.execute("SET allow_system_table_mods = on")
    for scale in (2, 4, 5, 18):  # the same values in a column of that scale: a column that pretends to have it is not converted
        connection.execute("UPDATE pg_attribute SET atttypmod = %s WHERE attrelid = 'numbers'::regclass AND attname = 'n'", ((400 << 16 | scale) + 4,))
        connection.execute(f"CREATE TABLE scaled{scale} (id integer, n numeric(400, {scale})); INSERT INTO scaled{scale} SELECT id, n FROM numbers")
        assert sum(compare(connection, database.slot, 3000, table=f"scaled{scale}").values()) > 50


def test_groups_beyond_their_range_harm_nothing(connection, database):
    """Damaged on disk. What Postgres prints for them is not defined; the rows around them are."""
    connection.execute("CREATE CAST (bytea AS numeric) WITHOUT FUNCTION")
    for groups in [(-1,), (10000,), (32767, 32767), (-32768, 5)]:
        connection.execute("INSERT INTO numbers (n) VALUES (%s::bytea::numeric)", (stored(groups=groups, scale=9, is_short=True),))
    connection.execute("INSERT INTO numbers (n) VALUES (1.5)")
    frames = connection.execute("SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (database.slot,)).fetchall()
    assert len(frames) == 5
    assert bytes(frames[-1][0]).count(b"\xa31.5") == 1
