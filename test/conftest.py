"""Fixtures: real servers, the real plugin, the real collector.

postgres  one server for the session            database  a fresh database in it, its slots dropped afterwards
collector a factory of running collectors       sandbox   the local GlassFlow events endpoint
otlp_receiver  a strict OTLP receiver, as GlassFlow's
clickhouse  ClickHouse in this process   clickhouse_http  its HTTP interface   glassflow_api  GlassFlow's management API
cluster_factory  servers with settings of their own
kafka     one broker for the session            kafka_factory  brokers of the test's own
"""

import itertools
import signal
import shutil
import sys

import pytest
from psycopg import sql

from services.collector import BINARY, Collector, Sandbox, file_sink, read_events
from services.kafka import KafkaCluster
from services.otlp_receiver import OtlpReceiver
from services.postgres import PostgresCluster, make_directory, poll_until
from services.suite_server import SUITES, SuiteInstall, make_install, why_not

REPLICATOR = "replicator"  # LOGIN REPLICATION and nothing else: what the documentation asks people to create


def pytest_configure(config):
    # A SIGTERM ends like Ctrl-C, through the fixtures' clean-up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


def pytest_collection_modifyitems(config, items):
    if not config.getoption("-m"):
        for marker, command in (("mutation", "make test-mutation"), ("soak", "pytest test -m soak")):
            skipped = pytest.mark.skip(reason=f"slow: {command}")
            for item in items:
                if item.get_closest_marker(marker):
                    item.add_marker(skipped)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """On failure: the tail of the server's log and of every collector of the test."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for log_name, tail in getattr(item, "log_tails", []):
            report.sections.append((log_name, tail()))


def add_log(request, name, tail):
    if not hasattr(request.node, "log_tails"):
        request.node.log_tails = []
    request.node.log_tails.append((name, tail))


@pytest.fixture(scope="session")
def private_install():
    directory = make_directory("glassflow-install-")
    yield make_install(directory / "install")
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def suite_install():
    """make(suite) -> the install of that suite's server, for tests of more than one major; they are skipped where it is not to be had."""
    made = {}

    def make(suite):
        if suite not in made:
            if why_not(suite):
                pytest.skip(why_not(suite))
            made[suite] = SuiteInstall(make_directory("glassflow-install-") / "install", suite)
        return made[suite]

    yield make
    for install in made.values():
        shutil.rmtree(install.directory.parent, ignore_errors=True)


@pytest.fixture
def needs_server(private_install):
    """needs_server(17, "failover slots"): skipped on an older server, and why."""

    def check(version, feature):
        if private_install.major_version < version:
            suites = [name for name, has in SUITES.items() if has >= version]
            pytest.skip(f"{feature}: PostgreSQL {version} or newer; sudo make test-matrix, or SERVER_SUITE={suites[0]}")

    return check


@pytest.fixture(scope="session")
def postgres(private_install):
    """Trusts everyone; the role `replicator` may replicate and nothing else."""
    cluster = PostgresCluster(make_directory("glassflow-pg-"), private_install).create().start()
    cluster.create_role(REPLICATOR)
    yield cluster
    cluster.remove()


@pytest.fixture
def cluster_factory(private_install, request):
    """make(settings=None, hba=(), install=None, durable=False) -> a running PostgresCluster of the test's own."""
    made = []

    def make(settings=None, hba=(), install=None, durable=False):
        cluster = PostgresCluster(make_directory("glassflow-pg-"), install or private_install, settings, hba, durable)
        made.append(cluster)
        add_log(request, "own server log", cluster.log_tail)
        cluster.create().start()
        cluster.create_role(REPLICATOR)
        return cluster

    yield make
    for cluster in made:
        cluster.remove()


class Database:
    """A fresh database; `slot` is a slot name that is this test's own."""

    numbers = itertools.count(1)

    def __init__(self, cluster):
        number = next(self.numbers)
        self.cluster = cluster
        self.name = f"test_{number}"
        self.slot = f"slot_{number}"

    def create(self):
        self.cluster.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self.name)))
        return self

    def connect(self, user="postgres", **options):
        return self.cluster.connect(self.name, user, **options)

    def execute(self, statement, parameters=None):
        self.cluster.execute(statement, parameters, self.name)

    def query(self, statement, parameters=None):
        return self.cluster.query(statement, parameters, self.name)

    def create_slot(self, plugin="glassflow", name=None):
        self.query("SELECT pg_create_logical_replication_slot(%s, %s)", (name or self.slot, plugin))

    def wal_position(self):
        return int(self.query("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0])

    def confirmed_position(self):
        """What the slot has been told is delivered; None while there is no such slot."""
        rows = self.query("SELECT confirmed_flush_lsn - '0/0'::pg_lsn FROM pg_replication_slots WHERE slot_name = %s", (self.slot,))
        return int(rows[0][0]) if rows and rows[0][0] is not None else None

    def source(self, **settings):
        """The section `source` of a collector's configuration."""
        return {"host": str(self.cluster.sockets), "port": self.cluster.port, "user": REPLICATOR, "database": self.name,
                "slot": self.slot, "create_slot": True, **settings}

    def drop(self):
        with self.cluster.connect() as connection:
            slots = connection.execute("SELECT slot_name FROM pg_replication_slots WHERE database = %s", (self.name,)).fetchall()
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (self.name,))
            for (slot,) in slots:
                poll_until(lambda: not connection.execute(
                    "SELECT active FROM pg_replication_slots WHERE slot_name = %s", (slot,)).fetchone()[0], f"slot {slot} to be released")
                connection.execute("SELECT pg_drop_replication_slot(%s)", (slot,))
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name)))


@pytest.fixture
def database(postgres, request):
    add_log(request, "server log", postgres.log_tail)
    fresh = Database(postgres).create()
    yield fresh
    if postgres.process is None:  # the test stopped it and did not get to the restart
        postgres.start()
    fresh.drop()


@pytest.fixture
def database_in():
    """database_in(cluster): a fresh database in a cluster of the test's own, gone with it."""
    return lambda cluster: Database(cluster).create()


@pytest.fixture(scope="session")
def collector_binary():
    assert BINARY.exists(), f"no collector at {BINARY}: run make first"
    return BINARY


@pytest.fixture
def collector(collector_binary, tmp_path, request, database):
    """make(sinks=None, source=None, command=("run",), start=True, **sections) -> Collector.

    sinks: a list of sections, default one file sink (events.jsonl in tmp_path); source: keys that differ from
    database.source(). Everything still running is killed at the end.
    """
    made = []

    def make(sinks=None, source=None, command=("run",), start=True, binary=None, environment=None, user=None, directory=None, **sections):
        name = f"collector{len(made) or ''}"
        configuration = {"source": {**database.source(), **(source or {})},
                         "sinks": sinks if sinks is not None else [file_sink(tmp_path / "events.jsonl")], **sections}
        made.append(Collector(directory or tmp_path / name, configuration, command, name, environment=environment,
                              binary=binary or collector_binary, user=user))
        add_log(request, f"log of {name}", made[-1].tail)
        return made[-1].start() if start else made[-1]

    make.events = lambda: read_events(tmp_path / "events.jsonl")
    yield make
    for one in made:
        one.close()


@pytest.fixture
def otlp_receiver(tmp_path, request):
    one = OtlpReceiver(tmp_path / "otlp")
    add_log(request, "log of the OTLP receiver", one.tail)
    one.start().wait_ready()
    yield one
    one.close()


@pytest.fixture
def sandbox(collector_binary, tmp_path, request):
    one = Sandbox(tmp_path / "sandbox")
    add_log(request, "log of the sandbox", one.tail)
    one.start().wait_ready()
    yield one
    one.close()


KAFKA_USERS = {"alice": "a-kafka-secret"}


@pytest.fixture(scope="session")
def session_kafka():
    cluster = KafkaCluster(make_directory("glassflow-kafka-"), listeners=("sasl", "tls", "sasl_tls"), users=KAFKA_USERS)
    yield cluster.start()
    cluster.remove()


@pytest.fixture
def kafka(session_kafka, request):
    """One broker that all tests share: plain, sasl (as KAFKA_USERS), tls and sasl_tls. Topics are a test's own by their names."""
    add_log(request, "broker log", session_kafka.log_tail)
    for broker in session_kafka.brokers.values():
        if broker.process is None:  # the test before stopped it and did not get to the restart
            broker.start()
    return session_kafka


@pytest.fixture
def kafka_factory(request):
    """make(brokers=1, listeners=(), users=None, ...) -> a running KafkaCluster of the test's own."""
    made = []

    def make(brokers=1, **options):
        made.append(KafkaCluster(make_directory("glassflow-kafka-"), brokers, **options))
        add_log(request, "own brokers' log", made[-1].log_tail)
        return made[-1].start()

    yield make
    for cluster in made:
        cluster.remove()


@pytest.fixture(scope="session")
def clickhouse():
    """ClickHouse in this process; tables are a test's own by their database."""
    from services.clickhouse import ClickHouse  # a large library, and not there on every server of the matrix

    one = ClickHouse()
    yield one
    one.close()


@pytest.fixture
def clickhouse_http(clickhouse):
    """Its HTTP interface, as far as statements go."""
    from services.clickhouse import ClickHouseHttp

    server = ClickHouseHttp(clickhouse).start()
    yield server
    server.stop()


@pytest.fixture
def glassflow_api():
    from services.glassflow_api import GlassflowApi

    one = GlassflowApi(delay_s=0.1).start()
    yield one
    one.stop()
