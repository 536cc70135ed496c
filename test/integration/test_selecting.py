"""What the settings of `source` choose: the same changes of one WAL, through our plugin and, where they can do it too, through
pgoutput and wal2json. docs/selecting.md names the differences."""

import pytest

from services.collector import file_sink, read_events


@pytest.fixture
def drain(database, collector, tmp_path):
    """drain(plugin, **source) -> events of a slot that make_slots() made."""

    def slot_of(plugin):
        return f"{database.slot}_{plugin}"

    def run(plugin, directory=None, **source):
        name = directory or plugin
        path = tmp_path / f"{name}.jsonl"
        one = collector(sinks=[file_sink(path)], source={"slot": slot_of(plugin), **source}, command=("run", "--drain"),
                        directory=tmp_path / name)
        status = one.wait(120)
        return read_events(path) if status == 0 else (status, one.tail())

    # A slot of the name `template` is for copies.
    run.make_slots = lambda *plugins: [database.create_slot("glassflow" if plugin == "template" else plugin, slot_of(plugin)) for plugin in plugins]
    return run


def run_all(database, statements):
    for statement in statements:
        database.execute(statement)


def comparable(events):
    """Less what pgoutput does not tell (docs/other_plugins.md): the key of a table with REPLICA IDENTITY FULL in its deletes, and tables
    of a TRUNCATE that are not published, by which the others are counted."""
    for event in events:
        if event["_op"] == "d" and "before" in event:
            event["data"] = event["before"]
        if event["_op"] == "t":
            del event["_event_id"]
    return events


PARTITIONED = [
    "CREATE TABLE measured (id int, at int, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at)",
    "CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM (0) TO (10)",
    "CREATE TABLE measured_2 (gone int, note text, at int NOT NULL, id int NOT NULL)",
    "ALTER TABLE measured_2 DROP gone",
    "ALTER TABLE measured ATTACH PARTITION measured_2 FOR VALUES FROM (10) TO (100)",
]
MEASURED = [
    "INSERT INTO measured VALUES (1, 1, 'one'), (2, 11, 'two')", "UPDATE measured SET note = upper(note)", "UPDATE measured SET at = at + 5",
    "DELETE FROM measured WHERE id = 1", "INSERT INTO measured VALUES (3, 3, NULL)", "TRUNCATE measured",
]
ORDERS = [
    "CREATE TABLE orders (id int PRIMARY KEY, region text NOT NULL, amount int, note text)", "CREATE TABLE items (id int PRIMARY KEY, sku text)",
]
ORDER_CHANGES = [
    "INSERT INTO orders VALUES (1, 'eu', 5, 'a'), (2, 'us', 50, 'b'), (30, 'eu', NULL, NULL)", "INSERT INTO items VALUES (1, 'x')",
    "UPDATE orders SET amount = 7", "UPDATE orders SET id = 20 WHERE id = 2", "UPDATE orders SET id = 3 WHERE id = 30",
    "UPDATE orders SET region = 'us' WHERE id = 20", "UPDATE items SET sku = 'y'", "DELETE FROM orders", "TRUNCATE items",
]
SUM = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i)"  # 32 kB that do not compress
WIDE = ["CREATE TABLE wide (id int PRIMARY KEY, region text NOT NULL, big text)", "ALTER TABLE wide REPLICA IDENTITY FULL"]
WIDE_CHANGES = [
    f"INSERT INTO wide VALUES (1, 'us', {SUM}), (2, 'eu', {SUM})", "UPDATE wide SET region = 'eu' WHERE id = 1", "UPDATE wide SET region = 'us'",
    "UPDATE wide SET region = NULLIF(region, '') || '!', big = 'small'", "DELETE FROM wide",
]
# name -> tables, publications, the names to ask for, changes, since which server
PUBLISHED = {
    "tables": (ORDERS, ["CREATE PUBLICATION p FOR TABLE orders WITH (publish = 'insert, delete')", "CREATE PUBLICATION q FOR TABLE items WITH (publish = 'update, truncate')"],
               ["p", "q"], ORDER_CHANGES, 13),
    "all tables": (ORDERS, ["CREATE PUBLICATION p FOR ALL TABLES"], ["p"], ORDER_CHANGES, 13),
    "schemas": ([*ORDERS, "CREATE SCHEMA other", "CREATE TABLE other.t (id int PRIMARY KEY)"],
                ['CREATE PUBLICATION "P q" FOR TABLES IN SCHEMA other'], ["P q"], [*ORDER_CHANGES, "INSERT INTO other.t VALUES (1)"], 15),
    "row filters": (ORDERS, ["CREATE PUBLICATION p FOR TABLE orders WHERE (id >= 10)"], ["p"], ORDER_CHANGES, 15),
    "filters of two": (ORDERS, ["CREATE PUBLICATION p FOR TABLE orders WHERE (id > 25 AND abs(id) > 1), items", "CREATE PUBLICATION q FOR TABLE orders WHERE (id = 1)"],
                       ["p", "q"], ORDER_CHANGES, 15),
    "filters of inserts": (ORDERS, ["CREATE PUBLICATION p FOR TABLE orders WHERE (amount > 6 OR note IS NULL) WITH (publish = 'insert')",
                                    "CREATE PUBLICATION q FOR TABLE orders WITH (publish = 'delete')"], ["p", "q"], ORDER_CHANGES, 15),
    "filters and large values": (WIDE, ["CREATE PUBLICATION p FOR TABLE wide WHERE (region = 'eu' AND length(big) > 5)"], ["p"], WIDE_CHANGES, 15),
    "column lists": (ORDERS, ["CREATE PUBLICATION p FOR TABLE orders (id, amount), items (id)"], ["p"], ORDER_CHANGES, 15),
    "leaves": (PARTITIONED, ["CREATE PUBLICATION p FOR TABLE measured"], ["p"], MEASURED, 13),
    "root": (PARTITIONED, ["CREATE PUBLICATION p FOR TABLE measured WITH (publish_via_partition_root)"], ["p"], MEASURED, 13),
    "all roots": (PARTITIONED, ["CREATE PUBLICATION p FOR ALL TABLES WITH (publish_via_partition_root)"], ["p"], MEASURED, 13),
    "filtered root": (PARTITIONED, ["CREATE PUBLICATION p FOR TABLE measured (id, at) WHERE (at > 5) WITH (publish_via_partition_root)"], ["p"], MEASURED, 15),
    "generated columns": (["CREATE TABLE sums (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED)"],
                          ["CREATE PUBLICATION p FOR ALL TABLES"], ["p"], ["INSERT INTO sums VALUES (1, 2)", "UPDATE sums SET a = 3"], 13),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_publications_are_those_of_pgoutput(drain, database, name):
    tables, publications, names, changes, since = PUBLISHED[name]
    if int(database.query("SHOW server_version_num")[0][0]) // 10000 < since:
        pytest.skip(f"PostgreSQL {since} and later")
    run_all(database, [*tables, *publications])
    drain.make_slots("glassflow", "pgoutput")
    run_all(database, changes)
    ours = drain("glassflow", publications=names)
    theirs = drain("pgoutput", publications=names)
    assert ours, "nothing is compared"
    assert comparable(ours) == comparable(theirs)


def test_a_publication_that_is_not_there_does_not_stop_the_slot(drain, database):
    run_all(database, ["CREATE TABLE t (id int PRIMARY KEY)"])
    drain.make_slots("glassflow")
    run_all(database, ["INSERT INTO t VALUES (1)", "CREATE PUBLICATION p FOR TABLE t", "INSERT INTO t VALUES (2)"])
    assert [event["data"]["id"] for event in drain("glassflow", publications=["p", "never"])] == [2]


def test_the_same_tables_and_actions_through_other_plugins(drain, database):
    run_all(database, [*ORDERS, "CREATE PUBLICATION p FOR ALL TABLES"])
    drain.make_slots("glassflow", "pgoutput", "wal2json")
    run_all(database, ORDER_CHANGES)
    chosen = {"tables": ["public.*"], "exclude_tables": ["public.it*"]}
    ours = drain("glassflow", **chosen)
    assert {event["_table"] for event in ours} == {"orders"}
    assert drain("pgoutput", publications=["p"], **chosen) == ours
    assert [event["_event_id"] for event in drain("wal2json", "wal2json_tables", **chosen)] == [event["_event_id"] for event in ours]


ORIGINS = ["SELECT pg_replication_origin_create('east'), pg_replication_origin_create('west')"]
FROM_ORIGINS = [f"SELECT pg_replication_origin_session_setup('{name}'); INSERT INTO orders VALUES ({number}, '{name}')"
                for number, name in ((100, "east"), (101, "west"))] + ["INSERT INTO orders VALUES (102, 'here')"]
SAID = ["SELECT pg_logical_emit_message(true, 'audit', 'one'), pg_logical_emit_message(false, 'audit', 'two'), pg_logical_emit_message(true, 'Audit', 'three'), "
        "pg_logical_emit_message(true, 'aud', 'four')"]
# ours -> wal2json's own options for the same; it knows origins by number
WAL2JSON = [
    ({"exclude_tables": ["public.items"]}, ["filter-tables=public.items"]),
    ({"exclude_tables": ["public.*"]}, ["filter-tables=public.*"]),
    ({"exclude_tables": ["*.items"]}, ["filter-tables=*.items"]),
    ({"tables": ["*.orders"]}, ["add-tables=*.orders"]),
    ({"tables": ["public.*"], "exclude_tables": ["public.orders"]}, ["add-tables=public.*", "filter-tables=public.orders"]),
    ({"actions": ["insert"]}, ["actions=insert"]),
    ({"actions": ["delete", "truncate"]}, ["actions=delete,truncate"]),
    ({"actions": ["update"]}, ["actions=update"]),
    ({"origin": "none"}, ["filter-origins={east}, {west}"]),
    ({"origin": "none, west"}, ["filter-origins={east}"]),
    ({"messages": "audit"}, ["add-msg-prefixes=audit"]),
    ({"messages": "audit, 'Audit'"}, ["filter-msg-prefixes=aud"]),
    ({"tables": ["public.items"], "actions": ["update"], "messages": "Audit"}, ["add-tables=public.items", "actions=update", "add-msg-prefixes=Audit"]),
]


def test_the_same_choices_by_options_of_wal2json(drain, database):
    run_all(database, [*ORDERS, *ORIGINS])
    drain.make_slots("template")
    run_all(database, [*ORDER_CHANGES, *FROM_ORIGINS, *SAID])

    def chosen(plugin, number, **source):
        slot = f"{database.slot}_{plugin}"
        database.query("SELECT pg_copy_logical_replication_slot(%s, %s, false, %s)", (f"{database.slot}_template", slot, plugin))
        events = drain(plugin, f"{plugin}_{number}", **source)
        database.query("SELECT pg_drop_replication_slot(%s)", (slot,))
        return events

    everything = chosen("glassflow", "all")
    origins = dict(database.query("SELECT roname, roident::text FROM pg_replication_origin"))
    for number, (ours, theirs) in enumerate(WAL2JSON):
        events = chosen("glassflow", number, **ours)
        assert 0 < len(events) < len(everything), f"{ours} leaves nothing out, or all"
        assert chosen("wal2json", number, wal2json_args=[argument.format(**origins) for argument in theirs]) == events, ours
    database.query("SELECT pg_replication_origin_drop('east'), pg_replication_origin_drop('west')")


def test_the_settings_together(drain, database):
    run_all(database, ORDERS)
    drain.make_slots("glassflow")
    run_all(database, [*ORDER_CHANGES, "SELECT pg_logical_emit_message(true, 'a.b', 'kept')", "SELECT pg_logical_emit_message(true, 'c', 'left out')"])
    events = drain("glassflow", columns=["public.orders: amount, note"], exclude_columns=["*.*: note"], actions=["insert", "update"], messages="a.*",
                   rows=["public.orders: amount > 10 or amount is null", "public.items: sku in ('x', 'it''s')"], origin="none")
    assert [(event["_op"], event.get("_table"), event.get("data")) for event in events if event["_op"] == "c"] == [
        ("c", "orders", {"id": 2, "amount": 50}), ("c", "orders", {"id": 30, "amount": None}), ("c", "items", {"id": 1, "sku": "x"})]
    assert [event["data"]["prefix"] for event in events if event["_op"] == "m"] == ["a.b"]


@pytest.mark.parametrize("setting", [
    {"columns": ["public.t: id"]}, {"exclude_columns": ["public.t: id"]}, {"rows": ["public.t: id = 1"]}, {"messages": "off"}, {"origin": "east"},
])
@pytest.mark.parametrize("plugin", ["wal2json", "pgoutput"])
def test_a_plugin_that_cannot_follow_a_setting_is_refused(drain, database, plugin, setting):
    run_all(database, ["CREATE TABLE t (id int PRIMARY KEY)", "CREATE PUBLICATION p FOR ALL TABLES"])
    drain.make_slots(plugin)
    status, text = drain(plugin, **setting, **({"publications": ["p"]} if plugin == "pgoutput" else {}))
    assert status == 3, text
    assert f"source.{next(iter(setting))} is set, and slot" in text and f"is of {plugin}" in text


def test_a_rule_that_the_plugin_refuses_is_told(drain, database):
    drain.make_slots("glassflow")
    status, text = drain("glassflow", rows=["public.t: id = now()"])
    assert status == 3, text
    assert 'invalid value for option "rows"' in text and "At byte 16: expected a constant" in text


@pytest.mark.parametrize("setting", [{"columns": ["id, name"]}, {"rows": [": id = 1"]}, {"actions": ["select"]}, {"exclude_tables": ["t"]}])
def test_what_is_no_rule_is_a_wrong_configuration(drain, database, setting):
    drain.make_slots("glassflow")
    status, text = drain("glassflow", **setting)
    assert status == 2, text
    assert f"source.{next(iter(setting))}" in text
