"""The walks of examples/glassflow-etl/README.md, command by command. Postgres, Kafka and ClickHouse are real; a double of the management
API keeps the pipelines, and the strict model of GlassFlow makes rows of the events by their documents."""

import os
import pathlib
import re
import shlex
import shutil
import subprocess

import pytest

from services import glassflow_etl
from services.collector import SANITIZER_OPTIONS
from services.postgres import SOURCE

EXAMPLE = SOURCE / "examples" / "glassflow-etl"


def section(title):
    text = (EXAMPLE / "README.md").read_text()
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def commands(title):
    return [line for block in re.findall(r"```sh\n(.*?)```", section(title), re.DOTALL) for line in block.splitlines()]


def expected_rows():
    (block,) = re.findall(r"```\n(\d.*?)```", section("Over Kafka"), re.DOTALL)
    return block


class Walk:
    """Runs the commands; clickhouse-client is ClickHouse in this process, and before each query GlassFlow's work is done."""

    def __init__(self, directory, environment, clickhouse, work):
        self.directory, self.environment, self.clickhouse, self.work = directory, environment, clickhouse, work

    def run(self, title):
        """What the queries printed."""
        printed = ""
        for line in commands(title):
            command, _, client = line.partition(" | clickhouse-client")
            if command.startswith("clickhouse-client"):
                self.work()
                printed += self.clickhouse.text(shlex.split(command)[2], "TabSeparated")
                continue
            done = subprocess.run(shlex.split(command), cwd=self.directory, env=self.environment, capture_output=True, text=True, stdin=subprocess.DEVNULL)
            assert done.returncode == 0, f"{line}:\n{done.stdout}{done.stderr}"
            if line.endswith("clickhouse-client"):
                self.clickhouse.execute(done.stdout)
        return printed


@pytest.fixture
def world(cluster_factory, clickhouse, glassflow_api, collector_binary, tmp_path):
    cluster = cluster_factory()
    cluster.execute("DROP ROLE replicator")
    cluster.execute("CREATE DATABASE shop")
    directory = tmp_path / "etl"
    shutil.copytree(EXAMPLE, directory)
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "glassflow-collector").symlink_to(collector_binary)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}", "HOME": str(tmp_path), "PGHOST": str(cluster.sockets), "PGPORT": str(cluster.port), "PGUSER": "postgres",
                   "GLASSFLOW_API": glassflow_api.url, "CLICKHOUSE_PASSWORD": "s3cr3t", **SANITIZER_OPTIONS}
    yield directory, environment
    for table in ("orders", "customers"):
        clickhouse.execute(f"DROP TABLE IF EXISTS {table}")


def into_clickhouse(clickhouse, directory, documents, events):
    """events: {pipeline id: its events}"""
    for id, document in documents.items():
        table = document["sink"]["table"]
        rows = glassflow_etl.rows(directory, document, events[id], clickhouse.columns("default", table))
        clickhouse.execute(f"TRUNCATE TABLE {table}")
        if rows:
            clickhouse.insert("default", table, rows)


def test_over_kafka(world, clickhouse, glassflow_api, kafka):
    directory, environment = world

    def work():
        documents = {id: one.document for id, one in glassflow_api.pipelines.items()}
        assert set(documents) == {"pg-public-customers", "pg-public-orders"}
        events = {id: [record.value().decode() for record in kafka.read_topic(document["sources"][0]["topic"])] for id, document in documents.items()}
        into_clickhouse(clickhouse, directory, documents, events)

    printed = Walk(directory, {**environment, "KAFKA": kafka.bootstrap()}, clickhouse, work).run("Over Kafka")
    assert printed == expected_rows()


def test_over_otlp(world, clickhouse, glassflow_api, otlp_receiver):
    directory, environment = world
    otlp_receiver.set_pipelines({"pg-public-customers": "attributes.event_id", "pg-public-orders": "attributes.event_id"})

    def work():
        documents = {id: one.document for id, one in glassflow_api.pipelines.items()}
        into_clickhouse(clickhouse, directory, documents,
                        {id: [event for event in otlp_receiver.events() if event["pipeline"] == id] for id in documents})

    walk = Walk(directory, {**environment, "OTLP": otlp_receiver.url}, clickhouse, work)
    assert walk.run("Over OTLP") == expected_rows()
    walk.run("Looking after it")


def test_a_pipeline_made_with_the_python_sdk(world, glassflow_api, tmp_path):
    """The SDK is newer than the contract: it says schema.fields, as servers of its time do."""
    directory, environment = world
    glassflow_api.is_newer = True
    subprocess.run(["psql", "--quiet", "--dbname", "shop", "--file", "tables.sql"], cwd=directory, env=environment, check=True)
    for configuration in ("kafka.yaml", "otlp.yaml"):
        made = subprocess.run(["glassflow-collector", "pipeline", "public.orders", "--config", configuration, "--output", str(tmp_path)], cwd=directory,
                              env={**environment, "KAFKA": "kafka:9092"}, capture_output=True, text=True)
        assert made.returncode == 0, made.stderr
        command = [SOURCE / "test" / "services" / "python", SOURCE / "examples" / "python" / "create_pipeline.py", tmp_path / "pg-public-orders.yaml", "--host", glassflow_api.url]
        without = subprocess.run(command, cwd=tmp_path, env={**environment, "CLICKHOUSE_PASSWORD": "", "GF_USAGESTATS_ENABLED": "false"} | {}, capture_output=True, text=True)
        assert without.returncode != 0, "an empty password is refused"
        done = subprocess.run(command, cwd=tmp_path, env={**environment, "GF_USAGESTATS_ENABLED": "false"}, capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout.startswith("pg-public-orders: "), done.stderr
        # The same command compares what the SDK made with what it would make itself.
        shown = subprocess.run(["glassflow-collector", "pipeline", "public.orders", "--config", configuration, "--diff"], cwd=directory,
                               env={**environment, "KAFKA": "kafka:9092"}, capture_output=True, text=True)
        assert shown.stdout == "pg-public-orders: no difference\n", shown.stdout + shown.stderr
        del glassflow_api.pipelines["pg-public-orders"]


def test_the_files_of_the_example_are_all_used():
    text = (EXAMPLE / "README.md").read_text()
    assert all(path.name in text for path in pathlib.Path(EXAMPLE).iterdir() if path.name != "README.md")
