"""`pipeline` writes documents and tables that all who read them take: the strict rules of the contract, the real Python SDK,
the strict model of GlassFlow with its own expression language, and ClickHouse itself, over a zoo of tables."""

import json
import subprocess

import pytest
import yaml

import pipeline_zoo
from services import glassflow_etl
from services.clickhouse import identifier
from services.glassflow_documents import problems
from services.glassflow_sdk import PipelineConfig

FORMS = {"envelope": ("--for", "kafka", "--form", "envelope"), "flat": ("--for", "kafka", "--form", "flat"), "row": ("--for", "otlp",)}


class Pipelines:
    """`pipeline` of one database."""

    def __init__(self, binary, cluster, database, directory):
        self.binary, self.directory = binary, directory
        self.common = ["--source.host", str(cluster.sockets), "--source.port", str(cluster.port), "--source.user", "replicator",
                       "--source.database", database, "--pipeline.kafka_brokers", "kafka:9092"]

    def setting(self, key, value):
        self.common[self.common.index(f"--{key}") + 1] = value

    def run(self, *arguments):
        return subprocess.run([self.binary, "pipeline", *arguments, *self.common], capture_output=True, text=True, cwd=self.directory)

    def documents(self, *arguments):
        made = self.run(*arguments)
        assert made.returncode == 0, made.stderr
        return [document for document in yaml.safe_load_all(made.stdout)], made

    def tables(self, *arguments):
        made = self.run("--show", "sql", *arguments)
        assert made.returncode == 0, made.stderr
        return [statement for statement in made.stdout.split(";\n") if "CREATE TABLE" in statement]


@pytest.fixture
def zoo(database, collector_binary, tmp_path):
    with database.connect() as connection:
        pipeline_zoo.create(connection)
    return Pipelines(collector_binary, database.cluster, database.name, tmp_path)


def columns_of(clickhouse, statement):
    """Creates the table; {column: type} of what GlassFlow inserts."""
    clickhouse.execute(statement)
    head = statement[statement.index("CREATE TABLE IF NOT EXISTS `default`.`") + len("CREATE TABLE IF NOT EXISTS `default`.`"):]
    name = head[:head.index("`")]
    columns = clickhouse.columns("default", name)
    clickhouse.execute(f"DROP TABLE {identifier(name)} SYNC")
    return columns


@pytest.mark.parametrize("form", FORMS)
def test_the_zoo(zoo, clickhouse, tmp_path, form):
    patterns = ["*.*"] if form != "flat" else [name for name in flat_tables(zoo)]
    documents, made = zoo.documents(*FORMS[form], *patterns)
    statements = zoo.tables(*FORMS[form], *patterns)
    assert len(documents) == len(statements) > 20
    assert len({document["pipeline_id"] for document in documents}) == len(documents)
    for document, statement in zip(documents, statements):
        secret = document["sink"]["connection_params"]
        assert secret["password"] == "${CLICKHOUSE_PASSWORD}"
        assert problems(document) == [], document["pipeline_id"]
        PipelineConfig.model_validate(document)
        columns = columns_of(clickhouse, statement)
        mapped = {one["column_name"] for one in document["sink"]["mapping"]}
        assert mapped == set(columns), document["pipeline_id"]
        glassflow_etl.answers(tmp_path, document, [], columns)  # compiles every expression
    assert "secrets are left out" in made.stderr


def flat_tables(zoo):
    """Those whose columns form flat can name."""
    made = zoo.run(*FORMS["flat"], "*.*")
    assert made.returncode == 3 and "cannot look up in form flat" in made.stderr
    documents, _ = zoo.documents(*FORMS["envelope"], "*.*")
    names = [document["name"].removeprefix("Postgres ") for document in documents]
    return [name for name in names if name.count(".") == 1 and "hostile" not in name and "\\" not in name
            for name in ['.'.join(f'"{part}"' for part in name.split("."))]]


def test_json_and_yaml_say_the_same(zoo):
    as_yaml, _ = zoo.documents("*.*")
    made = zoo.run("--as", "json", "*.*")
    decoder, rest, as_json = json.JSONDecoder(), made.stdout, []
    while rest.strip():
        document, end = decoder.raw_decode(rest)
        as_json.append(document)
        rest = rest[end:].lstrip()
    assert as_json == as_yaml
