"""The disk of the collector is full, read-only or broken: what could not be written or synced does not count as kept.

A sink's file, the checkpoint and the dead letters each hold back the confirmation until they are on disk, and go on by
themselves when the disk does.
"""

import errno

import pytest

from checkpoints import position, wait_confirmed
from failing_calls import FailingCalls
from numbers_table import TABLES, Numbers, arrived, assert_sound
from services.collector import glassflow_sink


@pytest.fixture
def disk(tmp_path):
    return FailingCalls(tmp_path)


def retries(one):
    return one.status()["sinks"][0]["retries"]


@pytest.mark.parametrize("call, error", [("fsync", errno.EIO), ("write", errno.ENOSPC), ("write", errno.EROFS)], ids=["sync fails", "disk full", "read-only"])
def test_a_file_that_is_not_on_disk_is_not_delivered(collector, database, disk, call, error):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}, environment=disk.environment).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    confirmed = database.confirmed_position()
    disk.begin(call, error, "events.jsonl")
    before = database.wal_position()
    numbers.add()
    one.wait_for(lambda: retries(one) >= 3, "it was tried several times")
    assert one.status()["sinks"][0]["delivered_events"] == 10
    assert confirmed <= database.confirmed_position() <= before, "confirmed what is not on disk"
    disk.end()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=0)


@pytest.mark.parametrize("call, error", [("fsync", errno.EIO), ("write", errno.ENOSPC)], ids=["sync fails", "disk full"])
def test_a_checkpoint_that_is_not_on_disk_is_not_told_to_the_server(collector, database, disk, call, error):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}, environment=disk.environment).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    disk.begin(call, error, "checkpoint-")
    one.wait_for(lambda: numbers.add(1) and one.status()["checkpoint"]["failures"] >= 2, "writes of it fail")
    confirmed, remembered = database.confirmed_position(), position(one, database)
    added = numbers.add()
    one.wait_for(lambda: set(added) <= set(arrived(collector.events())), "delivery goes on")
    failures = one.status()["checkpoint"]["failures"]
    one.wait_for(lambda: one.status()["checkpoint"]["failures"] > failures, "one more write of it fails")
    assert database.confirmed_position() == confirmed <= remembered == position(one, database)
    one.kill()
    disk.end()
    numbers.add(5)
    one.drain()
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=numbers.last - 10)


def test_a_refused_row_whose_dead_letter_is_not_on_disk_is_not_confirmed(collector, database, sandbox, disk, tmp_path):
    numbers = Numbers(database)
    state = tmp_path / "state"
    one = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source={"tables": TABLES}, state_directory=str(state),
                    environment=disk.environment).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    disk.begin("fsync", errno.EIO, "dead-letters")
    sandbox.misbehave(status=422, count=1)
    before = database.wal_position()
    numbers.add(1)
    assert one.wait(60) == 1, one.tail()
    assert "a refused event could not be put into the dead letter store" in one.stderr
    assert database.confirmed_position() <= before, "confirmed a row that is neither delivered nor kept"
    disk.end()
    one.start().wait_ready()
    numbers.add(5)
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    # The API is of another mind the second time.
    assert_sound(sandbox.events(), range(1, numbers.last + 1), duplicates_max=0)
