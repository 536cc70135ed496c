"""Values that an update left in TOAST: never a NULL over one. What the sink is told is what `toast` says, and a value that is
read from the table looks as the WAL would have told it."""


import pytest

from services.collector import file_sink, read_events
from test_type_faithfulness import EXTENSIONS, SETTINGS, SETUP, read, row_of
from type_samples import Samples

ROLE = "replicator"
LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i)"


def table_named(connection, name, declared, identity=""):
    connection.execute(f"CREATE TABLE {name} (id integer PRIMARY KEY, n integer, v {declared}) WITH (toast_tuple_target = 128);"
                       f" ALTER TABLE {name} ALTER COLUMN v SET STORAGE EXTERNAL; GRANT SELECT ON {name} TO {ROLE}; {identity}")


@pytest.fixture
def docs(database):
    """A table with one large value, before the slot."""
    with database.connect(autocommit=True) as connection:
        table_named(connection, "public.docs", "text")
        connection.execute(f"INSERT INTO docs VALUES (1, 0, {LARGE})")
    database.create_slot()
    return database


def value(database):
    return database.query(f"SELECT {LARGE}")[0][0]


def run(collector, tmp_path, **settings):
    """The events of a run to the end, and the counts of the table docs."""
    one = collector(sinks=[file_sink(tmp_path / "events", **settings)], command=("run", "--drain"))
    assert one.wait(60) == 0, one.tail()
    return read_events(tmp_path / "events")


def test_every_type_as_under_full_identity(database, collector, tmp_path):
    with database.connect(options=SETTINGS.replace("=pg_catalog", "=public"), autocommit=True) as connection:
        for extension in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION {extension}")
        connection.execute(SETUP)
        samples = Samples(connection)
        names = []
        for oid, storage in connection.execute("SELECT oid::int8, typstorage FROM pg_type t WHERE typstorage <> 'p' AND typtype <> 'p' AND typisdefined AND typinput <> 0"
                                               " AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = typrelid AND c.relkind <> 'c')"
                                               " AND NOT EXISTS (SELECT FROM pg_type e WHERE e.oid = t.typelem AND e.typtype = 'p')").fetchall():
            name = samples.name(oid)
            if samples.is_of_rows(oid) and name.startswith(("pg_catalog.", "information_schema.")) or not samples.of(oid):
                continue
            rows = ", ".join(f"({i}, 0, {sample})" for i, sample in enumerate(samples.of(oid), 1))
            for kind, identity in (("some", ""), ("full", f"ALTER TABLE public.full_{oid} REPLICA IDENTITY FULL")):
                table_named(connection, f"public.{kind}_{oid}", name, identity)
                connection.execute(f"INSERT INTO public.{kind}_{oid} VALUES {rows}")
            names.append(str(oid))
    database.create_slot()
    with database.connect(autocommit=True) as connection:
        for name in names:
            connection.execute(f"UPDATE public.some_{name} SET n = 1")
            connection.execute(f"UPDATE public.full_{name} SET n = 1")
    sinks = [file_sink(tmp_path / form, format=form, toast=toast) | {"name": form + toast}
             for form, toast in (("wal2json", "reselect"), ("envelope", "omit"))] + [file_sink(tmp_path / "all", toast="reselect") | {"name": "all"}]
    assert collector(sinks=sinks, command=("run", "--drain")).wait(120) == 0
    told = {(event["_table"], event["data"]["id"]): event["data"]["v"] for event in read(tmp_path / "all")}
    wal2json = {}
    for event in read(tmp_path / "wal2json"):
        # Under identity FULL this form tells it in the old row only.
        row = row_of(event["columns" if event["table"].startswith("some_") else "identity"])
        wal2json[event["table"], row["id"]] = row["v"]
    # These are types of which values were not in the WAL.
    omitted = {event["_table"].removeprefix("some_") for event in read(tmp_path / "envelope") if "v" not in event["data"]}
    types = {database.query(f"SELECT {oid}::regtype::text")[0][0] for oid in omitted}
    assert sorted({"text", "bytea", "numeric", "jsonb", "text[]", "bytea[]", "numeric[]", "jsonb[]", "\"Words\""} - types) == []
    assert len(told) == len(wal2json) > 1000
    different = [(table, row) for values in (told, wal2json) for (table, row) in values
                 if table.startswith("some_") and values[table, row] != values[table.replace("some", "full"), row]]
    names_of = {table: database.query(f"SELECT {table.split('_')[1]}::regtype::text")[0][0] for table, _ in different}
    assert not different, [(names_of[table], row) for table, row in different[:20]]


def test_what_each_policy_tells(docs, collector, tmp_path):
    docs.execute("UPDATE docs SET n = 1")
    sinks = [file_sink(tmp_path / toast, toast=toast, **more) | {"name": toast}
             for toast, more in (("omit", {}), ("placeholder", {"toast_placeholder": "?"}), ("reselect", {}))]
    assert collector(sinks=sinks, command=("run", "--drain")).wait(60) == 0
    data = {toast: [event["data"] for event in read_events(tmp_path / toast)] for toast in ("omit", "placeholder", "reselect")}
    assert data == {"omit": [{"id": 1, "n": 1}], "placeholder": [{"id": 1, "n": 1, "v": "?"}], "reselect": [{"id": 1, "n": 1, "v": value(docs)}]}


def test_the_default_of_a_file_is_to_omit(docs, collector, tmp_path):
    docs.execute("UPDATE docs SET n = 1")
    assert run(collector, tmp_path)[0]["data"] == {"id": 1, "n": 1}


def test_order_is_kept_while_rows_wait(docs, collector, tmp_path):
    with docs.connect() as connection:
        connection.execute(f"INSERT INTO docs SELECT i, 0, {LARGE} FROM generate_series(2, 1500) i")
    with docs.connect() as connection, connection.transaction():
        connection.execute("UPDATE docs SET n = 1")
        connection.execute("INSERT INTO docs VALUES (5000, 0, 'small')")
        connection.execute("UPDATE docs SET n = 2 WHERE id <= 3")
        connection.execute("UPDATE docs SET v = 'new' WHERE id = 1")
        connection.execute("DELETE FROM docs WHERE id = 2")
        connection.execute("UPDATE docs SET id = 7000 WHERE id = 3")
    events = [event for event in run(collector, tmp_path, toast="reselect") if event["_op"] != "c" or event["data"]["id"] >= 5000]
    assert [event["data"]["id"] for event in events] == [*range(1, 1501), 5000, 1, 2, 3, 1, 2, 3, 7000]
    now = value(docs)
    by_id = {event["data"]["id"]: event["data"].get("v") for event in events[:1500]}
    assert by_id[1] == "new" and by_id[2] is None and by_id[3] is None and by_id[4] == now  # what the rows hold now; two are gone
    assert events[-1]["data"] == {"id": 7000, "n": 2, "v": now}


def test_a_row_and_a_table_that_are_gone(docs, collector, tmp_path):
    with docs.connect(autocommit=True) as connection:
        table_named(connection, "public.dropped", "text")
        table_named(connection, "public.was", "text")
        for table in ("dropped", "was"):
            connection.execute(f"INSERT INTO {table} VALUES (1, 0, {LARGE})")
            connection.execute(f"UPDATE {table} SET n = 1")
        connection.execute("UPDATE docs SET n = 1")
        connection.execute("DELETE FROM docs")
        connection.execute("DROP TABLE dropped")
        connection.execute("ALTER TABLE was RENAME TO \"Is, now\"")
    told = [(event["_table"], event["_op"], event["data"].get("v")) for event in run(collector, tmp_path, toast="reselect") if event["_op"] != "c"]
    assert told == [("dropped", "u", None), ("was", "u", value(docs)), ("docs", "u", None), ("docs", "d", None)]


def test_without_the_right_to_read(docs, collector, tmp_path):
    docs.execute(f"REVOKE SELECT ON docs FROM {ROLE}; UPDATE docs SET n = 1")
    one = collector(sinks=[file_sink(tmp_path / "events", toast="reselect")], command=("run", "--drain"))
    assert one.wait(60) == 1
    assert 'GRANT SELECT ON \\"public\\".\\"docs\\"' in one.stderr or 'GRANT SELECT ON "public"."docs"' in one.stderr, one.stderr
    assert read_events(tmp_path / "events") == []
    docs.execute(f"GRANT SELECT ON docs TO {ROLE}")
    assert run(collector, tmp_path, toast="reselect")[0]["data"]["v"] == value(docs)


def test_a_connection_that_breaks_while_it_reads(docs, collector, tmp_path):
    docs.execute("UPDATE docs SET n = 1")
    waiting = f"SELECT pid FROM pg_stat_activity WHERE usename = '{ROLE}' AND wait_event_type = 'Lock'"
    with docs.connect() as locker, locker.transaction():
        locker.execute("LOCK TABLE docs")
        one = collector(sinks=[file_sink(tmp_path / "events", toast="reselect")])
        ((pid,),) = one.wait_for(lambda: docs.query(waiting), "the row is being read")
        docs.query("SELECT pg_terminate_backend(%s)", (pid,))
        one.wait_for(lambda: [other for (other,) in docs.query(waiting) if other != pid], "it is read again")
        assert read_events(tmp_path / "events") == []
    one.wait_for(lambda: read_events(tmp_path / "events"), "the event arrived")
    assert [event["data"]["v"] for event in read_events(tmp_path / "events")] == [value(docs)]
    (table,) = [table for table in one.status()["sinks"][0]["tables"] if table["table"] == "docs"]
    assert table["toast_reselected_values"] == 1 and table["toast_gone_values"] == 0
    assert 'glassflow_collector_table_toast_reselected_values_total{' in one.admin("/metrics")[1]
    assert one.stop() == 0


def test_a_stop_while_it_reads(docs, collector, tmp_path):
    docs.execute("UPDATE docs SET n = 1")
    with docs.connect() as locker, locker.transaction():
        locker.execute("LOCK TABLE docs")
        one = collector(sinks=[file_sink(tmp_path / "events", toast="reselect")], shutdown_timeout="500ms")
        one.wait_for(lambda: docs.query(f"SELECT FROM pg_stat_activity WHERE usename = '{ROLE}' AND wait_event_type = 'Lock'"), "the row is being read")
        assert one.stop(10) == 1  # not everything was delivered, and that is said
    assert run(collector, tmp_path, toast="reselect")[0]["data"]["v"] == value(docs)


def test_tables_without_a_key_get_the_placeholder(database, collector, tmp_path):
    with database.connect(autocommit=True) as connection:
        connection.execute(f"CREATE TABLE keyless (n integer, v text) WITH (toast_tuple_target = 128); ALTER TABLE keyless ALTER COLUMN v SET STORAGE EXTERNAL")
        connection.execute(f"INSERT INTO keyless VALUES (0, {LARGE})")
        connection.execute("CREATE TABLE \"a b\" (\"K\"\"\" text, \"%s\" numeric(10,2), v text, PRIMARY KEY (\"K\"\"\", \"%s\")) WITH (toast_tuple_target = 128);"
                           f" ALTER TABLE \"a b\" ALTER COLUMN v SET STORAGE EXTERNAL, ADD COLUMN n integer; GRANT SELECT ON \"a b\" TO {ROLE}")
        connection.execute(f"INSERT INTO \"a b\" VALUES ('x''y', 1.5, {LARGE})")
    database.create_slot()
    database.execute("UPDATE keyless SET n = 1")
    database.execute("UPDATE \"a b\" SET n = 1")
    keyless, odd = run(collector, tmp_path, toast="reselect")
    assert keyless["data"] == {"n": 1, "v": "__unchanged__"}
    assert odd["data"] == {'K"': "x'y", "%s": "1.50", "v": value(database), "n": 1}


@pytest.mark.parametrize("plugin, source", [("glassflow", {}), ("wal2json", {"wal2json_args": ["format-version=1"]}), ("wal2json", {}),
                                            ("pgoutput", {"publications": ["everything"]}), ("pgoutput", {"publications": ["everything"], "streaming": True})])
def test_a_row_that_waits_is_told_with_the_columns_it_had(docs, collector, tmp_path, plugin, source):
    docs.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    slot = f"{docs.slot}_other"
    docs.create_slot(plugin, slot)
    docs.execute(f"ALTER DATABASE {docs.name} SET logical_decoding_work_mem = '64kB'")
    docs.execute("INSERT INTO docs VALUES (0, 0, 'all columns')")
    with docs.connect() as connection, connection.transaction():
        connection.execute("UPDATE docs SET n = 1 WHERE id = 1")
        connection.execute("ALTER TABLE docs DROP COLUMN n, ADD COLUMN later text DEFAULT 'x', ADD COLUMN last text")
        connection.execute("UPDATE docs SET last = 'y' WHERE id = 1")
        # More than logical_decoding_work_mem, so that pgoutput streams it: all is then told at once, when it commits.
        connection.execute("INSERT INTO docs SELECT i, 'v', 'x', repeat('z', 100) FROM generate_series(2, 1000) i")
    one = collector(sinks=[file_sink(tmp_path / "events", toast="reselect")], source={"slot": slot, **source}, command=("run", "--drain"))
    assert one.wait(60) == 0, one.tail()
    first, second = (event["data"] for event in read_events(tmp_path / "events") if event["_op"] == "u")
    assert first == {"id": 1, "n": 1, "v": value(docs)}
    assert second == {"id": 1, "v": value(docs), "later": "x", "last": "y"}


def test_row_level_security_is_not_taken_for_rows_that_are_gone(docs, collector, tmp_path):
    docs.execute("ALTER TABLE docs ENABLE ROW LEVEL SECURITY; UPDATE docs SET n = 1")
    one = collector(sinks=[file_sink(tmp_path / "events", toast="reselect")], command=("run", "--drain"))
    assert one.wait(60) == 1
    assert f"ALTER ROLE {ROLE} BYPASSRLS" in one.stderr.replace('\\"', "").replace('"', ""), one.stderr
    assert read_events(tmp_path / "events") == []
    docs.execute(f"ALTER ROLE {ROLE} BYPASSRLS")
    try:
        assert run(collector, tmp_path, toast="reselect")[0]["data"]["v"] == value(docs)
    finally:
        docs.execute(f"ALTER ROLE {ROLE} NOBYPASSRLS")


@pytest.mark.parametrize("ddl, told", [("ALTER TABLE docs RENAME v TO w", ["__unchanged__", "second"]), ("ALTER TABLE docs DROP v", ["__unchanged__", "second"]),
                                       ("ALTER TABLE docs RENAME id TO ident", ["__unchanged__", "__unchanged__"]),
                                       ("ALTER TABLE docs DROP v, ADD later integer; ALTER TABLE docs RENAME TO files", ["__unchanged__", "second"])])
def test_columns_that_are_no_more_are_not_null(database, collector, tmp_path, ddl, told):
    with database.connect(autocommit=True) as connection:
        table_named(connection, "public.docs", "text")
        connection.execute("ALTER TABLE docs ADD u text; ALTER TABLE docs ALTER u SET STORAGE EXTERNAL")
        connection.execute(f"INSERT INTO docs VALUES (1, 0, {LARGE}, {LARGE} || 'second')")
    database.create_slot()
    database.execute("UPDATE docs SET n = 1")
    database.execute(ddl)
    (event,) = run(collector, tmp_path, toast="reselect")
    assert [event["data"]["v"], event["data"]["u"].removeprefix(value(database))] == told
