"""`setup` shows what the server needs, does it with --apply, and nothing else; `teardown` takes it back."""

import os
import pty
import re
import subprocess

import pytest
from psycopg import sql

from services.care import look, run_once
from services.collector import BINARY, Program, file_sink
from services.postgres import PostgresCluster, make_directory, poll_until

pytestmark = pytest.mark.every_server
SECRET = "p'w\\ \"that must not show"
HOSTILE = 'ro"le; DROP TABLE kept --\\'  # the configuration lets no control characters in


@pytest.fixture(scope="module")
def bare_cluster(private_install):
    """As initdb makes it, and logging every statement."""
    cluster = PostgresCluster(make_directory("glassflow-bare-"), private_install,
                              {"wal_level": "replica", "output_plugin_libraries": None, "log_statement": "all"},
                              hba=["host all app 127.0.0.1/32 scram-sha-256"])
    yield cluster.create().start()
    cluster.remove()


def statements(one):
    return [line for line in one.stdout.splitlines() if not line.startswith("--")]


def state_of(cluster, database="postgres"):
    """Everything that setup may touch."""
    return {name: cluster.query(query, database=database) for name, query in {
        "roles": "SELECT rolname, rolreplication, rolcanlogin FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1",
        "slots": "SELECT slot_name, plugin FROM pg_replication_slots ORDER BY 1",
        "publications": "SELECT pubname, pubowner FROM pg_publication ORDER BY 1",
        "tables": "SELECT relname, relacl::text FROM pg_class WHERE relkind = 'r' AND oid >= 16384 ORDER BY 1",
        "settings": "SELECT name, setting FROM pg_file_settings WHERE sourcefile ~ 'auto.conf$' AND name ~ 'wal_level|output_plugin' ORDER BY 1"}.items()}


def test_the_whole_way_and_back(bare_cluster, collector, tmp_path):
    cluster = bare_cluster
    (tmp_path / "password").write_text(SECRET + "\n")
    cluster.execute("CREATE TABLE documents (id int PRIMARY KEY, body text)")
    options = {"source": {"host": "127.0.0.1", "port": cluster.port, "user": "app", "database": "postgres", "slot": "app",
                          "password_file": str(tmp_path / "password"), "create_slot": False},
               "sinks": [file_sink(tmp_path / "events.jsonl", toast="reselect")]}
    before = state_of(cluster)

    refused = run_once(collector, ("setup",), code=3, **options)
    assert "--as postgres" in refused.stderr and "password authentication failed" in refused.stderr
    shown = run_once(collector, ("setup", "--as", "postgres"), code=0, **options)
    assert state_of(cluster) == before, "without --apply nothing is done"
    assert statements(shown)[:3] == ['CREATE ROLE "app" LOGIN REPLICATION;',
                                     "COMMENT ON ROLE \"app\" IS 'made by glassflow-collector setup';", '\\password "app"']
    assert 'GRANT SELECT ON "public"."documents" TO "app";' in statements(shown)
    assert "ALTER SYSTEM SET wal_level = logical;" in statements(shown)
    assert "pg_create_logical_replication_slot" not in shown.stdout, "not before the restart"
    assert "Restart the server" in shown.stdout

    applied = run_once(collector, ("setup", "--as", "postgres", "--apply"), code=3, **options)
    assert statements(applied) == statements(shown), "what is done is what was shown"
    cluster.restart()
    made = run_once(collector, ("setup", "--as", "postgres", "--apply"), code=0, **options)
    assert statements(made) == ["SELECT pg_create_logical_replication_slot('app', 'glassflow');"]
    ready = state_of(cluster)
    again = run_once(collector, ("setup", "--as", "postgres", "--apply"), code=0, **options)
    assert statements(again) == [] and "nothing to do" in again.stdout and state_of(cluster) == ready

    assert look(collector, **options).code == 0
    one = collector(**options).wait_ready()
    cluster.execute("INSERT INTO documents VALUES (1, 'x')")
    one.wait_for(lambda: collector.events(), "the row arrives")
    busy = run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=3, **options)
    assert statements(busy) == [] and "is in use by process" in busy.stdout and "nothing can be done as it is" in busy.stdout
    cluster.execute("INSERT INTO documents VALUES (2, 'y')")
    one.wait_for(lambda: len(collector.events()) == 2, "the collector goes on")
    assert one.stop() == 0

    taken = run_once(collector, ("teardown", "--as", "postgres"), code=0, **options)
    assert state_of(cluster)["slots"] == [("app", "glassflow")]
    back = run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=0, **options)
    assert statements(back) == statements(taken)
    after = state_of(cluster)
    assert after["settings"] == [("wal_level", "replica"), ("wal_level", "logical")] or after["settings"] == [("wal_level", "logical")]
    assert {key: value for key, value in after.items() if key not in ("settings", "tables")} == \
        {key: value for key, value in before.items() if key not in ("settings", "tables")}
    assert "app" not in str(after["tables"])
    assert statements(run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=0, **options)) == []

    # What the collector remembers stays as well; what to do about it, the note says.
    note = re.search(r'^-- Note: Checkpoint ".*" stays\. When .* start once with (.*)\.$', run_once(
        collector, ("teardown", "--as", "postgres"), code=0, directory=one.directory, **options).stdout, re.MULTILINE)
    run_once(collector, ("setup", "--as", "postgres", "--apply"), code=0, **options)
    assert run_once(collector, ("run", "--drain"), code=3, directory=one.directory, **options).stderr.count("--resume=fresh") >= 1
    run_once(collector, (*note[1].split(), "--drain"), code=0, directory=one.directory, **options)
    run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=0, **options)
    for text in (shown.stdout, applied.stdout, made.stdout, refused.stderr, applied.stderr, cluster.log.read_text(errors="replace")):
        assert "that must not show" not in text
    assert "SCRAM-SHA" not in shown.stdout + applied.stdout


def test_the_script_is_for_psql(cluster_factory, collector, tmp_path):
    """What is printed, given to psql as it is, leaves nothing to do."""
    cluster = cluster_factory({"output_plugin_libraries": None})
    cluster.execute('CREATE SCHEMA "odd ""one"; CREATE TABLE "odd ""one"."t" (id int PRIMARY KEY, body text)')
    options = {"source": {"host": str(cluster.sockets), "port": cluster.port, "user": "Some One", "database": "postgres", "slot": "psql"},
               "sinks": [file_sink(tmp_path / "events.jsonl", toast="reselect")]}
    shown = run_once(collector, ("setup", "--as", "postgres"), code=0, **options)
    script = tmp_path / "setup.sql"
    script.write_text(shown.stdout)
    subprocess.run([cluster.install.bindir / "psql", "-h", cluster.sockets, "-p", str(cluster.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-f", script],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert statements(run_once(collector, ("setup", "--as", "postgres"), code=0, **options)) == []
    assert look(collector, **options).code == 0
    shown = run_once(collector, ("teardown", "--as", "postgres"), code=0, **options)
    script.write_text(shown.stdout)
    subprocess.run([cluster.install.bindir / "psql", "-h", cluster.sockets, "-p", str(cluster.port), "-U", "postgres", "-v", "ON_ERROR_STOP=1", "-f", script],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert statements(run_once(collector, ("teardown", "--as", "postgres"), code=0, **options)) == []


def test_hostile_names(database, collector, tmp_path):
    """Names of roles, schemas, tables and publications that would break out of their quotes."""
    cluster = database.cluster
    table = 'ta"ble\n; DROP TABLE kept --\x1b[31m'
    with database.connect() as connection:
        connection.execute("CREATE TABLE kept (id int)")
        connection.execute(sql.SQL("CREATE SCHEMA {0}; CREATE TABLE {0}.{1} (id int PRIMARY KEY, body text)").format(sql.Identifier("s\\chema'"), sql.Identifier(table)))
    options = {"source": {"user": HOSTILE, "plugin": "pgoutput", "publications": ['pu"b\'; --'], "tables": ["s\\chema'.*"], "slot": database.slot},
               "sinks": [file_sink(tmp_path / "events.jsonl", toast="reselect")]}
    shown = run_once(collector, ("setup", "--as", "postgres", "--apply"), code=0, **options)
    assert "\x1b" not in shown.stdout and '\\000A; DROP TABLE kept' in shown.stdout
    assert database.query("SELECT count(*) FROM kept") == [(0,)]
    assert cluster.query("SELECT rolreplication FROM pg_roles WHERE rolname = %s", (HOSTILE,)) == [(True,)]
    assert database.query("SELECT pubname, tablename FROM pg_publication_tables") == [('pu"b\'; --', table)]
    assert look(collector, **options).code == 0
    assert statements(run_once(collector, ("setup", "--as", "postgres"), code=0, **options)) == []
    run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=0, **options)
    assert cluster.query("SELECT 1 FROM pg_roles WHERE rolname = %s", (HOSTILE,)) == []
    assert database.query("SELECT pubname FROM pg_publication") == [] == database.query(
        "SELECT slot_name FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))


def test_a_publication_gets_the_tables_that_it_lacks(database, collector):
    database.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY); CREATE PUBLICATION mine FOR TABLE a")
    options = {"source": {"plugin": "pgoutput", "publications": ["mine"], "tables": ["public.*"]}}
    shown = run_once(collector, ("setup", "--as", "postgres", "--apply"), code=0, **options)
    assert statements(shown)[0] == 'ALTER PUBLICATION "mine" ADD TABLE "public"."b";'
    assert look(collector, **options).code == 0
    # Neither the role nor the publication carries the mark.
    left = run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=3, **options)
    assert 'Publication "mine" stays' in left.stdout and 'Role "replicator" and its grants stay' in left.stdout
    assert database.query("SELECT pubname FROM pg_publication") == [("mine",)]


def test_the_list_of_plugins_keeps_what_is_on_it(cluster_factory, collector):
    cluster = cluster_factory({"output_plugin_libraries": None})
    if not cluster.install.knows_allow_list:
        pytest.skip("this server has no list of allowed plugins")
    options = {"source": {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": "list"}}
    listed = lambda: cluster.query("SHOW output_plugin_libraries")[0][0]  # noqa: E731
    for given, wanted in (('pgoutput, "We""ird", decoderbufs', 'pgoutput, "We""ird", decoderbufs, glassflow'), ("'pgoutput, wal2json'", "pgoutput, wal2json, glassflow")):
        cluster.execute(f"ALTER SYSTEM SET output_plugin_libraries = {given}")
        cluster.reload()
        poll_until(lambda: "glassflow" not in listed(), "the list to be read")
        run_once(collector, ("setup", "--as", "postgres", "--apply"), code=0, **options)
        assert listed() == wanted
        cluster.query("SELECT pg_drop_replication_slot('list')")
    # Another slot needs it: it stays on the list.
    cluster.query("SELECT pg_create_logical_replication_slot('other', 'glassflow')")
    left = run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=3, **options)
    assert "keeps glassflow: other slots need it" in left.stdout and "glassflow" in listed()
    cluster.query("SELECT pg_drop_replication_slot('other')")
    run_once(collector, ("teardown", "--as", "postgres", "--apply"), code=3, **options)
    poll_until(lambda: listed() == "pgoutput, wal2json", "the list to be as before")


def test_a_statement_that_fails_ends_it(database, collector):
    """As a role that may make neither roles nor slots."""
    database.cluster.create_role("nobody_much", "LOGIN")
    try:
        failed = run_once(collector, ("setup", "--as", "nobody_much", "--apply"), code=1, source={"user": "new_role"})
        assert 'could not run: CREATE ROLE "new_role" LOGIN REPLICATION;' in failed.stderr and "0 of " in failed.stderr
    finally:
        database.execute("DROP ROLE nobody_much")


def test_a_password_is_asked_for_at_the_terminal(bare_cluster, collector, tmp_path):
    cluster = bare_cluster
    configured = collector(start=False, source={"host": str(cluster.sockets), "port": cluster.port, "user": "app", "database": "postgres", "slot": "asked"})
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(BINARY, [str(BINARY), "setup", "--as", "postgres", "--apply", "--ask-password", "--config", str(configured.configuration_path)])
    output = b""
    while b"Password of role" not in output:
        output += os.read(terminal, 1000)
    os.write(terminal, b"typed secret\n")
    try:
        while chunk := os.read(terminal, 1000):
            output += chunk
    except OSError:  # the other side is closed
        pass
    os.waitpid(pid, 0)
    try:
        assert b"typed secret" not in output and b"\\password" in output
        import psycopg

        psycopg.connect(host="127.0.0.1", port=cluster.port, user="app", password="typed secret", dbname="postgres").close()
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(host="127.0.0.1", port=cluster.port, user="app", password="other", dbname="postgres")
    finally:
        cluster.execute("DROP ROLE IF EXISTS app")
    without = Program(tmp_path, "without", ["setup", "--as", "postgres", "--ask-password", "--config", configured.configuration_path])
    without.survives_parent = True  # a session of its own has no terminal
    assert without.start().wait(30) == 2 and "there is no terminal" in without.stderr
