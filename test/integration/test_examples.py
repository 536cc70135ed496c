"""The examples are run as their READMEs say: the workflow's steps, the service's commands and unit, the Python handler."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from services import documents
from services.collector import BINARY, SANITIZER_OPTIONS
from services.postgres import SOURCE

ACTIONS = SOURCE / "examples" / "github-actions"
SERVICE = SOURCE / "packaging" / "systemd"
PYTHON = SOURCE / "examples" / "python"


def step(job, name):
    workflow = yaml.safe_load((ACTIONS / ".github" / "workflows" / "glassflow-collector.yaml").read_text())
    return next(step["run"] for step in workflow["jobs"][job]["steps"] if step.get("name") == name)


@pytest.fixture
def tools(tmp_path):
    """A directory for PATH: the collector, and stand-ins for what changes the machine, which write down how they were called."""
    directory = tmp_path / "bin"
    directory.mkdir()
    (directory / "glassflow-collector").symlink_to(BINARY)
    for name, behind in (("systemctl", ""), ("sudo", 'exec "$@"'), ("clickhouse-client", "")):
        tool = directory / name
        tool.write_text(f'#!/bin/bash\necho "{name} $*" >>"{tmp_path}/calls"\n{behind}\n')
        tool.chmod(0o755)
    return directory


@pytest.fixture
def shell(tmp_path, tools):
    def shell(script, directory, environment=None):
        return subprocess.run(["bash", "-e", "-c", script], cwd=directory, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={"PATH": f"{tools}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8", "HOME": str(tmp_path),
                                   **SANITIZER_OPTIONS, **(environment or {})})
    return shell


@pytest.fixture
def repository(tmp_path):
    if shutil.which("jq") is None:
        pytest.skip("jq is not installed")
    return shutil.copytree(ACTIONS, tmp_path / "repository")


def calls(tmp_path, name):
    path = tmp_path / "calls"
    return [line for line in path.read_text().splitlines() if line.startswith(name)] if path.exists() else []


def test_the_workflow_validates_what_is_in_the_repository(repository, shell):
    tried = shell(step("validate", "Validate"), repository)
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "::error" not in tried.stdout
    assert re.search(r"^::warning file=sources/shop.yaml,line=\d+::.*PGPASSWORD is not set", tried.stdout, re.MULTILINE)


def test_the_workflow_marks_the_lines_at_fault(repository, shell):
    source = repository / "sources" / "shop.yaml"
    source.write_text(source.read_text().replace("  slot:", "  slto:"))
    pipeline = repository / "pipelines" / "orders.yaml"
    pipeline.write_text(pipeline.read_text().replace('"5432"', "many"))
    tried = shell(step("validate", "Validate"), repository)
    assert tried.returncode == 1
    errors = [line for line in tried.stdout.splitlines() if line.startswith("::error")]
    assert any(re.match(r'::error file=sources/shop.yaml,line=6::unknown key "source.slto"\. Did you mean "slot"\?', line) for line in errors), errors
    assert any("file=pipelines/orders.yaml,line=10::source.port must be" in line for line in errors), errors


def test_the_workflow_applies_what_changed_once_and_nothing_that_must_be_mended(repository, shell, tmp_path, database, sandbox):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    place = tmp_path / "etc"
    place.mkdir()
    shutil.rmtree(repository / "pipelines")
    (repository / "pipelines").mkdir()
    source = repository / "sources" / "shop.yaml"
    configuration = {"source": {**database.source(), "password": "${PGPASSWORD}"}, "state_directory": str(tmp_path / "state"), "sinks": [
        {"name": "glassflow", "type": "glassflow", "url": sandbox.url, "pipeline_id": sandbox.pipeline_id, "access_token": "${GLASSFLOW_TOKEN}"}]}
    source.write_text(yaml.safe_dump(configuration))
    (place / "shop.env").write_text(f"PGPASSWORD=none\nGLASSFLOW_TOKEN={sandbox.access_token}\n")

    def apply():
        return shell(step("apply", "Apply"), repository, {"GLASSFLOW_CONFIGURATIONS": str(place)})
    first = apply()
    assert first.returncode == 0, first.stdout + first.stderr
    assert (place / "shop.yaml").read_text() == source.read_text()
    assert calls(tmp_path, "systemctl") == ["systemctl restart glassflow-collector@shop"]
    assert "shop: unchanged" in apply().stdout and len(calls(tmp_path, "systemctl")) == 1
    source.write_text(yaml.safe_dump({**configuration, "source": {**configuration["source"], "database": "nowhere"}}))
    refused = apply()
    assert refused.returncode == 3, refused.stdout + refused.stderr
    assert "nowhere" not in (place / "shop.yaml").read_text() and len(calls(tmp_path, "systemctl")) == 1


def test_a_pipeline_document_is_applied_as_a_configuration(repository, shell, tmp_path, database, sandbox):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    database.create_slot()
    place = tmp_path / "etc"
    place.mkdir()
    (repository / "sources" / "shop.yaml").unlink()
    path = repository / "pipelines" / "orders.yaml"
    document = yaml.safe_load(path.read_text())
    document["pipeline_id"] = sandbox.pipeline_id
    document["components"][0]["config"].update(db_host="127.0.0.1", db_port=str(database.cluster.port), db_name=database.name, replication_slot=database.slot)
    path.write_text(yaml.safe_dump(document))
    (place / "orders.env").write_text(
        f"PG_PASS=none\nGLASSFLOW_TOKEN={sandbox.access_token}\nGLASSFLOW_SINKS_GLASSFLOW_URL={sandbox.url}\nGLASSFLOW_STATE_DIRECTORY={tmp_path}/state\n")
    applied = shell(step("apply", "Apply"), repository, {"GLASSFLOW_CONFIGURATIONS": str(place)})
    assert applied.returncode == 0, applied.stdout + applied.stderr
    assert "password: ${PG_PASS}" in (place / "orders.yaml").read_text()


def test_the_commands_of_the_service_work(shell, tmp_path, database):
    """In a directory that stands for /; what check finds there does not matter, that it is asked as the README says does."""
    directory = shutil.copytree(SERVICE, tmp_path / "systemd")
    root = tmp_path / "root"
    install, use = (block.text.replace("/etc/", f"{root}/etc/") for block in documents.fenced("packaging/systemd/README.md") if block.language == "sh")
    installed = shell(install, directory)
    assert installed.returncode == 0, installed.stderr
    assert (root / "etc/glassflow-collector/shop.env").stat().st_mode & 0o777 == 0o600
    # What a person edits: the destination, here a file, and the database's address.
    environment = {"GLASSFLOW_SOURCE_HOST": str(database.cluster.sockets), "GLASSFLOW_SOURCE_PORT": str(database.cluster.port),
                   "GLASSFLOW_SOURCE_DATABASE": database.name, "GLASSFLOW_SOURCE_SSLMODE": "disable", "GLASSFLOW_STATE_DIRECTORY": str(tmp_path / "state")}
    (root / "etc/glassflow-collector/shop.yaml").write_text(re.sub(
        r"sinks:.*?(?=\nadmin)", f"sinks: [{{name: file, type: file, path: {tmp_path}/events.jsonl}}]\n", (SERVICE / "example.yaml").read_text(), flags=re.DOTALL))
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    used = shell(use, directory, environment)
    assert used.returncode == 0, used.stdout + used.stderr
    assert calls(tmp_path, "systemctl") == ["systemctl daemon-reload", "systemctl enable --now glassflow-collector@shop"]


def test_the_unit_is_one_that_systemd_takes_and_runs_a_command_that_exists(tmp_path):
    unit = (SERVICE / "glassflow-collector@.service").read_text()
    (start,) = re.findall(r"^ExecStart=/usr/local/bin/glassflow-collector (.*)$", unit, re.MULTILINE)
    (tmp_path / "shop.yaml").write_text((SERVICE / "example.yaml").read_text())
    words = start.replace("/etc/glassflow-collector/%i", str(tmp_path / "shop")).split()
    shown = subprocess.run([BINARY, *words, "--print-config"], capture_output=True, text=True,
                           env={**SANITIZER_OPTIONS, "PGPASSWORD": "x", "GLASSFLOW_STATE_DIRECTORY": "/var/lib/glassflow-collector/shop"})
    assert shown.returncode == 0 and "/var/lib/glassflow-collector/shop" in shown.stdout, shown.stderr
    if shutil.which("systemd-analyze"):
        path = tmp_path / "glassflow-collector@shop.service"
        path.write_text(unit.replace("/usr/local/bin/glassflow-collector", str(BINARY)))
        verified = subprocess.run(["systemd-analyze", "verify", "--man=no", path], capture_output=True, text=True)
        assert "glassflow-collector@" not in verified.stderr, verified.stderr


def test_the_handler_of_a_pipeline_runs_unchanged_on_our_events(shell, tmp_path, database):
    """The README's lines, one after the other, and what it says is printed."""
    (block,) = (block for block in documents.fenced("examples/python/README.md") if "try_handler" in block.text)
    directory = shutil.copytree(PYTHON, tmp_path / "python")
    database.execute("CREATE TABLE orders (id int PRIMARY KEY, note text, price numeric(10,2))")
    environment = {"GLASSFLOW_SOURCE_HOST": str(database.cluster.sockets), "GLASSFLOW_SOURCE_PORT": str(database.cluster.port), "GLASSFLOW_SOURCE_USER": "replicator",
                   "GLASSFLOW_SOURCE_DATABASE": database.name, "GLASSFLOW_SOURCE_SLOT": database.slot,
                   "PGHOST": str(database.cluster.sockets), "PGPORT": str(database.cluster.port), "PGUSER": "postgres"}
    script = block.text.replace("--dbname shop", f"--dbname {database.name}").replace("python ", f"{sys.executable} ")
    ran = shell(script, directory, environment)
    assert ran.returncode == 0, ran.stderr
    (said,) = re.findall(r"^    (\{.*\})$", documents.read("examples/python/README.md"), re.MULTILINE)
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [json.loads(said)]


def test_a_handler_sees_updates_and_deletes_as_wal2json_tells_them(tmp_path, database, collector):
    database.execute("CREATE TABLE orders (id int PRIMARY KEY, note text)")
    one = collector(sinks=[{"name": "file", "type": "file", "path": str(tmp_path / "events.jsonl"), "format": "wal2json"}]).wait_ready()
    for statement in ("INSERT INTO orders VALUES (1, 'a')", "UPDATE orders SET note = 'b'", "DELETE FROM orders"):
        database.execute(statement)
    one.wait_for(lambda: (tmp_path / "events.jsonl").exists() and len((tmp_path / "events.jsonl").read_text().splitlines()) == 3, "three events")
    assert one.stop() == 0
    (tmp_path / "handler.py").write_text(
        "def handler(data, log):\n"
        "    operation = {'I': 'INSERT', 'U': 'UPDATE', 'D': 'DELETE'}[data['action']]\n"
        "    return {'operation': operation, 'columns': data.get('columns'), 'filters': data.get('identity'), 'schema': data['schema'], 'table': data['table']}\n")
    ran = subprocess.run([sys.executable, PYTHON / "try_handler.py", tmp_path / "handler.py", tmp_path / "events.jsonl"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    key = [{"name": "id", "type": "integer", "value": 1}]
    assert [row["operation"] for row in rows] == ["INSERT", "UPDATE", "DELETE"]
    assert rows[2] == {"operation": "DELETE", "columns": None, "filters": key, "schema": "public", "table": "orders"}
    assert rows[1]["filters"] == key and rows[1]["columns"][1]["value"] == "b"
