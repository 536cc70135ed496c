"""Every precondition that `check` looks at is broken on a real server: the finding is read, its remedy is carried out as it
was printed, and the next check passes. Those of the connection are in test_check_connection.py, of the slot in
test_check_slot.py, of a standby in test_check_standby.py."""

import json
import os
import re
import shutil

import pytest
from psycopg import sql

from conftest import REPLICATOR
from services.care import as_told, carry_out, look, run_once
from services.collector import BINARY, file_sink
from services.postgres import PostgresCluster, make_directory, poll_until, server_user

pytestmark = pytest.mark.every_server


@pytest.fixture
def reselecting(tmp_path):
    return [file_sink(tmp_path / "events.jsonl", toast="reselect")]


@pytest.fixture(scope="module")
def bare_cluster(private_install):
    """As initdb makes it and worse: nothing is set up for decoding. Restarted once, by the test that mends it."""
    cluster = PostgresCluster(make_directory("glassflow-bare-"), private_install, {
        "wal_level": "replica", "max_replication_slots": 1, "max_wal_senders": 0, "max_worker_processes": 4, "wal_sender_timeout": 0,
        "output_plugin_libraries": None})
    cluster.create().start()
    yield cluster
    cluster.remove()


def test_a_server_as_it_was_installed(bare_cluster, collector):
    """One cluster, many findings; their SQL, a restart, and none is left."""
    cluster = bare_cluster
    source = {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": "bare"}
    findings = look(collector, source=source)
    missing = findings.one("connection", "must_be_mended")
    assert f'role "{REPLICATOR}" does not exist' in missing["found"]
    with cluster.connect() as connection:
        carry_out(connection, missing)
        connection.execute(sql.SQL("ALTER ROLE {} NOREPLICATION").format(sql.Identifier(REPLICATOR)))
    cluster.query("SELECT pg_create_physical_replication_slot('taken')")

    findings = look(collector, source=source)
    assert findings.report["platform"] == "self-hosted" and findings.report["result"] == "must_be_mended"
    role = findings.one("role", "must_be_mended")
    assert role["remedy"]["sql"] == [f'ALTER ROLE "{REPLICATOR}" REPLICATION;']
    expected = {"wal_level": "must_be_mended", "max_replication_slots": "must_be_mended", "max_wal_senders": "must_be_mended",
                "max_worker_processes": "warning", "wal_sender_timeout": "warning", "slot_limit": "warning"}
    with cluster.connect() as connection:
        carry_out(connection, role)
        for check, result in expected.items():
            finding = findings.one(check, result)
            assert finding["remedy"]["needs_restart"] == (check not in ("wal_sender_timeout", "slot_limit"))
            carry_out(connection, finding)
    assert not findings.all("plugin"), "a slot cannot be tried without wal_level = logical"
    cluster.restart()

    findings = look(collector, source=source)
    for check in (*expected, "role", "replication_connection", "plugin"):
        if not (check == "plugin" and cluster.install.knows_allow_list):
            assert findings.is_ok(check), findings.all(check)
    if cluster.install.knows_allow_list:
        refused = findings.one("output_plugin_libraries", "must_be_mended")
        assert refused["remedy"]["sql"][0] == "ALTER SYSTEM SET output_plugin_libraries = pgoutput, test_decoding, glassflow;"
        with cluster.connect() as connection:
            carry_out(connection, refused)
        findings = look(collector, source=source)
    assert findings.code == 0 and findings.is_ok("output_plugin_libraries") and findings.is_ok("plugin")


def test_the_list_of_plugins_as_one_quoted_string(bare_cluster, collector):
    if not bare_cluster.install.knows_allow_list:
        pytest.skip("this server has no list of allowed plugins")
    source = {"host": str(bare_cluster.sockets), "port": bare_cluster.port, "database": "postgres", "slot": "bare", "user": "postgres"}
    bare_cluster.execute("ALTER SYSTEM SET output_plugin_libraries = 'pgoutput, wal2json, glassflow'")
    bare_cluster.reload()
    findings = look(collector, source=source)  # a superuser can read it
    finding = findings.one("output_plugin_libraries", "must_be_mended")
    assert 'holds one name, "pgoutput, wal2json, glassflow"' in finding["found"]
    assert finding["remedy"]["sql"][0].endswith("= pgoutput, test_decoding, wal2json, glassflow;")
    assert "is a superuser" in findings.one("role", "warning")["found"]
    # One that may not read it is told by the refusal.
    blind = look(collector, source={**source, "user": REPLICATOR}).one("output_plugin_libraries", "must_be_mended")
    assert "may not be used as an output plugin" in blind["found"]
    with bare_cluster.connect() as connection:
        carry_out(connection, finding)
    assert look(collector, source=source).is_ok("output_plugin_libraries")
    assert bare_cluster.query("SELECT slot_name FROM pg_replication_slots") == [("taken",)], "what was tried is gone again"


def test_the_servers_version(postgres, database, collector):
    """That of the server at hand; every minor with defects is in test/unit/postgres/server_version_test.cpp, for none of them can be had."""
    finding, = look(collector).all("server_version")
    assert finding["found"].startswith(f"PostgreSQL {postgres.install.major_version}.") or postgres.install.major_version == 18
    if postgres.install.major_version == 13:
        assert finding["result"] == "warning" and re.fullmatch(r"Upgrade to (13\.23, or better to )?a newer major\.", finding["remedy"]["advice"]), finding
    elif postgres.install.knows_allow_list:
        assert finding["result"] == "ok"
    else:
        assert finding["result"] == "warning" and re.fullmatch(r"Upgrade to \d+\.\d+ or later\.", finding["remedy"]["advice"]), finding


# --- role ---------------------------------------------------------------------------------------------------------------

def test_limits_of_the_role(database, collector):
    database.cluster.create_role("narrow", "LOGIN REPLICATION CONNECTION LIMIT 3 VALID UNTIL '2001-01-01'")
    try:
        findings = look(collector, source={"user": "narrow"})
        with database.connect() as connection:
            for finding in findings.all("role", "warning"):
                carry_out(connection, finding)
        assert len(findings.all("role", "warning")) == 2
        assert look(collector, source={"user": "narrow"}).is_ok("role")
    finally:
        database.cluster.execute("DROP ROLE narrow")


def test_reselect_without_select(database, collector, reselecting):
    database.execute('CREATE SCHEMA "My ""Shop"; CREATE TABLE "My ""Shop"."Big.Table" (id int PRIMARY KEY, "a""b" text); '
                     "CREATE TABLE small (id int PRIMARY KEY, n int)")
    findings = look(collector, sinks=reselecting)
    finding = findings.one("select", "must_be_mended")
    assert 'My "Shop.Big.Table' in finding["found"] and len(finding["remedy"]["sql"]) == 2
    assert findings.is_ok("unchanged_values")
    with database.connect() as connection:
        carry_out(connection, finding)
    assert look(collector, sinks=reselecting).is_ok("select")
    database.execute('ALTER TABLE "My ""Shop"."Big.Table" ENABLE ROW LEVEL SECURITY')
    finding = look(collector, sinks=reselecting).one("select", "must_be_mended")
    assert "row security" in finding["found"]
    with database.connect() as connection:
        carry_out(connection, finding)
    try:
        assert look(collector, sinks=reselecting).is_ok("select")
    finally:
        database.execute("ALTER ROLE replicator NOBYPASSRLS")


# --- tables -------------------------------------------------------------------------------------------------------------

def test_patterns_that_name_nothing(database, collector):
    database.execute('CREATE TABLE "Orders" (id int PRIMARY KEY); CREATE VIEW looks AS SELECT 1; CREATE UNLOGGED TABLE quick (id int); '
                     "CREATE TABLE parent (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE first PARTITION OF parent DEFAULT")
    patterns = ["public.Orders", "public.looks", "public.quick", "public.absent", "public.parent"]
    findings = look(collector, source={"tables": patterns})
    told = [finding["found"] for finding in findings.all("tables", "warning")]
    assert len(told) == 5, told
    assert 'there is "public"."Orders"' in told[0]
    assert "public.looks is a view" in told[1] and "public.quick is unlogged" in told[2]
    assert told[3] == '"public.absent" of source.tables names no table'
    assert "partitions of public.parent match no pattern" in told[4]
    assert findings.code == 0, "a table may be still to come"
    assert look(collector, source={"tables": ['public."Orders"', "public.parent", "public.first"]}).is_ok("tables")


def test_a_database_without_tables(database, collector):
    finding = look(collector).one("tables", "warning")
    assert finding["found"] == f'there is no table to capture in database "{database.name}"'
    assert finding["remedy"]["advice"] == "If that is not expected, check source.database."
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    assert look(collector).is_ok("tables")


def test_tables_without_identity(database, collector):
    database.execute("CREATE TABLE bare (n int); CREATE TABLE silent (id int PRIMARY KEY, n int); ALTER TABLE silent REPLICA IDENTITY NOTHING; "
                     "CREATE TABLE late (id int PRIMARY KEY DEFERRABLE); CREATE TABLE fine (id int PRIMARY KEY)")
    finding = look(collector).one("replica_identity", "warning")
    assert finding["found"].startswith("without a key in the write-ahead log: public.bare, public.late, public.silent;")
    with database.connect() as connection:
        carry_out(connection, finding)
    assert look(collector).is_ok("replica_identity")


def test_large_values_that_will_be_missing(database, collector):
    database.execute("CREATE TABLE documents (id int PRIMARY KEY, body text); CREATE TABLE numbers (id int PRIMARY KEY, n bigint)")
    finding = look(collector).one("unchanged_values", "warning")
    assert finding["found"].endswith("events of public.documents")
    with database.connect() as connection:
        carry_out(connection, finding)
    assert look(collector).is_ok("unchanged_values")


def test_generated_columns_of_pgoutput(database, collector):
    database.execute("CREATE TABLE sums (id int PRIMARY KEY, double int GENERATED ALWAYS AS (id * 2) STORED); CREATE PUBLICATION all_of_it FOR ALL TABLES")
    assert look(collector).is_ok("generated_columns")
    source = {"plugin": "pgoutput", "publications": ["all_of_it"]}
    finding = look(collector, source=source).one("generated_columns", "warning")
    assert finding["found"].endswith("public.sums.double")
    if finding["remedy"]["sql"]:  # PostgreSQL 18
        with database.connect() as connection:
            carry_out(connection, finding)
        assert look(collector, source=source).is_ok("generated_columns")


def test_publications(database, collector):
    database.execute('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE "B ""b" (n int); CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id); '
                     "CREATE TABLE p1 PARTITION OF p DEFAULT")
    source = {"plugin": "pgoutput", "tables": ["public.*"]}
    finding = look(collector, source=source).one("publications", "must_be_mended")
    assert "source.publications names none" in finding["found"] and finding["remedy"]["settings"] == ["source.publications: [glassflow]"]
    source["publications"] = ['it"s']
    findings = look(collector, source=source)
    with database.connect() as connection:
        carry_out(connection, findings.one("publications", "must_be_mended"))
        identity = findings.one("replica_identity", "must_be_mended")
        assert "refuses updates and deletes" in identity["found"]
        carry_out(connection, identity)
        assert look(collector, source=source).code == 0
        connection.execute('ALTER PUBLICATION "it""s" DROP TABLE a, "B ""b"')
        finding = look(collector, source=source).one("publications", "must_be_mended")
        assert "tables that no publication has: public.B \"b, public.a" in finding["found"]
        carry_out(connection, finding)
    findings = look(collector, source=source)
    assert findings.code == 0 and findings.is_ok("publications")


def test_a_publication_before_there_are_tables(database, collector):
    source = {"plugin": "pgoutput", "publications": ["early"]}
    finding = look(collector, source=source).one("publications", "must_be_mended")
    assert finding["remedy"]["sql"] == ['CREATE PUBLICATION "early";'] and "ALTER PUBLICATION" in finding["remedy"]["advice"]
    with database.connect() as connection:
        carry_out(connection, finding)
    assert look(collector, source=source).is_ok("publications")


def test_what_pgoutput_of_13_cannot_do(database, collector):
    database.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE PUBLICATION mine FOR TABLE a")
    sections = {"source": {**database.source(), "plugin": "pgoutput", "publications": ["mine"], "binary": True, "streaming": True}}
    if database.cluster.install.major_version >= 14:
        assert look(collector, **sections).is_ok("publications")
        return
    finding = look(collector, **sections).all("publications", "must_be_mended")[0]
    assert finding["found"] == "source.binary and source.streaming need PostgreSQL 14 or later"
    assert look(collector, **as_told(sections, finding)).is_ok("publications")


def test_publications_of_our_plugin(database, collector):
    database.execute("CREATE TABLE a (id int PRIMARY KEY)")
    source = {"publications": ["mine"]}
    finding = look(collector, source=source).one("publications", "warning")
    assert 'publication "mine" does not exist' in finding["found"]
    database.execute("CREATE PUBLICATION mine FOR TABLE a")
    assert not look(collector, source=source).all("publications", "warning")


# --- the server's disk -----------------------------------------------------------------------------------------------------

def test_other_slots_that_nobody_reads(database, collector):
    with database.connect() as connection:
        connection.execute("SELECT pg_create_physical_replication_slot('its_not', true)")
        for _ in range(18):
            connection.execute("SELECT pg_logical_emit_message(false, 'x', 'y'); SELECT pg_switch_wal()")
        try:
            finding = next(one for one in look(collector).all("other_slots", "warning") if '"its_not"' in one["found"])
            assert "is read by nobody and keeps" in finding["found"]
            carry_out(connection, finding)
        finally:
            connection.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'its_not'")
    assert not [one for one in look(collector).all("other_slots") if "its_not" in one["found"]]


def test_transactions_that_were_spilled(database, collector):
    if database.cluster.install.major_version < 14:
        pytest.skip("servers before 14 do not count it")
    database.create_slot()
    with database.connect() as connection:
        connection.execute("CREATE TABLE t (id int); SET logical_decoding_work_mem = '64kB'; INSERT INTO t SELECT generate_series(1, 5000)")
        connection.execute("SELECT count(*) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (database.slot,))
    with database.connect() as connection:
        poll_until(lambda: connection.execute("SELECT spill_txns > 0 FROM pg_stat_replication_slots WHERE slot_name = %s", (database.slot,)).fetchone()[0], "the counters")
        finding = look(collector).one("decoding_memory", "warning")
        assert "were written to the server's disk" in finding["found"]
        try:
            carry_out(connection, finding)
            assert look(collector).is_ok("decoding_memory")
            assert "128MB" in look(collector).all("decoding_memory")[0]["found"]
        finally:
            connection.execute("ALTER ROLE replicator RESET logical_decoding_work_mem")


def test_a_silence_longer_than_the_servers_patience(database, collector):
    database.execute("ALTER ROLE replicator SET wal_sender_timeout = '1500ms'")
    try:
        assert "less than twice" in look(collector).one("wal_sender_timeout", "warning")["found"]
        finding = look(collector, source={"status_interval": "2s"}).one("wal_sender_timeout", "must_be_mended")
        with database.connect() as connection:
            carry_out(connection, finding)
        assert look(collector, source={"status_interval": "2s"}).is_ok("wal_sender_timeout")
    finally:
        database.execute("ALTER ROLE replicator RESET wal_sender_timeout")


# --- the collector's own places -------------------------------------------------------------------------------------------

def test_a_checkpoint_that_does_not_fit(database, collector, tmp_path):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    assert "first run" in look(collector).all("checkpoint")[0]["found"]
    one = collector(directory=tmp_path / "one").wait_ready()
    database.execute("INSERT INTO t VALUES (1)")
    one.wait_for(lambda: collector.events(), "the event")
    again = lambda: look(collector, directory=tmp_path / "one")  # noqa: E731
    beside = again()
    assert beside.code == 0 and "(glassflow-collector)" in beside.all("slot")[0]["found"], "a running collector is not in the way"
    assert one.stop() == 0
    assert again().is_ok("checkpoint")
    database.query("SELECT pg_drop_replication_slot(%s)", (database.slot,))
    finding = again().one("checkpoint", "must_be_mended")
    assert "does not exist any more" in finding["found"] and "--resume=accept-gap" in finding["remedy"]["advice"]


def test_a_state_directory_in_the_way(collector, tmp_path):
    (tmp_path / "file").write_text("")
    finding = look(collector, state_directory=str(tmp_path / "file" / "state")).one("state_directory", "must_be_mended")
    assert "not a directory" in finding["found"]
    assert look(collector, state_directory=str(tmp_path / "new" / "state")).is_ok("state_directory")
    assert not (tmp_path / "new").exists()


def test_a_state_directory_that_may_not_be_written(collector, tmp_path):
    """By a user who is not root, who may write everywhere."""
    user = server_user()
    if user is None:
        pytest.skip("only root can become another user")
    home = make_directory("glassflow-home-")
    state = home / "state"
    state.mkdir(mode=0o755)
    shutil.copy(BINARY, home / "glassflow-collector")  # where that user may go
    sections = {"directory": home, "binary": home / "glassflow-collector", "user": user, "state_directory": str(state), "sinks": [file_sink(home / "events.jsonl")]}
    try:
        finding = look(collector, **sections).one("state_directory", "must_be_mended")
        assert "cannot be written: Permission denied" in finding["found"]
        assert finding["remedy"]["advice"] == "Give this user write access there, or set state_directory to another place."
        os.chown(state, user.pw_uid, user.pw_gid)
        assert look(collector, **sections).is_ok("state_directory")
    finally:
        shutil.rmtree(home)


def test_sinks(collector, tmp_path, sandbox):
    from services.collector import glassflow_sink

    sinks = [file_sink(tmp_path / "no" / "such" / "events.jsonl"), glassflow_sink(sandbox, access_token="wrong-secret")]
    findings = look(collector, sinks=sinks)
    told = [finding["found"] for finding in findings.all("sink", "must_be_mended")]
    assert len(told) == 2 and 'sink "files"' in told[0] and "access token is not valid" in told[1]
    assert "wrong-secret" not in json.dumps(findings.report)
    findings = look(collector, sinks=[glassflow_sink(sandbox)])
    assert findings.is_ok("sink") and sandbox.events() == []


def test_pipelines(database, collector, kafka, glassflow_api):
    from services.kafka_sink import kafka_sink

    database.execute("CREATE TABLE orders (id int PRIMARY KEY)")
    sections = {"sinks": [kafka_sink(kafka)], "pipeline": {"api_url": glassflow_api.url, "clickhouse_password": "x"}}
    finding = look(collector, **sections).one("pipeline", "warning")
    assert "no pipeline reads pg-public-orders" in finding["found"]
    assert finding["remedy"]["advice"] == "Make them: glassflow-collector pipeline public.orders --apply."
    run_once(collector, ("pipeline", "public.orders", "--apply"), code=0, **sections)
    assert look(collector, **sections).is_ok("pipeline")
    run_once(collector, ("pipeline", "stop", "pg-public-orders"), code=0, **sections)
    finding = look(collector, **sections).one("pipeline", "warning")
    assert finding["found"] == "pipelines do not run: pg-public-orders (Stopped)"
    assert finding["remedy"]["advice"] == "Let them go on: glassflow-collector pipeline resume ID; \"pipeline status ID\" says more."
    run_once(collector, ("pipeline", "resume", "pg-public-orders"), code=0, **sections)
    assert look(collector, **sections).is_ok("pipeline")
    sections["pipeline"]["api_url"] = "http://127.0.0.1:1"
    assert "127.0.0.1:1" in look(collector, **sections).one("pipeline", "must_be_mended")["found"]


# --- platforms ------------------------------------------------------------------------------------------------------------

PLATFORMS = [("azure", "azure_pg_admin", "az postgres flexible-server parameter set"), ("cloud-sql", "cloudsqlsuperuser", "cloudsql.logical_decoding=on"),
             ("rds", "rds_superuser", "ParameterName=rds.logical_replication,ParameterValue=1"), ("supabase", "supabase_admin", "Supabase"),
             ("neon", "neon_superuser", "project's settings")]


@pytest.fixture(scope="module")
def look_alike(private_install):
    """A server whose wal_level is replica, which platforms cure in their own ways."""
    cluster = PostgresCluster(make_directory("glassflow-like-"), private_install, {"wal_level": "replica"}).create().start()
    cluster.create_role(REPLICATOR, "LOGIN")
    yield cluster
    cluster.remove()


@pytest.mark.parametrize("word, role, cure", PLATFORMS, ids=[platform[0] for platform in PLATFORMS])
def test_platforms(look_alike, collector, word, role, cure):
    """By their roles; the real platforms were not at hand."""
    source = {"host": str(look_alike.sockets), "port": look_alike.port, "database": "postgres", "slot": "like"}
    look_alike.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    try:
        findings = look(collector, source=source)
        assert findings.report["platform"] == word
        remedy = findings.one("wal_level", "must_be_mended")["remedy"]
        assert cure in remedy["advice"] and remedy["sql"] == [], "nobody may ALTER SYSTEM there"
        granted = findings.one("role", "must_be_mended")["remedy"]["sql"]
        if word == "rds":
            assert granted == [f'GRANT rds_replication TO "{REPLICATOR}";']
            look_alike.execute("CREATE ROLE rds_replication")
            with look_alike.connect() as connection:
                connection.execute(granted[0])
            assert look(collector, source=source).is_ok("role")
            look_alike.execute("DROP ROLE rds_replication")
        else:
            assert granted == [f'ALTER ROLE "{REPLICATOR}" REPLICATION;']
    finally:
        look_alike.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_a_platform_is_known_by_its_settings(postgres, database, collector):
    for setting, word in (("cloudsql.logical_decoding", "cloud-sql"), ("rds.logical_replication", "rds"), ("azure.extensions", "azure"), ("neon.tenant_id", "neon")):
        database.execute(f"ALTER ROLE replicator SET {setting} = 'on'")
        try:
            assert look(collector).report["platform"] == word
        finally:
            database.execute(f"ALTER ROLE replicator RESET {setting}")


def test_a_plugin_that_is_not_installed(cluster_factory, private_install, collector):
    from services.postgres import PrivateInstall

    directory = make_directory("glassflow-none-")
    install = PrivateInstall(directory / "install")
    for library in directory.rglob("glassflow.so"):
        library.unlink()
    cluster = cluster_factory(install=install)
    source = {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": "none"}
    finding = look(collector, source=source).one("plugin", "must_be_mended")
    assert "is not installed" in finding["found"] and "make install" in finding["remedy"]["advice"]
    cluster.execute("CREATE ROLE azure_pg_admin")
    finding = look(collector, source=source).one("plugin", "must_be_mended")
    assert finding["remedy"]["settings"] == ["source.plugin: pgoutput", "source.publications: [glassflow]"]
    cluster.execute("CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION glassflow FOR ALL TABLES")
    assert look(collector, source={**source, "plugin": "pgoutput", "publications": ["glassflow"]}).code == 0


# --- how it is told -------------------------------------------------------------------------------------------------------

def test_text_for_a_terminal(database, collector):
    database.execute("CREATE TABLE bare (n int)")
    one = run_once(collector, ("check",), code=3, source={"create_slot": False, "slot": "no_such_slot"})
    assert re.search(r'^mend     slot: slot "no_such_slot" does not exist\n {9}why {6}The slot holds .*\n {9}remedy   Set .*\n'
                     r" {9}sql {6}SELECT pg_create_logical_replication_slot\('no_such_slot', 'glassflow'\);\n {9}setting  source.create_slot: true$",
                     one.stdout, re.MULTILINE), one.stdout
    assert re.search(r"^ok       wal_level: wal_level is logical$", one.stdout, re.MULTILINE)
    assert re.search(r"^1 to mend, (1 warning|\d+ warnings), [01] unknown, \d+ ok$", one.stdout, re.MULTILINE)
    run_once(collector, ("check",), code=0)
