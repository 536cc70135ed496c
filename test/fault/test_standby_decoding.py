"""A slot on a hot standby (PostgreSQL 16 and later): read there, promoted under the reader, taken away by the server.

A standby tells what it has replayed and nothing else, so that its promotion loses nothing of what was delivered. What a promotion
means to a slot of the old primary is in test_failover_slots.py.
"""

import pytest

from checkpoints import assert_refused, read
from conftest import Database
from numbers_table import TABLES, Numbers, arrived, assert_sound
from services.collector import file_sink
from services.postgres import make_directory, poll_until

pytestmark = pytest.mark.every_server
LARGE = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i)"


class OnStandby(Database):
    """The database of the primary as the standby has it: read there, written on the primary."""

    def __init__(self, primary_database, standby):
        super().__init__(standby)
        self.name, self.primary = primary_database.name, primary_database


@pytest.fixture
def pair(cluster_factory, needs_server, request):
    """(the database on the primary, the same on the standby); `start_standby(**settings)` first."""
    needs_server(16, "slots on a standby")
    primary = cluster_factory(hba=["local replication all trust"])
    made = []

    def start(**settings):
        made.append(primary.standby(make_directory("glassflow-standby-"), f"standby_{len(made)}", settings).start())
        request.node.log_tails.append(("standby's log", made[-1].log_tail))
        return made[-1]

    start.primary = primary
    yield start
    for standby in made:
        standby.remove()


@pytest.fixture
def databases(pair):
    on_primary = Database(pair.primary).create()
    standby = pair()
    return on_primary, OnStandby(on_primary, standby)


@pytest.fixture
def database(databases):
    """What the collector reads: the standby."""
    return databases[1]


def log_snapshot_until(primary, condition, what):
    """A slot on a standby is made when the primary has written which transactions run; it does so by itself now and then."""
    def attempt():
        primary.query("SELECT pg_log_standby_snapshot()")
        return condition()
    poll_until(attempt, what, interval_s=0.2)


def wait_replayed(databases):
    on_primary, on_standby = databases
    wanted = on_primary.query("SELECT pg_current_wal_insert_lsn()")[0][0]
    poll_until(lambda: on_standby.query("SELECT pg_last_wal_replay_lsn() >= %s", (wanted,))[0][0], "the standby to replay")


def start_reading(one, databases):
    """The collector makes its slot on the standby."""
    one.start()
    log_snapshot_until(databases[0].cluster, one.is_ready, "the collector to be ready")
    return one


def wait_arrived(one, collector, number):
    one.wait_for(lambda: number in arrived(collector.events()), f"number {number} has arrived")


def test_it_is_read_there(databases, collector, tmp_path):
    """Values in TOAST, too: what the WAL does not hold is read from the standby's table."""
    on_primary, on_standby = databases
    numbers = Numbers(on_primary)
    on_primary.execute("CREATE TABLE large (id int PRIMARY KEY, big text, small int)")
    on_primary.execute("GRANT SELECT ON large TO replicator")
    wait_replayed(databases)
    one = start_reading(collector(sinks=[file_sink(tmp_path / "events.jsonl", toast="reselect")], start=False), databases)
    assert on_primary.query("SELECT count(*) FROM pg_replication_slots WHERE slot_type = 'logical'") == [(0,)]
    numbers.add(50)
    on_primary.execute(f"INSERT INTO large VALUES (1, {LARGE}, 1)")
    on_primary.execute("UPDATE large SET small = 2")
    one.wait_for(lambda: len(collector.events()) >= 52, "everything has arrived")
    assert_sound([event for event in collector.events() if event["_table"] == "numbers"], range(1, 51))
    inserted, updated = (event for event in collector.events() if event["_table"] == "large")
    assert len(inserted["data"]["big"]) == 32000 and updated["data"] == {**inserted["data"], "small": 2}
    wait_replayed(databases)
    end = on_standby.query("SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn")[0][0]
    numbers.add(1)  # keepalives, and what is confirmed, follow the replay
    one.wait_for(lambda: on_standby.confirmed_position() >= end, "the standby's slot to be confirmed")
    assert one.stop() == 0
    numbers.add(5)
    wait_replayed(databases)
    one.drain()
    assert_sound([event for event in collector.events() if event["_table"] == "numbers"], range(1, numbers.last + 1), duplicates_max=1)


@pytest.mark.parametrize("reader", ["runs", "is down"])
def test_promotion(databases, collector, reader):
    """The slot lives on; what comes after is of the new timeline, and nothing is missing."""
    on_primary, on_standby = databases
    numbers = Numbers(on_primary)
    wait_replayed(databases)
    one = start_reading(collector(source={"tables": TABLES}, start=False), databases)
    numbers.add(100)
    wait_arrived(one, collector, 1)
    if reader == "is down":
        assert one.stop() == 0
        numbers.add(20)
    wait_replayed(databases)
    on_primary.cluster.stop("kill")
    on_standby.cluster.promote()
    numbers.add(50, database=on_standby)
    if reader == "is down":
        one.start().wait_ready()
    wait_arrived(one, collector, numbers.last)
    # And once more over a new connection, which finds the other timeline.
    on_standby.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (on_standby.slot,))
    numbers.add(50, database=on_standby)
    wait_arrived(one, collector, numbers.last)
    end = on_standby.wal_position()
    one.wait_for(lambda: on_standby.confirmed_position() >= end, "everything is confirmed")
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=60)
    checkpoint = read(one, on_standby)
    assert checkpoint["timeline"] == 2 and checkpoint["gaps"] == []
    before = len(collector.events())
    one.drain()
    assert len(collector.events()) == before, "a second drain delivered again"


def test_a_restart_after_a_promotion_is_no_other_history(databases, collector):
    """The stream went on through the promotion, so that what was delivered is beyond where the timelines part."""
    on_primary, on_standby = databases
    numbers = Numbers(on_primary)
    wait_replayed(databases)
    one = start_reading(collector(source={"tables": TABLES, "slot_watch_interval": "1s"}, start=False), databases)
    numbers.add(10)
    wait_arrived(one, collector, 10)
    wait_replayed(databases)
    on_primary.cluster.stop("kill")
    on_standby.cluster.promote()
    numbers.add(10, database=on_standby)
    wait_arrived(one, collector, 20)
    one.wait_for(lambda: read(one, on_standby)["timeline"] == 2, "the checkpoint is of the new timeline")
    on_standby.cluster.restart()
    numbers.add(10, database=on_standby)
    wait_arrived(one, collector, 30)
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, 31), duplicates_max=30)


def test_another_standby_is_promoted(pair, databases, collector):
    """Ours follows it to its timeline, and so does the reader."""
    on_primary, on_standby = databases
    other = pair()
    numbers = Numbers(on_primary)
    wait_replayed(databases)
    one = start_reading(collector(source={"tables": TABLES}, start=False), databases)
    numbers.add(50)
    wait_arrived(one, collector, 50)
    wait_replayed((on_primary, OnStandby(on_primary, other)))
    on_primary.cluster.stop("kill")
    other.promote()
    other.query("SELECT pg_create_physical_replication_slot('standby_0', true)")
    on_standby.cluster.configure({"primary_conninfo": f"host={other.sockets} port={other.port} user=postgres dbname=postgres"})
    on_standby.cluster.reload()
    promoted = OnStandby(on_primary, other)
    numbers.add(50, database=promoted)
    wait_arrived(one, collector, numbers.last)
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=50)


def test_without_feedback_the_slot_is_taken_away(pair, collector, databases):
    """The primary's VACUUM removes rows of the catalog that decoding needs: a standby that does not ask it to wait gives up the slot."""
    on_primary, on_standby = databases
    numbers = Numbers(on_primary)
    wait_replayed(databases)
    one = start_reading(collector(source={"tables": TABLES}, start=False), databases)
    numbers.add(10)
    wait_arrived(one, collector, 10)
    on_standby.cluster.configure({"hot_standby_feedback": "off"})
    on_standby.cluster.reload()
    poll_until(lambda: on_primary.query("SELECT catalog_xmin IS NULL FROM pg_replication_slots WHERE slot_name = 'standby_0'")[0][0],
               "the feedback to end")
    on_primary.execute("CREATE TABLE passing (id int)")
    on_primary.execute("DROP TABLE passing")
    on_primary.execute("VACUUM FULL pg_class")
    numbers.add(1)
    assert_refused(one, "the server has invalidated it (", "hot_standby_feedback")


def test_a_slot_that_waits_to_be_made_says_what_for(databases, collector):
    on_primary, _ = databases
    Numbers(on_primary)
    wait_replayed(databases)
    one = collector(source={"tables": TABLES})
    one.wait_for(lambda: "pg_log_standby_snapshot" in one.stderr, "it says what it waits for")
    log_snapshot_until(on_primary.cluster, one.is_ready, "the collector to be ready")
    assert one.stop() == 0
