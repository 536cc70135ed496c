"""Failover slots (PostgreSQL 17): the primary dies, its standby has the slot, and the collector goes on there by itself.

The standby must have everything that was delivered. The primary sees to that when it waits for it (synchronized_standby_slots);
without that, going on is refused when the standby was behind.
"""

import pytest

from checkpoints import assert_refused, read
from conftest import Database
from numbers_table import TABLES, Numbers, arrived, assert_sound
from services.postgres import make_directory, poll_until

pytestmark = pytest.mark.every_server
STANDBY = "standby"


class Failover:
    """A primary with a slot for failover, and a standby that keeps it in step."""

    def __init__(self, primary, standby):
        self.primary, self.standby = primary, standby
        self.database = Database(primary).create()
        self.promoted = Database(standby)
        self.promoted.name, self.promoted.slot = self.database.name, self.database.slot
        self.database.query("SELECT pg_create_logical_replication_slot(%s, 'glassflow', false, false, true)", (self.database.slot,))

    def await_synchronized(self):
        query = "SELECT synced AND NOT temporary AND invalidation_reason IS NULL FROM pg_replication_slots WHERE slot_name = %s"

        def is_synchronized():
            self.primary.query("SELECT pg_log_standby_snapshot()")  # which the standby's copy of the slot waits for
            return [row for row in self.standby.query(query, (self.database.slot,)) if row[0]]

        poll_until(is_synchronized, "the slot to be on the standby", 60, 0.2)

    def source(self):
        hosts = [f"127.0.0.1:{cluster.port}" for cluster in (self.primary, self.standby)]
        return {"host": hosts, "port": self.primary.port, "tables": TABLES, "create_slot": False}


@pytest.fixture
def failover(needs_server, cluster_factory, request):
    needs_server(17, "failover slots")
    primary = cluster_factory(hba=["local replication all trust"])
    standby = primary.standby(make_directory("glassflow-standby-"), STANDBY, {"sync_replication_slots": "on"}).start()
    request.node.log_tails.append(("standby's log", standby.log_tail))
    yield Failover(primary, standby)
    standby.remove()


@pytest.fixture
def database(failover):
    return failover.database


def wait_arrived(one, collector, number):
    one.wait_for(lambda: number in arrived(collector.events()), f"number {number} has arrived")


def test_the_collector_goes_on_at_the_promoted_standby(failover, database, collector):
    failover.primary.configure({"synchronized_standby_slots": STANDBY})
    failover.primary.reload()
    numbers = Numbers(database)
    one = collector(source=failover.source()).wait_ready()
    numbers.add(100)
    wait_arrived(one, collector, 100)
    failover.await_synchronized()
    numbers.add(100)
    wait_arrived(one, collector, numbers.last)
    failover.primary.stop("kill")
    failover.standby.promote()
    numbers.add(100, database=failover.promoted)
    wait_arrived(one, collector, numbers.last)
    assert one.stop() == 0
    # What the old primary was told after the last look of the standby comes again.
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=200)
    assert read(one, database)["timeline"] == 2 and read(one, database)["gaps"] == []


def test_a_standby_that_was_behind_is_refused(failover, database, collector):
    """Nothing makes the primary wait here, and the standby is away while rows are delivered."""
    numbers = Numbers(database)
    one = collector(source=failover.source()).wait_ready()
    numbers.add(10)
    wait_arrived(one, collector, 10)
    failover.await_synchronized()
    failover.standby.stop()
    numbers.add(10)
    wait_arrived(one, collector, 20)
    end = database.wal_position()
    one.wait_for(lambda: (database.confirmed_position() or 0) >= end, "it is confirmed")
    failover.primary.stop("kill")
    failover.standby.start()
    failover.standby.promote()
    assert_refused(one, "which this server left at", "what was delivered after that, it never had")
