"""What README.md says is run: its configuration, its SQL, its links, and the size it promises."""

import re
import subprocess

import pytest

from services.collector import Program
from services.postgres import SOURCE

README = (SOURCE / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_under_120_lines():
    assert len(README.splitlines()) < 120


@pytest.mark.parametrize("target", re.findall(r"^ {4}make ([a-z]+)$", README, re.MULTILINE) + ["deps", "all", "install", "installcheck", "lint", "format", "docs", "clean", "help"])
def test_make_targets_exist(target):
    tried = subprocess.run(["make", "-n", target], cwd=SOURCE, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert tried.returncode == 0, tried.stderr


def test_the_configuration_works(database, collector, sandbox):
    configuration, _ = blocks("yaml")
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    one = collector(start=False, command=("check",), environment={
        "PGPASSWORD": "none", "GLASSFLOW_PIPELINE_ID": sandbox.pipeline_id, "GLASSFLOW_TOKEN": sandbox.access_token,
        # A reader edits these in the file; here the environment, which beats the file, stands for that.
        "GLASSFLOW_SOURCE_HOST": "127.0.0.1", "GLASSFLOW_SOURCE_PORT": str(database.cluster.port),
        "GLASSFLOW_SOURCE_DATABASE": database.name, "GLASSFLOW_SOURCE_SLOT": database.slot,
        "GLASSFLOW_SINKS_GLASSFLOW_URL": sandbox.url})
    one.configuration_path = one.directory / "glassflow-collector.yaml"  # the name that is looked for by default
    one.configuration_path.write_text(configuration)
    one.arguments = ["check"]
    assert one.start().wait(30) == 0, one.tail()
    one.arguments = ["run"]
    one.environment["GLASSFLOW_ADMIN_LISTEN"] = f"127.0.0.1:{one.admin_port}"
    one.start().wait_ready()
    database.execute("INSERT INTO t VALUES (1)")
    one.wait_for(lambda: len(sandbox.events()) == 1, "the row arrives")
    assert sandbox.events()[0]["action"] == "I"
    assert one.stop() == 0


def test_the_other_destination_is_a_valid_one(tmp_path):
    configuration, destination = blocks("yaml")
    source = configuration[:configuration.index("sinks:")]
    one = Program(tmp_path, "print", ["run", "--print-config", "--config", tmp_path / "c.yaml"], {"PGPASSWORD": "none"})
    (tmp_path / "c.yaml").write_text(source + destination)
    assert one.start().wait() == 0, one.tail()
    assert "type: kafka" in one.stdout


def test_the_sql_works(database):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    (text,) = blocks("sql")
    statements = [statement for statement in text.split(";") if statement.strip()]
    with database.connect() as connection:
        shown = []
        for number, statement in enumerate(statements):
            if "peek_binary" in statement:
                connection.execute("INSERT INTO t VALUES (42)")
                shown = connection.execute(statement).fetchall()
            else:
                connection.execute(statement)
    assert any("42" in line for (line,) in shown), shown


def test_the_line_for_the_allow_list_works(cluster_factory):
    """The same text in quotes would lock every plugin out."""
    cluster = cluster_factory()
    if not cluster.install.knows_allow_list:
        pytest.skip("this minor release has no output_plugin_libraries")
    cluster.configure({"output_plugin_libraries": None})
    cluster.reload()
    (statement,) = re.findall(r"`(ALTER SYSTEM SET output_plugin_libraries[^`]*)`", README)
    cluster.execute(statement)
    cluster.reload()
    cluster.query("SELECT pg_create_logical_replication_slot('a', 'glassflow')")
    cluster.query("SELECT pg_create_logical_replication_slot('b', 'test_decoding')")
