"""`validate`, `config convert` and `--pipeline` as a person calls them: exit codes, output, and rows that arrive."""

import json
import os
import subprocess

import pytest
import yaml

from services.collector import BINARY, SANITIZER_OPTIONS


@pytest.fixture
def run(tmp_path):
    def run(*words, environment=None):
        return subprocess.run([BINARY, *map(str, words)], cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env={"LC_ALL": "C.UTF-8", **SANITIZER_OPTIONS, **(environment or {})})
    return run


@pytest.fixture
def write(tmp_path):
    def write(text, name="c.yaml"):
        (tmp_path / name).write_text(text)
        return name
    return write


GOOD = """\
source:
  database: shop
  slot: orders
  password: ${PGPASSWORD}
sinks:
  - name: cloud
    type: glassflow
    pipeline_id: ${PIPELINE}
    access_token_file: /nowhere/token
  - name: etl
    type: kafka
    brokers: [127.0.0.1:1]
    tls_ca: /nowhere/ca.pem
    security_protocol: ssl
"""


def test_what_is_absent_here_is_a_warning_and_where_it_runs_a_problem(run, write):
    config = write(GOOD)
    elsewhere = run("validate", "--config", config)
    assert (elsewhere.returncode, elsewhere.stdout) == (0, "valid\n"), elsewhere.stderr
    for absent in ("c.yaml:4: source.password: environment variable PGPASSWORD is not set", "variable PIPELINE is not set",
                   "c.yaml:9: could not read the file of sinks.cloud.access_token_file", "the file of sinks.etl.tls_ca is not here"):
        assert absent in elsewhere.stderr
    assert "error:" not in elsewhere.stderr
    here = run("validate", "--config", config, "--with-environment")
    assert (here.returncode, here.stdout) == (2, "")
    assert "error: c.yaml:4: source.password: environment variable PGPASSWORD is not set" in here.stderr


def test_all_problems_at_once_for_a_person_and_for_a_program(run, write):
    config = write("source:\n  port: many\n  slto: x\nsinks:\n  - name: f\n    type: file\n    path: '-'\n    pipeline_id: 1\n")
    told = run("validate", "--config", config)
    assert told.returncode == 2 and told.stdout == ""
    program = run("validate", "--config", config, "--json")
    found = json.loads(program.stdout)
    assert program.returncode == 2 and program.stderr == "" and not found["valid"] and found["warnings"] == []
    lines = {(problem.get("file"), problem.get("line"), problem["key"]) for problem in found["problems"]}
    assert {("c.yaml", 2, "source.port"), ("c.yaml", 3, "source.slto"), ("c.yaml", 8, "sinks.f.pipeline_id")} <= lines
    assert {"source.database", "source.slot"} <= {problem["key"] for problem in found["problems"]}
    for problem in found["problems"]:
        assert problem["hint"] and problem["what"] in told.stderr


def test_settings_that_only_a_sink_understands_are_looked_at(run, write):
    config = write("source: {database: shop, slot: orders}\nsinks:\n  - {name: etl, type: kafka, brokers: ['h:1'], topic: '{nothing}'}\n")
    told = run("validate", "--config", config)
    assert told.returncode == 2 and "topic" in told.stderr, told.stderr


def test_flags_and_variables_are_validated_as_run_would_have_them(run, write):
    config = write("source: {database: shop, slot: orders}\nsinks: [{name: f, type: file, path: '-'}]\n")
    assert run("validate", "--config", config).returncode == 0
    assert run("validate", "--config", config, "--source.port=x").returncode == 2
    assert run("validate", "--config", config, environment={"GLASSFLOW_SOURCE_PORT": "x"}).returncode == 2
    assert run("validate", "--config", "none.yaml").returncode == 2


def test_no_network_is_touched(tmp_path, write, run):
    """A name that cannot be resolved and a port that nobody has would be noticed by whoever asks."""
    config = write("source: {host: nowhere.invalid, database: shop, slot: orders}\nsinks:\n"
                   "  - {name: etl, type: kafka, brokers: ['nowhere.invalid:1']}\n"
                   "  - {name: cloud, type: glassflow, url: 'https://nowhere.invalid', pipeline_id: a, access_token: b}\n"
                   "  - {name: otlp, type: otlp, url: 'http://127.0.0.1:1', pipeline_id: orders, format: row}\n")
    trace = tmp_path / "calls"
    words = ["strace", "-f", "-e", "trace=connect,sendto", "-o", trace, BINARY, "validate", "--config", config]
    # Leaks are looked for with ptrace, which strace has taken.
    asan = ":".join(filter(None, (SANITIZER_OPTIONS.get("ASAN_OPTIONS"), "detect_leaks=0")))
    try:
        tried = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "ASAN_OPTIONS": asan})
    except FileNotFoundError:
        pytest.skip("strace is not installed")
    if "ptrace" in tried.stderr:
        pytest.skip("this machine does not let strace look")
    assert tried.returncode == 0, tried.stderr
    assert "AF_INET" not in trace.read_text(), trace.read_text()


def test_convert_refuses_what_it_cannot_do(run, write):
    for words, told in ((["config"], "config needs to know what to do"), (["config", "covert"], 'Did you mean "convert"?'),
                        (["config", "convert"], "config convert needs to know of what"),
                        (["config", "convert", "none.yaml"], "could not read the pipeline document"),
                        (["config", "convert", write("version: v3\nsources: []\n")], "has no list of components")):
        tried = run(*words)
        assert tried.returncode == 2 and told in tried.stderr and tried.stdout == "", tried.stderr


def test_a_pipeline_document_runs_and_so_does_what_convert_prints(collector, database, sandbox, tmp_path, run):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    database.create_slot("glassflow")
    document = {"name": "shop", "pipeline_id": sandbox.pipeline_id, "space_id": "s", "components": [
        {"id": "in", "type": "source", "kind": "postgres", "config": [
            {"db_host": "127.0.0.1"}, {"db_port": str(database.cluster.port)}, {"db_user": "replicator"},
            {"db_pass": {"secret_ref": {"type": "organization", "key": "SHOP_PASS"}}}, {"db_name": database.name},
            {"replication_slot": database.slot}]},
        {"id": "fn", "type": "transformer", "inputs": ["in"], "transformation": {"path": "handler.py"}},
        {"id": "out", "type": "sink", "inputs": ["fn"], "kind": "webhook", "config": {"url": "http://127.0.0.1/", "method": "POST", "headers": []}}]}
    (tmp_path / "pipeline.yaml").write_text(yaml.safe_dump(document))
    assert run("validate", "--pipeline", "pipeline.yaml", environment={"GLASSFLOW_SINKS_GLASSFLOW_ACCESS_TOKEN": "x"}).returncode == 0
    environment = {"SHOP_PASS": "none", "GLASSFLOW_SINKS_GLASSFLOW_ACCESS_TOKEN": sandbox.access_token, "GLASSFLOW_SINKS_GLASSFLOW_URL": sandbox.url}
    one = collector(start=False, environment=environment)
    one.environment["GLASSFLOW_ADMIN_LISTEN"] = f"127.0.0.1:{one.admin_port}"
    one.environment["GLASSFLOW_STATE_DIRECTORY"] = str(tmp_path / "state")
    one.arguments = ["run", "--pipeline", tmp_path / "pipeline.yaml"]
    one.arguments = [str(word) for word in one.arguments]
    one.start().wait_ready()
    database.execute("INSERT INTO t VALUES (1)")
    one.wait_for(lambda: len(sandbox.events()) == 1, "the row arrives")
    assert sandbox.events()[0]["columns"][0] == {"name": "id", "type": "integer", "value": 1}
    assert one.stop() == 0

    converted = run("config", "convert", "pipeline.yaml")
    assert converted.returncode == 0 and "password: ${SHOP_PASS}" in converted.stdout
    (tmp_path / "converted.yaml").write_text(converted.stdout)
    del one.environment["GLASSFLOW_SINKS_GLASSFLOW_ACCESS_TOKEN"]
    one.environment["GLASSFLOW_TOKEN"] = sandbox.access_token
    one.arguments = ["run", "--config", str(tmp_path / "converted.yaml")]
    one.start().wait_ready()
    database.execute("INSERT INTO t VALUES (2)")
    one.wait_for(lambda: len(sandbox.events()) == 2, "the second row arrives")
    assert one.stop() == 0
