"""What a person gets wrong: each with its exit code (2 configuration, 3 preflight), a text that names it, and a remedy."""

import re
import shutil
import subprocess

import pytest

from services.collector import BINARY, file_sink, glassflow_sink
from services.postgres import PG_CONFIG, SOURCE, PrivateInstall, server_user

SECRET = "s3cret-that-must-not-show"
CONFIGURATION, PREFLIGHT = 2, 3


def assert_fails(one, code, *patterns):
    assert one.wait(30) == code, one.tail()
    for pattern in patterns:
        told = one.stderr + one.stdout  # `check` reports on standard output
        assert re.search(pattern, told, re.IGNORECASE), f"no {pattern!r} in:\n{told}"
    assert SECRET not in one.stderr + one.stdout
    assert "terminate called" not in one.stderr


@pytest.fixture(params=["run", "check"])
def command(request):
    return (request.param,)


# --- configuration: exit code 2 ----------------------------------------------------------------------------------------

def test_unknown_key_names_file_line_and_nearest(collector, command):
    one = collector(source={"tabels": ["public.*"]}, command=command)
    assert_fails(one, CONFIGURATION, r"tabels", r"tables", re.escape(one.configuration_path.name) + r":\d+")


def test_missing_configuration_file(collector, command):
    one = collector(command=command, start=False)
    one.configuration_path.unlink()
    assert_fails(one.start(), CONFIGURATION, re.escape(one.configuration_path.name))


def test_unset_variable(collector, command):
    one = collector(source={"password": "${NO_SUCH_VARIABLE}"}, command=command)
    assert_fails(one, CONFIGURATION, "NO_SUCH_VARIABLE", "password")


def test_every_problem_is_told_at_once(collector, command):
    one = collector(source={"port": "none", "slot": "Not A Slot"}, sinks=[{"name": "x", "type": "carrier pigeon"}], command=command)
    assert_fails(one, CONFIGURATION, "port", "slot", "carrier pigeon")


def test_no_sink(collector, command):
    assert_fails(collector(sinks=[], command=command), CONFIGURATION, "sink")


def test_unknown_command(collector_binary):
    ended = subprocess.run([collector_binary, "rum"], capture_output=True, text=True)
    assert ended.returncode == CONFIGURATION
    assert "rum" in ended.stderr and "run" in ended.stderr


# --- preflight: exit code 3 --------------------------------------------------------------------------------------------

def test_missing_slot_that_may_not_be_made(collector, database, command):
    one = collector(source={"create_slot": False}, command=command)
    assert_fails(one, PREFLIGHT, database.slot, "does not exist", "create_slot")


def test_slot_of_another_plugin(collector, database, command):
    database.create_slot("test_decoding")
    assert_fails(collector(command=command), PREFLIGHT, database.slot, "test_decoding")
    assert database.query("SELECT plugin FROM pg_replication_slots WHERE slot_name = %s", (database.slot,)) == [("test_decoding",)]


def test_slot_of_another_database(collector, database, command):
    database.create_slot()
    assert_fails(collector(source={"database": "postgres"}, command=command), PREFLIGHT, database.name)


def test_physical_slot(collector, database, postgres, command):
    database.query("SELECT pg_create_physical_replication_slot(%s)", (database.slot,))
    try:
        assert_fails(collector(command=command), PREFLIGHT, "physical")
    finally:
        postgres.query("SELECT pg_drop_replication_slot(%s)", (database.slot,))


def test_server_that_is_not_there(collector, command):
    assert_fails(collector(source={"host": "127.0.0.1", "port": 1}, command=command), PREFLIGHT, "127.0.0.1")


def test_database_that_does_not_exist(collector, command):
    assert_fails(collector(source={"database": "no_such_database"}, command=command), PREFLIGHT, "no_such_database")


@pytest.fixture(scope="module")
def strict_cluster(private_install):
    """Asks for passwords over TCP, does not know our plugin, and cannot decode until a test says so."""
    from conftest import REPLICATOR
    from services.postgres import PostgresCluster, make_directory

    cluster = PostgresCluster(make_directory("glassflow-strict-"), private_install, hba=["host all all 127.0.0.1/32 scram-sha-256"])
    cluster.create().start()
    cluster.create_role(REPLICATOR, password=SECRET)
    yield cluster
    cluster.remove()


def over_tcp(cluster, **settings):
    return {"host": "127.0.0.1", "port": cluster.port, "database": "postgres", "password": SECRET, **settings}


def test_right_password_then_wrong_one(collector, strict_cluster, command):
    right = collector(source=over_tcp(strict_cluster), command=("check",))
    assert right.wait(30) == 0, right.tail()
    assert SECRET not in right.stderr + right.stdout
    wrong = collector(source=over_tcp(strict_cluster, password="wrong-" + SECRET), command=command)
    assert_fails(wrong, PREFLIGHT, "password authentication failed")


def test_no_password_at_all(collector, strict_cluster, command):
    source = over_tcp(strict_cluster)
    del source["password"]
    assert_fails(collector(source=source, command=command), PREFLIGHT, "password")


def test_wal_level_replica(collector, strict_cluster, command):
    strict_cluster.configure({"wal_level": "replica"})
    strict_cluster.restart()
    try:
        assert_fails(collector(source=over_tcp(strict_cluster), command=command), PREFLIGHT, "wal_level", "logical", "ALTER SYSTEM")
    finally:
        strict_cluster.configure({"wal_level": "logical"})
        strict_cluster.restart()


def test_plugin_is_not_in_the_allow_list(collector, strict_cluster):
    if not strict_cluster.install.knows_allow_list:
        pytest.skip("this minor release has no output_plugin_libraries")
    strict_cluster.configure({"output_plugin_libraries": "pgoutput, test_decoding"})
    strict_cluster.reload()
    try:
        one = collector(source=over_tcp(strict_cluster, slot="never_made"))
        # Unquoted: as one quoted string the list would be one name, and lock everybody out.
        remedy = r"ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, glassflow"
        assert_fails(one, PREFLIGHT, "may not be used as an output plugin", remedy)
        assert strict_cluster.query("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'never_made'") == [(0,)]
    finally:
        strict_cluster.configure({"output_plugin_libraries": "pgoutput, test_decoding, glassflow"})
        strict_cluster.reload()


def test_plugin_taken_off_the_allow_list_with_a_slot_in_place(collector, strict_cluster):
    if not strict_cluster.install.knows_allow_list:
        pytest.skip("this minor release has no output_plugin_libraries")
    strict_cluster.query("SELECT pg_create_logical_replication_slot('made_before', 'glassflow')")
    strict_cluster.configure({"output_plugin_libraries": "pgoutput, test_decoding"})
    strict_cluster.reload()
    try:
        one = collector(source=over_tcp(strict_cluster, slot="made_before"))
        assert_fails(one, PREFLIGHT, "may not be used as an output plugin", "ALTER SYSTEM")
    finally:
        strict_cluster.configure({"output_plugin_libraries": "pgoutput, test_decoding, glassflow"})
        strict_cluster.reload()
        strict_cluster.query("SELECT pg_drop_replication_slot('made_before')")


def test_role_without_replication(collector, postgres, command):
    postgres.execute("DROP ROLE IF EXISTS plain")
    postgres.create_role("plain", "LOGIN")
    assert_fails(collector(source={"user": "plain"}, command=command), PREFLIGHT, "plain", "replication", "ALTER ROLE")


def test_file_in_a_missing_directory(collector, tmp_path, command):
    assert_fails(collector(sinks=[file_sink(tmp_path / "no" / "such" / "events.jsonl")], command=command), PREFLIGHT, "such")


def test_file_that_is_a_directory(collector, tmp_path, command):
    assert_fails(collector(sinks=[file_sink(tmp_path)], command=command), PREFLIGHT, "directory")


def test_file_without_permission(collector, tmp_path, command):
    path = tmp_path / "read-only.jsonl"
    path.touch(mode=0o444)
    user = server_user()
    if user is None:
        one = collector(sinks=[file_sink(path)], command=command)
    else:  # root may write anything: be somebody else, with everything this one needs where it can go
        from services.postgres import make_directory

        directory = make_directory("glassflow-readonly-")
        shutil.copy(BINARY, directory / "glassflow-collector")
        shutil.copy(path, directory / path.name)
        (directory / path.name).chmod(0o444)
        one = collector(sinks=[file_sink(directory / path.name)], command=command, directory=directory / "run",
                        binary=directory / "glassflow-collector", user=user, start=False)
        shutil.chown(directory / "run", user.pw_uid)
        one.start()
    try:
        assert_fails(one, PREFLIGHT, "read-only.jsonl", "permission denied")
    finally:
        if user is not None:
            shutil.rmtree(directory, ignore_errors=True)


def test_wrong_access_token(collector, sandbox, command):
    one = collector(sinks=[{**glassflow_sink(sandbox), "access_token": SECRET}], command=command)
    assert_fails(one, PREFLIGHT, "401", "access_token")
    assert sandbox.events() == []


def test_unknown_pipeline(collector, sandbox, command):
    sink = {**glassflow_sink(sandbox), "pipeline_id": "00000000-0000-0000-0000-000000000000"}
    assert_fails(collector(sinks=[sink], command=command), PREFLIGHT, "404", "pipeline_id")


# --- a plugin from the future ------------------------------------------------------------------------------------------

@pytest.fixture(scope="module")
def future_install(tmp_path_factory):
    """The same plugin, compiled with another protocol version, in a private installation of its own."""
    from services.postgres import make_directory

    copy = tmp_path_factory.mktemp("future")
    shutil.copytree(SOURCE / "output_plugin", copy / "output_plugin", ignore=shutil.ignore_patterns("*.o", "*.d"))
    for name in ("Makefile", "sql", "expected"):
        source = SOURCE / name
        shutil.copytree(source, copy / name) if source.is_dir() else shutil.copy(source, copy / name)
    header = copy / "output_plugin" / "wire_format.h"
    text, changes = re.subn(r"(protocol_version = )\d+;", r"\g<1>99;", header.read_text())
    assert changes == 1
    header.write_text(text)
    built = subprocess.run(["make", "-s", f"PG_CONFIG={PG_CONFIG}", "glassflow.so"], cwd=copy, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    directory = make_directory("glassflow-future-")
    yield PrivateInstall(directory / "install", build=copy)
    shutil.rmtree(directory, ignore_errors=True)


def test_unknown_protocol_version(collector, cluster_factory, database_in, future_install):
    database = database_in(cluster_factory(install=future_install))
    database.create_slot()
    database.execute("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    before = database.confirmed_position()
    one = collector(source=database.source())
    assert_fails(one, PREFLIGHT, "plugin speaks 99", r"collector speaks 1\b", "upgrade")
    assert database.confirmed_position() == before, "a position was confirmed that nobody has read"
