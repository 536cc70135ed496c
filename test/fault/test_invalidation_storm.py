"""Thousands of tables, and catalog changes that never end: what a row costs, and what a table costs, stays what it was.

Walsenders of our plugin are compared with one of a plugin that does nothing (test/benchmark/floor_plugin) over the same
WAL: the server itself remembers every table it has decoded a row of. CPU time, not wall time: others may use the machine.
"""

import itertools
import os
import pathlib
import shutil
import subprocess

import pytest

from plugin_stream import INSERT, RELATION, Receiver, Walsender, receive_by_walsender
from services.postgres import ALLOWED_PLUGINS, PG_CONFIG, SOURCE, PrivateInstall, make_directory

# output_plugin/relation_cache.h: max_plan_bytes, max_entries
PLANS_KB_MAX = 32 * 1024
ENTRIES_MAX = 32768

COLUMNS = ("id bigint PRIMARY KEY, customer integer, status text, amount numeric(12,2), created timestamptz, email varchar(80),"
           " ref uuid, meta jsonb, active boolean, score float8")
WIDE_COLUMNS = "id integer, " + ", ".join(f"c{i} numeric(10,2)" for i in range(1, 400))
STORM_STEPS = 300
STORM_ROUNDS = 2
CREATED_AT_ONCE = 100  # tables per transaction
PASSING_TABLES = 100_000


@pytest.fixture(scope="module")
def floor_install(tmp_path_factory):
    """With the plugin that does nothing beside ours."""
    directory = make_directory("glassflow-install-")
    install = PrivateInstall(directory / "install")
    sources = tmp_path_factory.mktemp("floor") / "floor_plugin"
    shutil.copytree(SOURCE / "test/benchmark/floor_plugin", sources)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
    made = subprocess.run(["make", "-C", sources, f"PG_CONFIG={PG_CONFIG}"], stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment)
    assert made.returncode == 0, made.stderr
    libraries = subprocess.run([PG_CONFIG, "--pkglibdir"], capture_output=True, text=True, check=True).stdout.strip()
    shutil.copy(sources / "floor_plugin.so", pathlib.Path(f"{install.directory}{libraries}"))
    yield install
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def storm(floor_install, cluster_factory, database_in):
    settings = {"autovacuum": "off", "max_wal_size": "8GB", "wal_sender_timeout": "0", "max_locks_per_transaction": 256}
    if floor_install.knows_allow_list:
        settings["output_plugin_libraries"] = ", ".join([*ALLOWED_PLUGINS, "floor_plugin"])
    cluster = cluster_factory(settings, install=floor_install)
    made = []

    def make():
        made.append(Storm(database_in(cluster)))
        return made[-1]

    yield make
    for one in made:
        one.close()


class Storm:
    """A database with walsenders of three slots: ours, ours that wants no table, and the floor."""

    STREAMS = {"ours": ("glassflow", ()), "unwanted": ("glassflow", ("tables=nowhere.nothing",)), "floor": ("floor_plugin", ())}

    def __init__(self, database):
        self.database = database
        self.connection = database.connect()
        self.connection.execute("SET synchronous_commit = off")
        self.walsenders = {}
        for name, (plugin, _) in self.STREAMS.items():
            database.create_slot(plugin, self.slot(name))

    def slot(self, name):
        return f"{self.database.name}_{name}"

    def create_tables(self, prefix, count, columns, row):
        """count tables, prefix0 and on, with a row each: row is its values, with the table's number as %1$s."""
        for first in range(0, count, CREATED_AT_ONCE):
            last = min(first + CREATED_AT_ONCE, count) - 1
            self.connection.execute(f"""
                DO $$ BEGIN FOR i IN {first}..{last} LOOP
                    EXECUTE format('CREATE TABLE {prefix}%1$s ({columns}); INSERT INTO {prefix}%1$s VALUES ({row})', i);
                END LOOP; END $$""")

    def send(self):
        """Starts the walsenders that are not there yet, and waits until all have sent everything -> {name: Walsender}"""
        end = self.connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()[0]
        self.connection.execute("CREATE TABLE behind_the_end (); DROP TABLE behind_the_end; CHECKPOINT")
        for name, (_, options) in self.STREAMS.items():
            if name not in self.walsenders:
                self.walsenders[name] = Walsender(self.database.cluster, self.database.name, self.slot(name), options)
        for walsender in self.walsenders.values():
            walsender.wait_until_sent(end)
        return self.walsenders

    def cpu_s(self):
        return {name: walsender.cpu_s() for name, walsender in self.send().items()}

    def memory_above_floor_kb(self, name):
        walsenders = self.send()
        return walsenders[name].own_memory_kb() - walsenders["floor"].own_memory_kb()

    def close(self):
        for walsender in self.walsenders.values():
            walsender.close()
        self.connection.close()


def rain(connection, first, table_count):
    """Each step changes the catalog in several ways, and writes rows of tables that are known by then."""
    for step in range(first, first + STORM_STEPS):
        table = f"known{step * 7 % table_count}"
        id = 1000 + 5 * step
        connection.execute(f"CREATE TABLE new{step} ({COLUMNS}); INSERT INTO new{step} VALUES (1); INSERT INTO {table} VALUES ({id})")
        connection.execute(f"CREATE TYPE kind{step} AS ENUM ('a'); INSERT INTO {table} VALUES ({id + 1})")
        connection.execute(f"CREATE SCHEMA schema{step}; INSERT INTO {table} VALUES ({id + 2})")
        connection.execute(f"ANALYZE {table}")
        connection.execute(f"INSERT INTO {table} VALUES ({id + 3})")
        connection.execute(f"ALTER TABLE {table} ALTER COLUMN status SET STATISTICS 5; INSERT INTO {table} VALUES ({id + 4})")


def cost_of_step_us(storm, table_count):
    """CPU time above the floor of one step of rain over so many known tables: the least of some rounds."""
    storm.create_tables("known", table_count, COLUMNS, "0")
    costs_us = []
    before = storm.cpu_s()
    for storm_round in range(STORM_ROUNDS):
        rain(storm.connection, storm_round * STORM_STEPS, table_count)
        after = storm.cpu_s()
        spent_us = {name: (after[name] - before[name]) / STORM_STEPS * 1e6 for name in after}
        costs_us.append(spent_us["ours"] - spent_us["floor"])
        before = after
    return min(costs_us)


def compare(storm, few, many):
    small, large = storm(), storm()
    cost_of_few_us, cost_of_many_us = cost_of_step_us(small, few), cost_of_step_us(large, many)
    kb_each = {name: (large.memory_above_floor_kb(name) - small.memory_above_floor_kb(name)) / (many - few) for name in ("ours", "unwanted")}
    print(f"a step costs {cost_of_few_us:.0f} us above the floor with {few} tables, {cost_of_many_us:.0f} us with {many};"
          f" a table {kb_each['ours']:.2f} kB, an unwanted one {kb_each['unwanted']:.2f} kB")
    assert cost_of_many_us < 2 * cost_of_few_us + 100
    assert kb_each["ours"] < 3
    assert kb_each["unwanted"] < 0.7


def test_a_catalog_change_costs_the_same_however_many_tables_are_known(storm):
    compare(storm, few=200, many=2000)


@pytest.mark.soak
def test_a_catalog_change_costs_the_same_with_ten_thousand_tables(storm):
    compare(storm, few=1000, many=10000)


def test_catalog_changes_that_no_plan_has_to_do_with_cost_it_nothing(storm):
    """The plan of a table of 1500 columns takes a while to make, its rows of NULLs do not."""
    one = storm()
    one.create_tables("wide", 1, "id integer, " + ", ".join(f"c{i} numeric(10,2)" for i in range(1, 1500)), "1")
    costs_us = {}
    statements = {"rows alone": "", "types": "CREATE TYPE kind{0} AS ENUM ('a')", "schemas": "CREATE SCHEMA schema{0}",
                  "functions": "CREATE FUNCTION one{0}() RETURNS integer RETURN 1", "tables": "CREATE TABLE new{0} (id integer)"}
    for name, statement in statements.items():
        before = one.cpu_s()
        for step in range(STORM_STEPS):
            one.connection.execute(f"{statement.format(step)}; INSERT INTO wide0 VALUES (1)")
        after = one.cpu_s()
        costs_us[name] = (after["ours"] - after["floor"] - before["ours"] + before["floor"]) / STORM_STEPS * 1e6
    print("above the floor:", ", ".join(f"{name} {cost_us:.0f} us" for name, cost_us in costs_us.items()))
    assert max(costs_us.values()) < costs_us["rows alone"] + 80


def test_plans_are_bounded_and_ids_given_on(storm):
    """Wide tables have large plans: more of them than may be kept. Rows of all, one table after the other, twice."""
    table_count = 1000
    one = storm()
    one.create_tables("wide", table_count, WIDE_COLUMNS, "%1$s")
    one.connection.execute(f"DO $$ BEGIN FOR i IN 0..{table_count - 1} LOOP EXECUTE format('INSERT INTO wide%1$s VALUES (%1$s)', i); END LOOP; END $$")
    one.database.create_slot("glassflow", "unread")
    memory_kb = one.memory_above_floor_kb("ours")
    print(f"{memory_kb} kB above the floor with {table_count} wide tables")
    assert memory_kb < PLANS_KB_MAX + 8 * 1024

    # Two runs over all tables again, in one transaction each, for a receiver that looks.
    for _ in range(2):
        one.connection.execute(f"DO $$ BEGIN FOR i IN 0..{table_count - 1} LOOP EXECUTE format('INSERT INTO wide%1$s VALUES (%1$s)', i); END LOOP; END $$")
    one.connection.execute("CREATE EXTENSION glassflow; CHECKPOINT")  # commits do not wait until they can be read
    decoded = one.connection.execute(r"""
        SELECT count(*) FILTER (WHERE parts[1] = parts[2]), count(parts) FROM (
            SELECT regexp_match(line, '^insert public\.wide(\d+): id=(\d+) ') AS parts FROM (
                SELECT glassflow.decode(data, false) AS line FROM pg_logical_slot_peek_binary_changes('unread', NULL, NULL)) AS lines) AS rows""")
    assert decoded.fetchone() == (2 * table_count, 2 * table_count)
    receiver = CheckingReceiver()
    receive_by_walsender(one.database, "unread", receiver)
    assert receiver.rows == 2 * table_count
    assert min(receiver.descriptions.values()) == 2, "nothing was evicted"
    assert receiver.id_max < table_count, "ids are not given on"


class CheckingReceiver(Receiver):
    """Of tables whose first column says which they are."""

    def __init__(self):
        super().__init__()
        self.rows = 0
        self.id_max = 0

    def take(self, record):
        if record[0] == RELATION:
            super().take(record)
            self.id_max = max(self.id_max, record[1])
        elif record[0] == INSERT:
            table, _, _ = self.relations[record[1]]
            assert table == f"wide{record[3][0]}"
            self.rows += 1


@pytest.mark.soak
def test_tables_that_come_and_go_leave_nothing(storm):
    """From when the cache is full on, memory stays what it is."""
    one = storm()
    one.send()
    numbers = itertools.count()

    def pass_through(count):
        # Each of a name of its own: the server would look at every dropped one of the same name.
        for _ in range(count // CREATED_AT_ONCE):
            first = next(numbers) * CREATED_AT_ONCE
            one.connection.execute(f"""
                DO $$ BEGIN FOR i IN {first}..{first + CREATED_AT_ONCE - 1} LOOP
                    EXECUTE format('CREATE TABLE passing%1$s (id integer PRIMARY KEY, name text);'
                        ' INSERT INTO passing%1$s VALUES (%1$s, ''name''); DROP TABLE passing%1$s', i);
                END LOOP; END $$""")

    pass_through(ENTRIES_MAX * 3 // 2)
    full_kb = {name: one.memory_above_floor_kb(name) for name in ("ours", "unwanted")}
    pass_through(PASSING_TABLES - ENTRIES_MAX * 3 // 2)
    end_kb = {name: one.memory_above_floor_kb(name) for name in ("ours", "unwanted")}
    print(f"above the floor: {full_kb} kB when full, {end_kb} kB at the end")
    for name, kb in end_kb.items():
        assert kb < PLANS_KB_MAX + ENTRIES_MAX * 0.5 + 4096
        assert kb < full_kb[name] + 2048
