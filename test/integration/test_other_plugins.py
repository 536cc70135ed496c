"""Slots of wal2json and pgoutput give the events that a slot of our own plugin gives: all of them over the same WAL.

What the other plugins do not tell is in the table of docs/other_plugins.md. `told()` takes out of our own events what that table
says is missing, row by row; everything else must be equal, object by object and in the same order. On every server: what an older
one or another release of wal2json tells less is in `Peers`.
"""

import copy
import json
import math

import psycopg
import pytest

from services.collector import file_sink, read_events
from services.postgres import poll_until

from type_samples import EXPRESSIONS, LITERALS, WITHOUT_VALUES, Samples

PUBLICATION = 'all "of" it'
PGOUTPUT = {"publications": [PUBLICATION]}
# reader -> plugin of its slot, and its settings
READERS = {
    "glassflow": ("glassflow", {}),
    "glassflow streaming": ("glassflow", {"streaming": True}),
    "wal2json 1": ("wal2json", {"wal2json_args": ["format-version=1"]}),
    "wal2json 2": ("wal2json", {}),
    "pgoutput": ("pgoutput", PGOUTPUT),
    "pgoutput binary": ("pgoutput", {**PGOUTPUT, "binary": True}),
    "pgoutput streaming": ("pgoutput", {**PGOUTPUT, "streaming": True}),
    "pgoutput binary streaming": ("pgoutput", {**PGOUTPUT, "binary": True, "streaming": True}),
}

pytestmark = pytest.mark.every_server


class Peers:
    """What the other plugins of this server can do. A release of wal2json is told by nothing but what it writes."""

    def __init__(self, cluster):
        version = cluster.install.major_version
        # Binary, streaming, and messages of pgoutput are of PostgreSQL 14.
        self.pgoutput_has_messages = version >= 14
        self.others = [reader for reader in READERS if reader != "glassflow" and (version >= 14 or reader == "pgoutput" or reader.startswith("wal2json"))]
        with cluster.connect() as connection:
            connection.execute("CREATE TABLE probe (id int PRIMARY KEY)")
            connection.execute("ALTER TABLE probe REPLICA IDENTITY FULL")
            connection.execute("SELECT pg_create_logical_replication_slot('probe', 'wal2json')")
            connection.execute("INSERT INTO probe VALUES (1)")
            text = "".join(row[0] for row in connection.execute(
                "SELECT data FROM pg_logical_slot_peek_changes('probe', NULL, NULL, 'include-pk', '1')"))
            columns = connection.execute("SELECT data FROM pg_logical_slot_peek_changes('probe', NULL, NULL, 'format-version', '2', 'include-type-oids', '1')")
            self.wal2json_2_has_oids = '"typeoid"' in "".join(row[0] for row in columns)
            connection.execute("SELECT pg_drop_replication_slot('probe')")
            connection.execute("DROP TABLE probe")
        assert '"probe"' in text
        self.wal2json_1_has_primary_key = '"pknames"' in text
        # What has a primary key, and leaves NULLs out of whole rows: a row that is NULL elsewhere looks as if it were the key.
        self.hiding_nulls = (["wal2json 1"] if self.wal2json_1_has_primary_key else []) + (["wal2json 2"] if not self.wal2json_2_has_oids else [])


@pytest.fixture(scope="module")
def peers(postgres):
    return Peers(postgres)


@pytest.fixture
def readers(database, collector, tmp_path, peers):
    """readers(setup, changes, names=all of this server, **source) -> {reader: its events}, all from the same WAL."""

    def slot_of(reader):
        return f"{database.slot}_{reader.replace(' ', '_')}"

    def run(setup, changes, names=("glassflow", *peers.others), **source):
        for statement in setup:
            database.execute(statement)
        database.execute(f"""CREATE PUBLICATION "{PUBLICATION.replace('"', '""')}" FOR ALL TABLES""")
        for reader in names:
            database.create_slot(READERS[reader][0], slot_of(reader))
        for change in changes:
            change(database) if callable(change) else database.execute(change)
        events = {}
        for reader in names:
            path = tmp_path / f"{slot_of(reader)}.jsonl"
            one = collector(sinks=[file_sink(path)], source={"slot": slot_of(reader), **READERS[reader][1], **source},
                            command=("run", "--drain"), directory=tmp_path / reader.replace(" ", "_"))
            assert one.wait(120) == 0, one.tail()
            events[reader] = read_events(path)
        return events

    return run


def in_one_transaction(*statements):
    def change(database):
        with database.connect() as connection, connection.transaction():
            for statement in statements:
                connection.execute(statement)
    return change


def copied(table, rows):
    def change(database):
        with database.connect() as connection, connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy_in:
            for row in rows:
                copy_in.write_row(row)
    return change


def without(event, *fields):
    return {field: value for field, value in event.items() if field not in fields}


def is_special(value):
    return value in ("NaN", "Infinity", "-Infinity")


def told(peers, reader, event, full=(), numbers=()):
    """Our own event, less what the reader's plugin does not tell; None when it tells nothing of it. full: tables with REPLICA
    IDENTITY FULL, numbers: columns of float and numeric types (wal2json has no NaN)."""
    event = copy.deepcopy(event)
    if reader.startswith("glassflow"):
        return event
    if reader == "pgoutput" and event["_op"] == "m" and not peers.pgoutput_has_messages:
        return None
    is_wal2json = reader.startswith("wal2json")
    if reader in peers.hiding_nulls and event["_op"] == "d" and event["_table"] in full:
        besides_key = [value for column, value in event["before"].items() if column not in event["data"]]
        if besides_key and all(value is None for value in besides_key):
            del event["before"]
    if reader == "wal2json 1":
        if event["_op"] == "t":
            return None
        event = without(event, "_event_id", "_version") if event["_op"] != "m" or "_xid" in event else event
    if is_wal2json and event["_op"] == "t":
        event["data"] = {"cascade": False, "restart_identity": False}
    if is_wal2json:
        for side in ("data", "before"):
            for column, value in event.get(side, {}).items():
                if (event.get("_table"), column) in numbers and is_special(value):
                    event[side][column] = None
    has_primary_key = reader == "wal2json 2" or reader == "wal2json 1" and peers.wal2json_1_has_primary_key
    if not has_primary_key and event["_op"] == "d" and event["_table"] in full:
        event["data"] = event["before"]
    return event


def assert_same(peers, events, reader, **differences):
    expected = [event for event in (told(peers, reader, one, **differences) for one in events["glassflow"]) if event is not None]
    got = [without(event, "_event_id", "_version") if reader == "wal2json 1" and (event["_op"] != "m" or "_xid" in event) else event
           for event in events[reader]]
    assert expected, "our own plugin said nothing: the test compares nothing"
    for number, (one, other) in enumerate(zip(expected, got)):
        assert other == one, f"{reader}: event {number}"
    assert len(got) == len(expected)


LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i)"  # 32 kB that do not compress

SCENARIOS = {
    "changes": dict(
        setup=["CREATE TABLE t (id bigint PRIMARY KEY, name text, price numeric(10,2), at timestamptz DEFAULT 'epoch', \"Odd\"\"name\" boolean)"],
        changes=["INSERT INTO t VALUES (1, 'Ann', 12.50), (2, NULL, NULL), (9007199254740993, 'ä€😀\"\\', -0.01)",
                 "UPDATE t SET name = 'Bob' WHERE id = 1", "UPDATE t SET id = 10 WHERE id = 2", "DELETE FROM t WHERE id = 1",
                 in_one_transaction("INSERT INTO t VALUES (20)", "UPDATE t SET id = 21 WHERE id = 20", "DELETE FROM t WHERE id = 21")]),
    "identities": dict(
        setup=["CREATE TABLE whole (id int PRIMARY KEY, a text, b int)", "ALTER TABLE whole REPLICA IDENTITY FULL",
               "CREATE TABLE keyless (a text, b int)", "ALTER TABLE keyless REPLICA IDENTITY FULL",
               "CREATE TABLE by_index (id int PRIMARY KEY, a text NOT NULL, b int NOT NULL, c int)",
               "CREATE UNIQUE INDEX by_index_key ON by_index (b, a)", "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_key",
               "CREATE TABLE two (a int, b text, c int, PRIMARY KEY (b, a))", "CREATE TABLE bare (a int, b int)"],
        changes=["INSERT INTO whole VALUES (1, 'x', NULL), (2, NULL, 2)", "UPDATE whole SET b = 3",
                 "DELETE FROM whole", "INSERT INTO keyless VALUES ('x', NULL), (NULL, 1)", "UPDATE keyless SET b = 5 WHERE a = 'x'",
                 "DELETE FROM keyless", "INSERT INTO by_index VALUES (1, 'x', 1, NULL), (2, 'y', 2, 2)", "UPDATE by_index SET c = 3",
                 "UPDATE by_index SET a = 'z' WHERE id = 1", "DELETE FROM by_index", "INSERT INTO two VALUES (1, 'x', 1)",
                 "UPDATE two SET c = 2", "UPDATE two SET a = 5", "DELETE FROM two", "INSERT INTO bare VALUES (1, 2)"],
        full={"whole", "keyless"}),
    "rows of one record": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY, v text)", "CREATE TABLE u (id int PRIMARY KEY)"],
        changes=[copied("t", [(i, f"row {i}") for i in range(1000)]), copied("u", [(i,) for i in range(300)])]),
    "savepoints": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY, v text)"],
        changes=[in_one_transaction(
            "INSERT INTO t VALUES (1, 'kept')", "SAVEPOINT a", "INSERT INTO t VALUES (2, 'dropped')", "SAVEPOINT b",
            "INSERT INTO t VALUES (3, 'dropped')", "RELEASE b", "ROLLBACK TO a", "INSERT INTO t VALUES (4, 'kept')", "SAVEPOINT c",
            "INSERT INTO t VALUES (5, 'kept')", "RELEASE c", "UPDATE t SET v = 'changed' WHERE id = 1")]),
    "toast": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY, big text, small text)", "ALTER TABLE t ALTER big SET STORAGE EXTERNAL",
               "CREATE TABLE f (id int PRIMARY KEY, big text, small text)", "ALTER TABLE f ALTER big SET STORAGE EXTERNAL",
               "ALTER TABLE f REPLICA IDENTITY FULL"],
        changes=[f"INSERT INTO t VALUES (1, {LARGE}, 'a')", "UPDATE t SET small = 'b'", "UPDATE t SET id = 2", "UPDATE t SET big = 'short'",
                 "DELETE FROM t", f"INSERT INTO f VALUES (1, {LARGE}, 'a')", "UPDATE f SET small = 'b'", "DELETE FROM f"],
        full={"f"}),
    "truncate": dict(
        setup=["CREATE TABLE t (id serial PRIMARY KEY)", "CREATE TABLE u (id serial PRIMARY KEY)"],
        changes=["INSERT INTO t DEFAULT VALUES", "INSERT INTO u DEFAULT VALUES", "TRUNCATE t, u RESTART IDENTITY CASCADE",
                 "INSERT INTO t DEFAULT VALUES", "TRUNCATE u"]),
    "messages": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY)"],
        changes=[in_one_transaction("SELECT pg_logical_emit_message(true, 'app', 'one')", "INSERT INTO t VALUES (1)",
                                    "SELECT pg_logical_emit_message(true, 'app', 'two ä€')"),
                 "SELECT pg_logical_emit_message(false, 'app', 'alone')", "SELECT pg_logical_emit_message(true, 'glassflow', 'reserved')",
                 in_one_transaction("SELECT pg_logical_emit_message(true, 'app', 'nothing else')")]),
    "a table that changes": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY, a text, gone int)"],
        changes=["INSERT INTO t VALUES (1, 'x', 1)", "ALTER TABLE t ADD b date", "INSERT INTO t VALUES (2, 'x', 1, '2024-02-29')",
                 "ALTER TABLE t DROP gone", "INSERT INTO t VALUES (3, 'x', '2024-02-29')", "UPDATE t SET a = 'y'",
                 "ALTER TABLE t ALTER a TYPE int USING 5, ALTER b TYPE timestamp", "UPDATE t SET a = 6", "ALTER TABLE t RENAME a TO c",
                 "UPDATE t SET c = 7", "ALTER TABLE t RENAME TO \"T 2\"", "UPDATE \"T 2\" SET c = 8",
                 "ALTER TABLE \"T 2\" DROP CONSTRAINT t_pkey", "ALTER TABLE \"T 2\" ADD PRIMARY KEY (c, id)", "DELETE FROM \"T 2\""]),
    "numbers": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY, f4 float4, f8 float8, n numeric, p numeric(12,4))"],
        changes=["INSERT INTO t VALUES (1, 'NaN', '-Infinity', 'NaN', 1.5), (2, '-0', 1e300, 1e100, -99999999.9999), (3, 0.1, 0.1, 0.00, 0)",
                 "INSERT INTO t VALUES (4, 1e-45, 5e-324, 12345678901234567890.123456789, NULL), (5, 3.4e38, 1e15, -1e-30, 7)"],
        numbers={("t", "f4"), ("t", "f8"), ("t", "n")}),
    "a large transaction": dict(
        setup=["CREATE TABLE t (id int PRIMARY KEY, v text)", "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET logical_decoding_work_mem = ''64kB''', current_database()); END $$"],
        changes=[in_one_transaction(
            "INSERT INTO t SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i", "SAVEPOINT a",
            "INSERT INTO t SELECT i, repeat('y', 100) FROM generate_series(3001, 6000) i", "ROLLBACK TO a",
            "SELECT pg_logical_emit_message(true, 'app', 'in the middle')",
            "INSERT INTO t SELECT i, repeat('z', 100) FROM generate_series(6001, 9000) i", "SAVEPOINT b",
            "UPDATE t SET v = 'short' WHERE id < 2000", "DELETE FROM t WHERE id < 100"),
            "INSERT INTO t VALUES (0, 'after it')"]),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_events_are_those_of_our_own_plugin(readers, peers, name):
    scenario = dict(SCENARIOS[name])
    events = readers(scenario.pop("setup"), scenario.pop("changes"))
    for reader in peers.others:
        assert_same(peers, events, reader, **scenario)


def test_ids_of_wal2json_version_1_are_unique_and_stable(readers, database, collector, tmp_path):
    setup, changes = (SCENARIOS["messages"][part] for part in ("setup", "changes"))
    events = readers([*setup, "CREATE TABLE u (id int PRIMARY KEY)"], [*changes, copied("u", [(i,) for i in range(50)])], names=["glassflow", "wal2json 1"])
    ids = [event["_event_id"] for event in events["wal2json 1"]]
    assert len(ids) == len(events["glassflow"]) > 50
    assert len(set(ids)) == len(ids)


# What a binary value of these is, only the server can print (docs/other_plugins.md).
OPAQUE_IN_BINARY = {"int2vector", "oidvector", "point", "lseg", "path", "box", "polygon", "line", "circle", "money", "aclitem", "tsvector",
                    "tsquery", "txid_snapshot", "pg_snapshot", "regproc", "regprocedure", "regoper", "regoperator", "regclass", "regtype",
                    "regrole", "regnamespace", "regconfig", "regdictionary", "regcollation", "pg_node_tree", "pg_ndistinct",
                    "pg_dependencies", "pg_mcv_list", "gtsvector"}
TYPES = """SELECT oid::int8 FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typisdefined AND typrelid = 0 AND typsend <> 0
           AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = pg_type.typelem AND e.typsend = 0)
           AND (typelem = 0 OR typcategory <> 'A' OR (SELECT e.typtype FROM pg_type e WHERE e.oid = pg_type.typelem) IN ('b', 'r', 'm')) ORDER BY oid"""
USER_TYPES = ["CREATE TYPE mood AS ENUM ('so so', 'ä€😀')", "CREATE TYPE \"Mood\" AS ENUM ('x', 'y')", "CREATE SCHEMA \"Odd\"", "CREATE TYPE \"Odd\".\"M\"\"ood\" AS ENUM ('x', 'y')",
              "CREATE DOMAIN price AS numeric(20,4)", "CREATE DOMAIN yes AS boolean", "CREATE DOMAIN small AS smallint",
              "CREATE DOMAIN moment AS timestamptz", "CREATE DOMAIN raw AS bytea", "CREATE DOMAIN texts AS text[]", "CREATE TYPE pair AS (a int, b text)"]
USER_TABLE = ("CREATE TABLE u (id int PRIMARY KEY, m mood, q \"Mood\", o \"Odd\".\"M\"\"ood\", ms mood[], p price, y yes, s small, at moment, r raw, ts texts, c pair)",
              "INSERT INTO u VALUES (1, 'so so', 'y', 'x', '{so so,ä€😀}', 1.5, true, -3, '2024-02-29 12:00+00', '\\x00ff', '{a,NULL,\"b c\"}', '(1,x)')", "INSERT INTO u (id) VALUES (2)")


def contains(samples, oid, names):
    """Whether the type is of these, or made of one of them."""
    name = samples.base(oid)
    element = samples.element(oid)
    return name in names or bool(element and contains(samples, element, names)) or any(
        name.startswith(range_name) and "range" in name for range_name in names)


def taken(connection, expressions):
    """Those that the server takes and prints as text: an old one has fewer intervals, and prints a "char" as the byte it is."""
    if connection.info.server_version >= 140000:
        return expressions

    def is_taken(expression):
        try:
            return connection.execute(f"SELECT convert_to(({expression})::text, 'UTF8')") is not None
        except psycopg.DataError:
            return False

    return [expression for expression in expressions if is_taken(expression)]


def test_values_of_every_type(readers, peers, database):
    """The zoo of types, as inserts and as the whole rows of deletes."""
    with database.connect() as connection:
        samples = Samples(connection)
        tables, opaque, numbers = [], set(), set()
        for (oid,) in connection.execute(TYPES).fetchall():
            name = samples.base(oid)
            if connection.info.server_version < 140000 and name in ("_int2vector", "_oidvector"):
                continue  # nothing can be cast to them there
            bottom = samples.base(samples.element(oid)) if samples.element(oid) and name not in LITERALS else name
            if bottom in WITHOUT_VALUES or bottom in EXPRESSIONS and bottom not in LITERALS or bottom in ("pg_node_tree",):
                continue
            table = f"type_{oid}"
            values = ", ".join(f"({i}, {sample})" for i, sample in enumerate([*taken(connection, samples.of(oid)), f"NULL::{samples.name(oid)}"], 1))  # what is NULL shows least
            tables.append((table, samples.name(oid), values))
            if bottom in OPAQUE_IN_BINARY:
                opaque.add(table)
            if name in ("float4", "float8", "numeric"):
                numbers.add((table, "v"))
    setup = [statement for table, name, _ in tables for statement in
             (f"CREATE TABLE {table} (id int PRIMARY KEY, v {name})", f"ALTER TABLE {table} REPLICA IDENTITY FULL")]
    changes = [f"INSERT INTO {table} VALUES {values}" for table, _, values in tables] + [f"DELETE FROM {table}" for table, _, _ in tables]
    assert len(tables) > 130, "a zoo with few animals"
    events = readers(setup, changes)
    for reader in peers.others:
        left_out = opaque if "binary" in reader else set()
        different = {}
        for table, name, _ in tables:
            chosen = {one: [event for event in events[one] if event["_table"] == table] for one in ("glassflow", reader)}
            try:
                assert_same(peers, chosen, reader, full={table}, numbers=numbers)
            except AssertionError as error:
                if table not in left_out:
                    different[name] = str(error)[:400]
        assert not different, f"{reader}: {different}"


def test_types_of_users(readers, peers):
    """Domains and enums by the name of another schema's; what is different is in the table."""
    events = readers([*USER_TYPES, USER_TABLE[0]], USER_TABLE[1:], names=["glassflow", *(reader for reader in peers.others if reader != "wal2json 1")])
    for reader in peers.others:
        if reader == "wal2json 1":
            continue
        ours, theirs = copy.deepcopy(events["glassflow"]), copy.deepcopy(events[reader])
        if "binary" in reader:  # arrays and rows of users' types are bytes there
            for event in ours + theirs:
                for column in ("ms", "c"):
                    event["data"].pop(column)
        if reader == "wal2json 2" and not peers.wal2json_2_has_oids:  # a domain is not told from what it is over
            for event in ours:
                event["data"]["s"] = event["data"]["s"] and int(event["data"]["s"])
        assert theirs == ours, reader


def test_only_the_tables_that_are_asked_for(readers, peers):
    events = readers(["CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE t2 (id int PRIMARY KEY)", "CREATE TABLE \"T\" (id int PRIMARY KEY)"],
                     ["INSERT INTO t VALUES (1)", "INSERT INTO t2 VALUES (1)", "INSERT INTO \"T\" VALUES (1)",
                      in_one_transaction("INSERT INTO t2 VALUES (2)", "INSERT INTO \"T\" VALUES (2)")],
                     tables=["public.t*", "public.\"T\""])
    for reader in peers.others:
        assert_same(peers, events, reader)



def test_exact_names_of_tables(readers, peers):
    events = readers(["CREATE TABLE t (id int PRIMARY KEY)", "CREATE TABLE t2 (id int PRIMARY KEY)", "CREATE TABLE \"T, x\" (id int PRIMARY KEY)"],
                     ["INSERT INTO t VALUES (1)", "INSERT INTO t2 VALUES (1)", "INSERT INTO \"T, x\" VALUES (1)"], tables=["public.T", "*.\"T, x\""])
    for reader in peers.others:
        assert_same(peers, events, reader)
    assert {event["_table"] for event in events["wal2json 2"]} == {"t", "T, x"}


def test_transactions_in_progress_beyond_the_budget_are_asked_for_when_committed(database, collector, needs_server):
    """Of 16 MiB a quarter of the memory limit is held, and one on disk: the collector connects again without them."""
    needs_server(14, "streaming of pgoutput")
    database.execute("CREATE TABLE t (id int PRIMARY KEY, v text)")
    database.execute(f"CREATE PUBLICATION p FOR TABLE t")
    database.execute(f"ALTER DATABASE {database.name} SET logical_decoding_work_mem = '64kB'")
    database.create_slot("pgoutput")
    one = collector(source={"publications": ["p"], "streaming": True, "streaming_disk_limit": "1MiB"}, memory_limit="16MiB")
    one.wait_ready()
    database.execute("INSERT INTO t SELECT i, repeat('x', 1000) FROM generate_series(1, 16000) i")
    database.execute("INSERT INTO t VALUES (0, 'after it')")
    one.wait_for(lambda: len(collector.events()) >= 16001, "everything has arrived")
    assert "transactions in progress are not asked for any more" in one.stderr
    assert [event["data"]["id"] for event in collector.events()] == [*range(1, 16001), 0]
    one.stop()


def test_a_slot_is_made_with_the_plugin_that_is_asked_for(database, collector):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    for plugin in ("wal2json", "pgoutput"):
        slot = f"{database.slot}_{plugin}"
        database.execute(f"CREATE PUBLICATION {plugin} FOR ALL TABLES")
        publications = {"publications": [plugin]} if plugin == "pgoutput" else {}
        one = collector(source={"slot": slot, "plugin": plugin, **publications}).wait_ready()
        assert database.query("SELECT plugin FROM pg_replication_slots WHERE slot_name = %s", (slot,)) == [(plugin,)]
        one.stop()


def assert_refused(one, *parts):
    assert one.wait(30) == 3, one.tail()
    for part in parts:
        assert part in one.stderr, one.stderr


def test_what_a_slot_of_another_plugin_needs_is_said(database, collector):
    database.create_slot("pgoutput")
    assert_refused(collector(), "source.publications names none", "Set source.publications: [glassflow]")
    assert_refused(collector(source={"publications": ["nowhere"]}), 'publication "nowhere" does not exist', "CREATE PUBLICATION")
    assert_refused(collector(source={"plugin": "glassflow"}), 'made for the plugin "pgoutput", not "glassflow"', "source.plugin")
    one = collector(source={"wal2json_args": ["include-lsn=false"]})
    assert one.wait(30) == 2 and "source.wal2json_args" in one.stderr


def test_a_slot_that_changed_its_plugin_is_refused(database, collector):
    """The checkpoint is of the plugin, too: ids and positions of another are others."""
    directory = None
    database.execute("CREATE PUBLICATION p FOR ALL TABLES")
    database.create_slot("wal2json")
    one = collector(command=("run", "--drain"))
    assert one.wait(60) == 0
    database.query("SELECT pg_drop_replication_slot(%s)", (database.slot,))
    database.create_slot("pgoutput")
    again = collector(source={"publications": ["p"]}, command=("run", "--drain"), directory=one.directory)
    assert_refused(again, 'is not one of the plugin "wal2json" any more')


@pytest.mark.parametrize("plugin", ["wal2json", "pgoutput"])
def test_heartbeats_return(database, collector, plugin):
    database.execute("CREATE PUBLICATION p FOR ALL TABLES")
    publications = {"publications": ["p"]} if plugin == "pgoutput" else {}
    one = collector(source={"plugin": plugin, **publications, "heartbeat_interval": "1s"}).wait_ready()
    before = database.confirmed_position()
    one.wait_for(lambda: (one.status() or {}).get("slot_care", {}).get("heartbeat") == "returned" or database.confirmed_position() > before + 0,
                 "the heartbeat has returned")
    one.stop()
