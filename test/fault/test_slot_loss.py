"""The server gives the slot up: foreseen, told, and what then happens is what was asked for."""

import re

import pytest

from checkpoints import assert_refused, wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, assert_sound
from services.collector import glassflow_sink
from services.postgres import poll_until


@pytest.fixture
def tight(cluster_factory, database_in):
    """A server that keeps little WAL for slots."""
    return database_in(cluster_factory({"max_slot_wal_keep_size": "64MB", "max_wal_size": "64MB", "min_wal_size": "32MB"}))


def write_wal(database, segments=1):
    for _ in range(segments):
        with database.connect() as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS other (n int)")
            connection.execute("INSERT INTO other VALUES (1)")
            connection.execute("SELECT pg_switch_wal()")


def lose(database):
    def is_lost():
        write_wal(database)
        database.execute("CHECKPOINT")
        return database.query("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", (database.slot,)) == [("lost",)]

    poll_until(is_lost, "the slot to be lost")


@pytest.fixture
def stopped_and_lost(tight, collector):
    numbers = Numbers(tight)
    made = {}

    def make(**source):
        one = collector(source={**tight.source(), "tables": TABLES, **source}).wait_ready()
        numbers.add()
        wait_confirmed(one, tight, tight.wal_position())
        assert one.stop() == 0
        wait_released(tight)
        made["left out"] = numbers.add()
        lose(tight)
        return one

    return make, numbers, made


def test_a_lost_slot_is_refused(stopped_and_lost, collector, tight):
    make, numbers, made = stopped_and_lost
    one = make()
    assert_refused(one.start(), "is lost: the server has removed WAL that it needs")
    from checkpoints import run_with
    run_with(one, "accept-gap").wait_ready()
    numbers.add()
    wait_confirmed(one, tight, tight.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), set(range(1, numbers.last + 1)) - set(made["left out"]))


def test_a_lost_slot_is_recreated(stopped_and_lost, collector, tight):
    make, numbers, made = stopped_and_lost
    one = make(on_slot_lost="recreate")
    one.start().wait_ready()
    assert one.status()["checkpoint"]["gaps"] == 1
    assert '"level":"error"' in next(line for line in one.stderr.splitlines() if "gap: changes between" in line)
    numbers.add()
    wait_confirmed(one, tight, tight.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), set(range(1, numbers.last + 1)) - set(made["left out"]))


def test_a_loss_is_foreseen(collector, tight, sandbox):
    """The sink hangs, WAL is written: the estimate shows in status, metrics and log before the slot is gone."""
    numbers = Numbers(tight)
    one = collector(sinks=[glassflow_sink(sandbox)], source={**tight.source(), "tables": TABLES, "slot_watch_interval": "100ms"}).wait_ready()
    one.wait_for(lambda: one.status()["slot_care"]["is_known"], "the slot is watched")
    assert one.status()["slot_care"]["wal_status"] == "reserved"
    assert one.status()["slot_care"]["seconds_to_loss"] is None
    sandbox.misbehave(hang_ms=60_000, count=100)
    numbers.add()

    def is_foreseen():
        write_wal(tight)
        return one.status()["slot_care"]["seconds_to_loss"] is not None

    one.wait_for(is_foreseen, "the loss is foreseen")
    one.wait_for(lambda: "slot may be lost" in one.stderr, "it is in the log")
    metrics = one.admin("/metrics")[1]
    assert re.search(r"^glassflow_collector_slot_loss_seconds \d", metrics, re.MULTILINE), metrics
    assert re.search(r"^glassflow_collector_slot_lost 0", metrics, re.MULTILINE)
    assert tight.query("SELECT wal_status FROM pg_replication_slots WHERE slot_name = %s", (tight.slot,)) != [("lost",)]


def test_a_slot_lost_while_running_ends_it(collector, tight, sandbox):
    numbers = Numbers(tight)
    one = collector(sinks=[glassflow_sink(sandbox)], source={**tight.source(), "tables": TABLES}, shutdown_timeout="1s").wait_ready()
    sandbox.misbehave(hang_ms=60_000, count=100)
    numbers.add()
    lose(tight)
    assert_refused(one, "is lost: the server has removed WAL that it needs")


# --- nothing happens, or nothing that concerns us ----------------------------------------------------------------------

def test_wal_is_let_go_without_traffic(collector, database, postgres):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    wait_confirmed(one, database, database.wal_position())
    for _ in range(3):  # another database writes
        postgres.execute("CREATE TABLE elsewhere (n int); DROP TABLE elsewhere")
        wait_confirmed(one, database, database.wal_position())
    with database.connect() as connection:  # a table that is filtered out is busy
        connection.execute("CREATE TABLE other (n int)")
        for n in range(500):
            connection.execute("INSERT INTO other VALUES (%s)", (n,))
    wait_confirmed(one, database, database.wal_position())
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, 11))


def test_heartbeats_come_back_and_reach_no_sink(collector, database):
    numbers = Numbers(database)
    one = collector(source={"heartbeat_interval": "100ms"}).wait_ready()

    def has_returned():
        numbers.add(1)  # a commit flushes the WAL that the heartbeat is in; 17 does that by itself
        return one.status()["slot_care"]["heartbeat"] == "returned"

    one.wait_for(has_returned, "a heartbeat came back")
    assert one.status()["slot_care"]["is_stale"] is False
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert {event["_table"] for event in collector.events()} == {"numbers"}
    assert_sound(collector.events(), range(1, numbers.last + 1))


def test_no_heartbeat_unless_asked_for(collector, database):
    one = collector().wait_ready()
    one.wait_for(lambda: one.status()["slot_care"]["is_known"], "the slot is watched")
    assert one.status()["slot_care"]["heartbeat"] == "off"
