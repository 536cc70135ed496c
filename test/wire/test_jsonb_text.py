"""What the plugin writes for a jsonb value is what Postgres prints for it, over documents made at random.

The plugin walks the stored form itself (output_plugin/jsonb_text.cpp); escapes, nesting, empty containers, many keys
and numbers of every size are where such a walk would go astray.
"""

import json
import random

from frame_reader import FrameReader

CHARACTERS = ["a", '"', "\\", "/", "\b", "\f", "\n", "\r", "\t", "\x01", "\x1f", "\x7f", "é", "\u2028", "😀", " "]
NUMBERS = [0, -1, 12345, 10**30, -10**15, 1e-20, 1.5, -99999.125, 1e300]


def text(chance):
    return "".join(chance.choice(CHARACTERS) for _ in range(chance.choice([0, 1, 3, 10, 200])))


def document(chance, depth):
    """Containers of more than 32 children have some of their places stored as offsets, not lengths."""
    kind = chance.choice(["null", "boolean", "number", "string"] + (["object", "object", "array"] if depth > 0 else []))
    size = chance.choice([0, 1, 3, 40]) if depth < 3 else 2
    if kind == "object":
        return {text(chance): document(chance, depth - 1) for _ in range(size)}
    if kind == "array":
        return [document(chance, depth - 1) for _ in range(size)]
    return {"null": None, "boolean": chance.random() < 0.5, "number": chance.choice(NUMBERS), "string": text(chance)}[kind]


def test_jsonb_is_printed_as_postgres_does(database):
    chance = random.Random(20261122)
    with database.connect() as connection:
        connection.execute("CREATE TABLE documents (id int PRIMARY KEY, document jsonb)")
        connection.execute("SELECT pg_create_logical_replication_slot('jsonb_text', 'glassflow')")
        rows = [(row, json.dumps(document(chance, chance.randrange(4)))) for row in range(500)]
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO documents VALUES (%s, %s::jsonb)", rows)
        connection.execute("INSERT INTO documents SELECT -1, (repeat('[', 2000) || repeat(']', 2000))::jsonb")
        connection.execute("INSERT INTO documents SELECT -2, jsonb_object_agg('k' || n, n) FROM generate_series(1, 3000) n")
        printed = dict(connection.execute("SELECT id, document::text FROM documents").fetchall())
        frames = connection.execute("SELECT data FROM pg_logical_slot_get_binary_changes('jsonb_text', NULL, NULL)").fetchall()
        connection.execute("SELECT pg_drop_replication_slot('jsonb_text')")
    reader = FrameReader()
    events = [event for (frame,) in frames for event in reader.read(bytes(frame))]
    written = dict(event["new"] for event in events if event["record"] == "insert")
    assert len(printed) == 502
    assert [row for row in printed if written.get(row) != printed[row]] == []
