"""Masks on the whole way: hashes under the server's key, nothing of a masked value in the raw stream, and no way around them
through the collector, which may read tables by itself."""

import datetime
import hashlib
import hmac
import struct
import uuid

import msgpack
import psycopg
import pytest

from conftest import Database
from services.collector import file_sink, read_events
from services.postgres import PostgresCluster, make_directory

KEY = "the key of the tests, which is secret"
CONTENTS = {"text": "Zebulon", "name": "Zebulon", "varchar(20)": "Zebulon", "char(9)": "Zebulon", "json": '"Zebulon"', "jsonb": '{"Zebulon": "Zebulon"}',
            "text[]": "{Zebulon,Zebulon}", "integer": "1684300900", "bigint": "7234017283807667300", "numeric": "7234017283807667300.125",
            "numeric(30,3)": "7234017283807667300.125", "numeric(12,2)": "7234017283.66", "double precision": "7234017283.66", "real": "72340.172",
            "uuid": "5a656275-6c6f-6e20-5a65-62756c6f6e21", "bytea": "\\x5a6562756c6f6e", "date": "2112-03-04", "timestamp": "2112-03-04 05:06:07.891",
            "timestamptz": "2112-03-04 05:06:07.891+00", "interval": "7234 days 11:12:13.14", "inet": "90.101.98.117", "macaddr": "5a:65:62:75:6c:6f",
            "int4range": "[1684300900,1684300999)", "integer[]": "{1684300900}", "bit varying": "0101101001100101011000100111010101101100"}
# What must not be found: the texts, and the values as a frame or the server would write them.
MOMENT_US = (datetime.datetime(2112, 3, 4, 5, 6, 7, 891000) - datetime.datetime(2000, 1, 1)) // datetime.timedelta(microseconds=1)
NEEDLES = [b"Zebulon", b"1684300900", b"7234017283", b"72340.17", b"5a656275-6c6f", b"2112-03-04", b"7234 days", b"11:12:13", b"90.101.98.117",
           b"5a:65:62:75:6c:6f", b"01011010011001010110", b"5a6562756c6f", struct.pack(">I", 1684300900), struct.pack(">Q", 7234017283807667300),
           msgpack.packb(723401728366), struct.pack(">d", 7234017283.66), struct.pack(">f", 72340.172), uuid.UUID("5a656275-6c6f-6e20-5a65-62756c6f6e21").bytes,
           msgpack.packb((datetime.date(2112, 3, 4) - datetime.date(2000, 1, 1)).days), struct.pack(">q", MOMENT_US), bytes([90, 101, 98, 117])]


@pytest.fixture(scope="module")
def keyed(private_install):
    cluster = PostgresCluster(make_directory("glassflow-pg-"), private_install, {"shared_preload_libraries": "glassflow", "glassflow.mask_key": KEY})
    cluster.create().start()
    yield cluster
    cluster.remove()


@pytest.fixture
def hashing(keyed):
    fresh = Database(keyed).create()
    yield fresh
    fresh.drop()


def hashed(text):
    return hmac.new(KEY.encode(), text.encode(), hashlib.sha256).hexdigest()


def frames(database, slot=None, **options):
    given = [text for pair in options.items() for text in pair]
    rows = database.query(f"SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL{', %s' * len(given)})", (slot or database.slot, *given))
    return b"".join(bytes(data) for (data,) in rows)


def lines(database, slot=None, **options):
    given = [text for pair in options.items() for text in pair]
    return [line for (line,) in database.query(
        f"SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL{', %s' * len(given)})", (slot or database.slot, *given))]


def test_hashes_are_hmacs_of_the_text_and_stable(hashing):
    hashing.execute("CREATE EXTENSION glassflow")
    hashing.execute("CREATE TABLE people (id integer PRIMARY KEY, email text, born date, card numeric)")
    hashing.execute("CREATE TABLE orders (email varchar(40), note text)")
    hashing.create_slot()
    hashing.create_slot(name="second")
    long = "ä€😀" * 40000
    with hashing.connect() as connection:
        connection.execute("INSERT INTO people VALUES (1, 'ann@example.org', '2024-02-29', 12.50), (2, '', NULL, 'NaN'), (3, %s, NULL, NULL)", (long,))
        connection.execute("INSERT INTO orders VALUES ('ann@example.org', 'plain')")
    masks = "public.*: id = hash, email = hash, born = hash, card = hash"
    told = lines(hashing, masks=masks)
    assert told == lines(hashing, slot="second", masks=masks)
    rows = [line for line in told if line.startswith("insert")]
    assert rows == [
        f"insert public.people: id='{hashed('1')}' email='{hashed('ann@example.org')}' born='{hashed('2024-02-29')}' card='{hashed('12.50')}'",
        f"insert public.people: id='{hashed('2')}' email='{hashed('')}' born=null card='{hashed('NaN')}'",
        f"insert public.people: id='{hashed('3')}' email='{hashed(long)}' born=null card=null",
        f"insert public.orders: email='{hashed('ann@example.org')}' note='plain'"]


def test_nothing_of_a_masked_value_is_in_the_raw_stream(hashing):
    columns = ", ".join(f"c{i} {kind}" for i, kind in enumerate(CONTENTS))
    for name, identity in (("full_identity", "FULL"), ("no_identity", "DEFAULT")):
        hashing.execute(f"CREATE TABLE {name} (id integer PRIMARY KEY, {columns})")
        hashing.execute(f"ALTER TABLE {name} REPLICA IDENTITY {identity}")
    hashing.execute("CREATE TABLE key_identity (id integer, a text, b integer, c uuid, PRIMARY KEY (a, b, c))")
    hashing.execute("CREATE EXTENSION glassflow")
    hashing.execute("SELECT glassflow.capture_ddl()")
    hashing.create_slot()
    with hashing.connect() as connection:
        for name in ("full_identity", "no_identity"):
            connection.execute(f"INSERT INTO {name} VALUES (1{', %s' * len(CONTENTS)})", list(CONTENTS.values()))
            connection.execute(f"UPDATE {name} SET id = 2")
            connection.execute(f"DELETE FROM {name}")
        connection.execute("INSERT INTO key_identity VALUES (1, 'Zebulon', 1684300900, '5a656275-6c6f-6e20-5a65-62756c6f6e21')")
        connection.execute("UPDATE key_identity SET a = a || 'x'")
        connection.execute("DELETE FROM key_identity")
        connection.execute("ALTER TABLE key_identity ADD COLUMN note text DEFAULT 'Zebulon'")
    # Without masks all of it is found, in native form or as the text that a mask would work on: the test can fail.
    plain = frames(hashing, ddl="on") + frames(hashing, masks="public.*: * = truncate(65535)")
    assert [needle for needle in NEEDLES if needle not in plain] == []
    for mask in ("null", "hash", "redact('x')", "keep_last(1)", "truncate(0)"):
        masks = "; ".join(f"public.{table}: c* = {mask}, a = {mask}, b = {mask}, note = {mask}" for table in ("*_identity",))
        found = [needle for needle in NEEDLES if needle in frames(hashing, ddl="on", masks=masks)]
        assert found == [], mask


@pytest.mark.parametrize(("settings", "detail"), [
    ({}, "is not preloaded"),
    ({"glassflow.mask_key": KEY}, "is not preloaded"),
    ({"shared_preload_libraries": "glassflow"}, "has no key"),
    ({"shared_preload_libraries": "glassflow", "glassflow.mask_key": "short"}, "too short"),
])
def test_hash_without_a_usable_key_is_refused_at_the_start(cluster_factory, database_in, settings, detail):
    database = database_in(cluster_factory(settings))
    database.create_slot()
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState, match="columns cannot be masked by hash") as error:
        frames(database, masks="public.people: email = hash")
    assert detail in error.value.diag.message_detail and KEY not in str(error.value)
    # a placeholder of somebody's own is no key, and other masks need none
    with database.connect() as connection:
        if "shared_preload_libraries" not in settings:
            connection.execute("SET glassflow.mask_key = 'mine, and long enough for a key'")
            with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState):
                connection.execute("SELECT pg_logical_slot_peek_binary_changes(%s, NULL, NULL, 'masks', 'a.b: c = hash')", (database.slot,))
    assert frames(database, masks="public.people: email = null") == b""


# Through the collector.

PEOPLE = ("CREATE TABLE people (id integer PRIMARY KEY, name text, card numeric NOT NULL, bio text, note text)",
          "ALTER TABLE people ALTER bio SET STORAGE EXTERNAL", "ALTER TABLE people ALTER note SET STORAGE EXTERNAL", "GRANT SELECT ON people TO PUBLIC")
MASKS = ["public.people: name = redact('-'), card = keep_last(4), bio = truncate(3)"]


def people(database):
    for statement in PEOPLE:
        database.execute(statement)


@pytest.mark.parametrize(("toast", "bio", "note"), [
    ("reselect", "__unchanged__", "plain " * 2000), ("placeholder", "__unchanged__", "__unchanged__"), ("omit", None, None)])
def test_collector_never_reads_a_masked_value_from_the_table(database, collector, tmp_path, toast, bio, note):
    people(database)
    path = tmp_path / "events.jsonl"
    one = collector(source={"masks": MASKS}, sinks=[file_sink(path, toast=toast)]).wait_ready()
    database.execute("INSERT INTO people VALUES (1, 'Zebulon', 4111111111111234, repeat('Zebulon ', 2000), repeat('plain ', 2000))")
    database.execute("UPDATE people SET name = 'Zebulon the second'")
    one.wait_for(lambda: len(read_events(path)) >= 2, "the update, while the row is still there to be read")
    database.execute("UPDATE people SET id = 2")
    database.execute("ALTER TABLE people REPLICA IDENTITY FULL")
    database.execute("UPDATE people SET name = 'Zebulon the third'")
    database.execute("DELETE FROM people")
    one.wait_for(lambda: len(read_events(path)) >= 6, "six events")
    assert "Zebulon" not in path.read_text() and "4111" not in path.read_text()
    events = read_events(path)
    assert events[0]["data"] == {"id": 1, "name": "-", "card": "***1234", "bio": "Zeb", "note": "plain " * 2000}
    assert events[1]["data"].get("bio") == bio and events[1]["data"].get("note") == note
    told_whole = next(event for event in events if event.get("before"))
    assert told_whole["data"]["bio"] == "Zeb" and told_whole["before"]["card"] == "***1234"


@pytest.mark.parametrize("form", ["flat", "row", "wal2json"])
def test_forms_take_masked_columns_for_text(database, collector, tmp_path, form):
    people(database)
    path = tmp_path / "events.jsonl"
    one = collector(source={"masks": ["public.people: id = keep_last(0), card = keep_last(4), name = null"]}, sinks=[file_sink(path, form)]).wait_ready()
    database.execute("INSERT INTO people VALUES (1, 'Zebulon', 4111111111111234, NULL, NULL)")
    one.wait_for(lambda: read_events(path), "an event")
    (event,) = read_events(path)
    if form == "wal2json":
        columns = {column["name"]: (column["type"], column["value"]) for column in event["columns"]}
        assert columns["card"] == ("text", "***1234") and columns["id"] == ("text", "***") and columns["name"] == ("text", None)
    else:
        assert event["card"] == "***1234" and event["id"] == "***" and event["name"] == ("" if form == "flat" else None)


def test_collector_refuses_masks_that_a_slot_cannot_keep(database, collector):
    people(database)
    database.create_slot("pgoutput")
    one = collector(source={"masks": MASKS, "publications": ["p"]}, command=("check",))
    assert one.wait() == 3
    assert "source.masks is set, and slot" in one.stdout + one.stderr


def test_pipeline_makes_room_for_text(database, collector):
    people(database)
    one = collector(source={"masks": MASKS, "tables": ["public.people"]}, command=("pipeline", "--show", "sql"),
                    pipeline={"kafka_brokers": ["broker:9092"]})
    one.wait()
    assert "`card` String" in one.stdout and "`id` Int32" in one.stdout, one.stdout + one.stderr
