"""What is found at a start does not fit what is remembered: refused with the choices, and each choice does what it says."""

import json
import threading

import pytest

from checkpoints import assert_refused, path_of, position, read, run_with, wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, arrived, assert_sound
from services.postgres import make_directory, poll_until


@pytest.fixture
def stopped(collector, database, tmp_path):
    """(collector, numbers): ten numbers were delivered and confirmed, then it was stopped in good order."""
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    deliver(one, database, numbers)
    assert one.stop() == 0
    wait_released(database)
    return one, numbers


def deliver(one, database, numbers, count=10):
    numbers.add(count)
    wait_confirmed(one, database, database.wal_position())


def drop_slot(database):
    database.query("SELECT pg_drop_replication_slot(%s)", (database.slot,))


def slots(database):
    return database.query("SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))[0][0]


# --- the slot is gone, or another one (16) -----------------------------------------------------------------------------

def test_slot_dropped_while_stopped(stopped, collector, database):
    one, numbers = stopped
    drop_slot(database)
    left_out = numbers.add()
    assert_refused(one.start(), "does not exist any more: it was dropped")
    assert_refused(run_with(one, "accept-repeat"), "does not exist any more")
    assert slots(database) == 0, "a slot was made although going on was refused"

    run_with(one, "accept-gap").wait_ready()
    deliver(one, database, numbers)
    assert one.status()["checkpoint"]["gaps"] == 1
    assert one.stop() == 0
    expected = set(range(1, numbers.last + 1)) - set(left_out)
    assert_sound(collector.events(), expected)
    gap, = read(one, database)["gaps"]
    assert "dropped" in gap["reason"]
    assert one.start().wait_ready().stop() == 0  # and it needs no flag any more


def test_slot_made_again_while_stopped(stopped, collector, database):
    one, numbers = stopped
    drop_slot(database)
    left_out = numbers.add()
    database.create_slot()
    assert_refused(one.start(), "it was made again, or moved by somebody else")
    before = database.confirmed_position()
    run_with(one, "fresh").wait_ready()
    deliver(one, database, numbers)
    assert one.stop() == 0
    assert database.confirmed_position() > before
    assert_sound(collector.events(), set(range(1, numbers.last + 1)) - set(left_out))
    assert path_of(one, database).with_name(path_of(one, database).name + ".forgotten").exists()


def drop_under_it(database):
    """Somebody ends the walsender and drops the slot before the collector is back."""
    def dropped():
        with database.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s AND active", (database.slot,))
            try:
                connection.execute("SELECT pg_drop_replication_slot(%s)", (database.slot,))
            except Exception:  # noqa: BLE001 - not released yet, or the collector was faster: again
                return False
        return True

    poll_until(dropped, "the slot to be dropped", interval_s=0.005)


def test_slot_dropped_while_running(collector, database):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    deliver(one, database, numbers)
    drop_under_it(database)
    assert_refused(one, "does not exist any more: it was dropped")
    assert slots(database) == 0


def test_slot_dropped_while_running_is_recreated(collector, database):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES, "on_slot_lost": "recreate"}).wait_ready()
    deliver(one, database, numbers)
    drop_under_it(database)
    poll_until(lambda: slots(database) == 1, "the slot to be made anew")
    one.wait_for(one.is_ready, "it is ready again")
    deliver(one, database, numbers)
    assert one.status()["checkpoint"]["gaps"] == 1
    assert "gap: changes between these positions are not delivered" in one.stderr
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1))


# --- the slot was moved (17) -------------------------------------------------------------------------------------------

def test_slot_advanced_by_hand(stopped, collector, database):
    one, numbers = stopped
    left_out = numbers.add()
    database.query("SELECT pg_replication_slot_advance(%s, pg_current_wal_lsn())", (database.slot,))
    stands = database.confirmed_position()
    assert_refused(one.start(), "delivered only up to", "moved by somebody else")
    assert database.confirmed_position() == stands
    run_with(one, "accept-gap").wait_ready()
    deliver(one, database, numbers)
    assert one.stop() == 0
    assert_sound(collector.events(), set(range(1, numbers.last + 1)) - set(left_out))
    assert [gap["reason"][:4] for gap in read(one, database)["gaps"]] == ["slot"]


def test_a_choice_that_is_not_needed_is_told(stopped, database):
    one, _ = stopped
    run_with(one, "accept-gap").wait_ready()
    assert "--resume was not needed" in one.stderr
    assert one.stop() == 0


def test_an_unknown_choice(stopped):
    one, _ = stopped
    assert run_with(one, "yes").wait(10) == 2
    assert "accept-gap, accept-repeat and fresh" in one.stderr


# --- the checkpoint is damaged (11) ------------------------------------------------------------------------------------

@pytest.mark.parametrize("damage", ["truncated", "empty", "altered", "foreign"])
def test_damaged_checkpoint(stopped, collector, database, damage):
    one, numbers = stopped
    path = path_of(one, database)
    text = path.read_text()
    content = {"truncated": text[: len(text) // 2], "empty": "", "altered": text.replace('"confirmed_lsn": "', '"confirmed_lsn": "F'),
               "foreign": "a poem\n"}[damage]
    path.write_text(content)
    numbers.add()
    assert_refused(one.start(), "cannot be used", str(path))
    assert path.read_text() == content, "it was touched although it was refused"
    run_with(one, "fresh").wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1))


def test_a_disk_that_refuses_holds_back_the_confirmation_alone(collector, database):
    """Read-only or full: delivery goes on, nothing is confirmed that the checkpoint does not know, and it mends itself."""
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    deliver(one, database, numbers)
    blocker = path_of(one, database).with_name(path_of(one, database).name + ".new")
    # A directory in the way is refused to root, too.
    poll_until(lambda: mkdir(blocker), "the file's place to be taken")
    one.wait_for(lambda: add_and_check_failures(one, numbers), "a write fails")
    confirmed, remembered = database.confirmed_position(), position(one, database)
    added = numbers.add()
    one.wait_for(lambda: set(added) <= set(arrived(collector.events())), "delivery goes on")
    assert database.confirmed_position() == confirmed <= remembered == position(one, database)
    assert "checkpoint could not be written" in one.stderr
    blocker.rmdir()
    wait_confirmed(one, database, database.wal_position())
    assert one.status()["checkpoint"]["last_error"] == ""
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1))


def mkdir(path):
    try:
        path.mkdir()
    except FileExistsError:
        return False
    return True


def add_and_check_failures(one, numbers):
    numbers.add(1)
    return one.status()["checkpoint"]["failures"] > 0


def test_ending_with_an_unwritten_checkpoint_is_told(collector, database):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}, shutdown_timeout="1s").wait_ready()
    deliver(one, database, numbers)
    blocker = path_of(one, database).with_name(path_of(one, database).name + ".new")
    poll_until(lambda: mkdir(blocker), "the file's place to be taken")
    one.wait_for(lambda: add_and_check_failures(one, numbers), "a write fails")
    assert one.stop() == 1
    assert "could not be confirmed" in one.stderr
    blocker.rmdir()
    assert one.start().wait_ready().stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=numbers.last)


# --- the order of checkpoint and server --------------------------------------------------------------------------------

def test_the_server_never_knows_more_than_the_checkpoint(collector, database):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    database_ended = threading.Event()

    def load():
        while not database_ended.is_set():
            numbers.add(20)

    writer = threading.Thread(target=load)
    writer.start()
    try:
        moves = set()
        while len(moves) < 30:
            confirmed = database.confirmed_position()
            remembered = position(one, database)
            assert remembered >= confirmed, f"the server was told {confirmed}, the checkpoint has {remembered}"
            moves.add(confirmed)
            assert one.is_running()
    finally:
        database_ended.set()
        writer.join(30)
    assert one.stop() == 0
    assert position(one, database) == database.confirmed_position()


def test_a_crash_of_the_server_repeats_nothing_that_the_checkpoint_has(cluster_factory, database_in, collector):
    """A backend is killed: the server recovers, and its slot is back where it was saved last. The postmaster lives on, so
    that the positions are proven to be of one history."""
    database = database_in(cluster_factory(durable=True))
    numbers = Numbers(database)
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    deliver(one, database, numbers, 50)
    one.kill()
    wait_released(database)
    remembered = position(one, database)
    crash(database)
    assert database.confirmed_position() < remembered, "the slot was not set back: this test proves nothing"
    numbers.add()
    one.drain()
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=0)


def crash(database):
    import os
    import signal

    with database.connect() as connection:
        os.kill(connection.info.backend_pid, signal.SIGKILL)
        try:
            connection.execute("SELECT 1")
        except Exception:  # noqa: BLE001 - that is what it was killed for
            pass

    def is_back():
        try:
            return database.query("SELECT NOT pg_is_in_recovery()")[0][0]
        except Exception:  # noqa: BLE001 - recovering
            return False

    poll_until(is_back, "the server to recover", 60)


# --- another server, or another history --------------------------------------------------------------------------------

@pytest.fixture
def snapshot(cluster_factory, database_in, collector):
    """(collector, numbers, database, copy): a copy of the disk after ten numbers, twenty were delivered, the original is gone."""
    copies = []
    cluster = cluster_factory(durable=True)
    database = database_in(cluster)
    numbers = Numbers(database)
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    deliver(one, database, numbers)
    assert one.stop() == 0
    cluster.stop("fast")
    copies.append(cluster.copy(make_directory("glassflow-pg-")))
    cluster.start()
    one.configuration["source"]["port"] = cluster.port  # it may have moved
    one.start().wait_ready()
    deliver(one, database, numbers)
    assert one.stop() == 0
    cluster.stop("fast")
    yield one, numbers, database, copies[0]
    for copy in copies:
        copy.remove()


def point_at(one, database, cluster):
    database.cluster = cluster
    one.configuration["source"].update(host=str(cluster.sockets), port=cluster.port)
    one.configuration_path.write_text(json.dumps(one.configuration))


def test_a_server_restored_from_an_earlier_disk(snapshot, collector):
    one, numbers, database, copy = snapshot
    copy.start()
    point_at(one, database, copy)
    assert_refused(one.start(), "it was restored from an earlier state")
    assert_refused(run_with(one, "accept-gap"), "it was restored from an earlier state")
    numbers.last = 100
    added = numbers.add(5)
    run_with(one, "accept-repeat").wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), [*range(1, 21), *added], duplicates_max=20)


def test_a_restored_server_that_has_written_past_the_checkpoint_loses_nothing(snapshot, collector):
    """Nothing tells it from a restarted one. So nothing is skipped by position, and what is new arrives."""
    one, numbers, database, copy = snapshot
    copy.start()
    point_at(one, database, copy)
    remembered = position(one, database)
    numbers.last = 100
    added = [*numbers.add(5)]
    while database.wal_position() <= remembered + 1_000_000:
        database.query("SELECT pg_switch_wal()")
        added += numbers.add(1)
    one.start().wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), [*range(1, 21), *added], duplicates_max=20)


def test_another_system(snapshot, cluster_factory, database_in):
    one, _, database, _ = snapshot
    other = database_in(cluster_factory())
    from psycopg import sql
    other.cluster.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(other.name), sql.Identifier(database.name)))
    point_at(one, database, other.cluster)
    database.create_slot()
    assert_refused(one.start(), "is another one (system ")


def promoted(copy):
    (copy.data / "standby.signal").touch()
    copy.start()
    copy.query("SELECT pg_promote()")
    poll_until(lambda: not copy.query("SELECT pg_is_in_recovery()")[0][0], "the promotion")


def test_failover_to_a_server_that_was_behind(snapshot, collector):
    one, numbers, database, copy = snapshot
    promoted(copy)
    point_at(one, database, copy)
    assert_refused(one.start(), "the server is on timeline 2", "which this server left at")
    numbers.last = 100
    added = numbers.add(5)
    run_with(one, "accept-repeat").wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), [*range(1, 21), *added], duplicates_max=20)
    assert read(one, database)["timeline"] == 2


def test_failover_to_a_server_with_the_slot_goes_on_by_itself(cluster_factory, database_in, collector):
    """Two hosts are named; the primary dies and a standby that has everything, slot included, is promoted."""
    first = cluster_factory(durable=True)
    database = database_in(first)
    numbers = Numbers(database)
    from services.postgres import free_port
    later = free_port()
    one = collector(source={**database.source(), "tables": TABLES, "host": [f"127.0.0.1:{first.port}", f"127.0.0.1:{later}"]}).wait_ready()
    deliver(one, database, numbers)
    first.stop("fast")
    second = first.copy(make_directory("glassflow-pg-"))
    second.port = later
    try:
        promoted(second)
        database.cluster = second
        numbers.add()
        one.wait_for(one.is_ready, "it is ready again", 60)
        wait_confirmed(one, database, database.wal_position())
        assert "delivery begins again" in one.stderr
        assert one.stop() == 0
        assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=10)
    finally:
        second.remove()
