"""A jsonb as it comes over the wire, printed, is what Postgres prints for it, over documents made at random.

The plugin walks the stored form itself (output_plugin/jsonb_tree.cpp); nesting, empty containers, many keys, long
strings, and numbers of every size are where such a walk would go astray.
"""

import json
import random

import msgpack

from value_printer import JSON, inserted, print_json, printed

CHARACTERS = ["a", '"', "\\", "/", "\b", "\f", "\n", "\r", "\t", "\x01", "\x1f", "\x7f", "é", "\u2028", "😀", " "]
# Beyond what json.dumps writes: digits that are kept, and every length of an int on the wire.
NUMBERS = ["0", "-0", "0.0", "1.50", "-1", "31", "127", "128", "-32", "-33", "255", "256", "65535", "65536", "-32769", "4294967295", "4294967296",
           "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "1e30", "-1e15", "1e-20",
           "1.5", "19.99", "-99999.125", "1e300", "0.0001", "0.00010", "1e400", "123456789.123456789", "-0.000000000000000000001", "1e131071", "1e-16383"]


def text(chance):
    return "".join(chance.choice(CHARACTERS) for _ in range(chance.choice([0, 1, 2, 3, 5, 7, 8, 10, 15, 16, 17, 31, 32, 200, 300])))


def document(chance, depth):
    """As JSON. Containers of more than 32 children have some of their places stored as offsets, not lengths."""
    kind = chance.choice(["null", "boolean", "number", "string"] + (["object", "object", "array"] if depth > 0 else []))
    size = chance.choice([0, 1, 3, 15, 16, 40]) if depth < 3 else 2
    if kind == "object":
        return "{" + ",".join(json.dumps(text(chance)) + ":" + document(chance, depth - 1) for _ in range(size)) + "}"
    if kind == "array":
        return "[" + ",".join(document(chance, depth - 1) for _ in range(size)) + "]"
    if kind == "string":
        return json.dumps(text(chance))
    return {"null": "null", "boolean": chance.choice(["true", "false"]), "number": chance.choice(NUMBERS)}[kind]


def test_documents_are_what_postgres_prints(database):
    chance = random.Random(20261122)
    with database.connect() as connection:
        connection.execute("CREATE TABLE documents (id int PRIMARY KEY, document jsonb)")
        database.create_slot()
        rows = [(row, document(chance, chance.randrange(1, 5))) for row in range(3000)]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO documents VALUES (%s, %s::jsonb)", rows)
        connection.execute("INSERT INTO documents SELECT -1, (repeat('[', 2000) || repeat(']', 2000))::jsonb")
        connection.execute("INSERT INTO documents SELECT -2, jsonb_object_agg('k' || n, n) FROM generate_series(1, 3000) n")
        connection.execute("INSERT INTO documents SELECT -3, jsonb_object_agg('k' || n, n) FROM generate_series(1, 500) n")
        # from a column, where numbers have headers of one byte
        connection.execute("CREATE TEMP TABLE source AS SELECT n / 7.0 AS n, n AS i FROM generate_series(1, 50) n")
        connection.execute("INSERT INTO documents SELECT 10000 + i, jsonb_build_array(n, i, jsonb_build_object('n', n)) FROM source")
        expected = dict(connection.execute("SELECT id, document::text FROM documents").fetchall())
        columns, rows = None, {}
        for columns, (row, value) in inserted(connection, database.slot):
            rows[row] = value
    assert columns[1].encoding == JSON
    assert len(expected) == 3053 and rows.keys() == expected.keys()
    assert [row for row in rows if printed(rows[row], columns[1]) != expected[row]] == []
    # natively, but for scalars and what is too deep or large
    as_text = {row for row, value in rows.items() if isinstance(value, str)}
    assert as_text == {row for row, value in expected.items() if value[0] not in "[{"} | {-1, -2} | {row for row in as_text if len(expected[row]) > 25000}
    assert len(rows) - len(as_text) > 1200


def test_ints_are_ints(database):
    """Any number without decimals that 64 bits hold, and no other."""
    with database.connect() as connection:
        connection.execute("CREATE TABLE documents (document jsonb)")
        database.create_slot()
        connection.execute("INSERT INTO documents VALUES (%s::jsonb)", (f"[{','.join(NUMBERS)}]",))
        (_, (value,)), = inserted(connection, database.slot)
    assert len(value) == len(NUMBERS)
    for number, digits in zip(value, map(print_json, value)):
        fits = "." not in digits and len(digits) < 30 and -2**63 <= int(digits) < 2**63
        assert isinstance(number, int if fits else msgpack.ExtType), digits
