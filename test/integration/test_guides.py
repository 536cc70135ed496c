"""The guides are walked: their SQL on a real server, then their own section `source`, as their own role, until rows arrive.

Where a person writes addresses into the file, the environment stands for it here, and a file takes the place of the destination.
"""

import json

import pytest
import yaml

from services import documents
from services.collector import Program

TABLES = ("CREATE TABLE orders (id int PRIMARY KEY, note text, price numeric(10,2))", "CREATE TABLE customers (id int PRIMARY KEY)")


class Walk:
    """A server with what a guide starts from, and the collector as the guide configures it."""

    def __init__(self, cluster, directory):
        self.cluster = cluster
        self.directory = directory
        self.events_path = directory / "events.jsonl"
        cluster.execute("DROP ROLE replicator")
        cluster.execute("CREATE ROLE cloudsqlsuperuser")
        cluster.execute("CREATE DATABASE shop")
        for statement in TABLES:
            self.execute(statement)

    def execute(self, statement):
        self.cluster.execute(statement, None, "shop")

    def run_sql(self, name, skipped=("pg_drop_replication_slot",)):
        for block in documents.fenced(name):
            for statement in block.text.split(";") if block.language == "sql" and not block.words else ():
                if statement.strip() and not any(word in statement for word in skipped):
                    self.execute(statement)

    def source(self, name):
        (block,) = (block for block in documents.fenced(name) if block.language == "yaml" and not block.words and "source:" in block.text)
        return yaml.safe_load(block.text)["source"]

    def program(self, source, *words, sink=None, name="collector"):
        configuration = {"source": source, "state_directory": str(self.directory / "state"), "admin": {"listen": "127.0.0.1:0"},
                         "sinks": [{"name": "file", "type": "file", "path": str(self.events_path), "toast": "reselect", **(sink or {})}]}
        path = self.directory / f"{name}.yaml"
        path.write_text(yaml.safe_dump(configuration))
        return Program(self.directory, name, [words[0], "--config", path, *words[1:]], {
            "PGPASSWORD": "change me", "GLASSFLOW_SOURCE_HOST": "127.0.0.1", "GLASSFLOW_SOURCE_PORT": str(self.cluster.port),
            "GLASSFLOW_SOURCE_SSLMODE": "disable", "GLASSFLOW_SOURCE_SSLROOTCERT": ""}).start()

    def events(self):
        return [json.loads(line) for line in self.events_path.read_text().splitlines()] if self.events_path.exists() else []


@pytest.fixture
def walk(cluster_factory, tmp_path):
    return Walk(cluster_factory({"password_encryption": "scram-sha-256"}, hba=("host all replicator,debezium 127.0.0.1/32 scram-sha-256",)), tmp_path)


@pytest.mark.parametrize("name", ["docs/self_hosted.md", "docs/azure.md", "docs/cloud_sql.md"])
def test_from_the_first_line_to_events(walk, name):
    """Azure's and Cloud SQL's on an ordinary server: what their own services add is not here, what they share is."""
    walk.run_sql(name)
    source = walk.source(name)
    checked = walk.program(source, "check", name="check")
    assert checked.wait(30) == 0, checked.stdout + checked.tail()
    first = walk.program(source, "run", "--drain", name="first")  # makes the slot
    assert first.wait(30) == 0, first.tail()
    large = "x" * 10_000
    walk.execute("ALTER TABLE orders ALTER note SET STORAGE EXTERNAL")
    walk.execute(f"INSERT INTO orders VALUES (1, '{large}', 12.50)")
    walk.execute("UPDATE orders SET price = 13")
    second = walk.program(source, "run", "--drain", name="second")
    assert second.wait(30) == 0, second.tail()
    inserted, updated = walk.events()
    assert inserted["data"]["id"] == 1 and updated["data"]["price"] == "13.00"
    assert updated["data"]["note"] == large, "the role may read what the update left alone"


def test_the_role_of_the_security_guide_is_enough(walk):
    walk.run_sql("docs/security.md")
    source = {**walk.source("docs/self_hosted.md"), "tables": ["public.orders", "public.customers"]}
    walk.execute("SELECT pg_create_logical_replication_slot('orders_slot', 'glassflow')")
    walk.execute("INSERT INTO orders VALUES (1, 'a', 1)")
    run = walk.program(source, "run", "--drain")
    assert run.wait(30) == 0, run.tail()
    assert len(walk.events()) == 1


def test_debezium_s_slot_is_taken_over_where_it_stands(walk):
    walk.execute("CREATE ROLE debezium LOGIN REPLICATION PASSWORD 'change me'")
    walk.execute("GRANT SELECT ON orders TO debezium")
    walk.execute("CREATE PUBLICATION dbz_publication FOR TABLE orders")
    walk.execute("SELECT pg_create_logical_replication_slot('debezium', 'pgoutput')")
    walk.execute("INSERT INTO orders VALUES (1, 'Debezium has it', 1)")
    walk.execute("SELECT pg_replication_slot_advance('debezium', pg_current_wal_insert_lsn())")
    walk.execute("INSERT INTO orders VALUES (2, 'Debezium has not', 2)")
    run = walk.program(walk.source("docs/from_debezium.md"), "run", "--drain")
    assert run.wait(30) == 0, run.tail()
    assert [event["data"]["id"] for event in walk.events()] == [2]


def test_a_slot_of_wal2json_is_taken_over_and_then_left_for_our_own(walk):
    """By the steps of the guide; what was committed while both slots were there is recognised by its id."""
    name = "docs/from_wal2json.md"
    walk.execute("CREATE ROLE replicator LOGIN REPLICATION PASSWORD 'change me'")
    walk.execute("GRANT SELECT ON orders TO replicator")
    source = walk.source(name)
    walk.execute(f"SELECT pg_create_logical_replication_slot('{source['slot']}', 'wal2json')")
    walk.execute("INSERT INTO orders VALUES (1, 'a', 1)")
    first = walk.program(source, "run", "--drain", name="first")
    assert first.wait(30) == 0, first.tail()
    make, drop = (block.text for block in documents.fenced(name) if block.language == "sql")
    walk.execute(make)
    walk.execute("INSERT INTO orders VALUES (2, 'b', 2)")
    second = walk.program(source, "run", "--drain", name="second")
    assert second.wait(30) == 0, second.tail()
    (walk.directory / "state").rename(walk.directory / "old state")
    third = walk.program({**source, "slot": "orders_slot"}, "run", "--drain", name="third")
    assert third.wait(30) == 0, third.tail()
    walk.execute(drop)
    events = walk.events()
    assert [event["data"]["id"] for event in events] == [1, 2, 2]
    assert events[1]["_event_id"] == events[2]["_event_id"]
