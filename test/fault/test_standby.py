"""A second collector on the slot waits, says so, and takes over when the first one dies, however it dies."""

import signal
import time

import pytest

from checkpoints import assert_refused, wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, assert_sound
from services.collector import file_sink, glassflow_sink, read_events
from services.postgres import poll_until

TAKEOVER_S = 5


def is_standby(one):
    code, text = one.admin("/readyz")
    return code == 503 and "standby: the slot is in use by" in text and one.status()["is_standby"]


def await_standby(one):
    one.wait_for(lambda: is_standby(one), "it stands by")
    return one


def assert_took_over(one, since):
    one.wait_for(one.is_ready, "it has taken over")
    took = time.monotonic() - since
    assert took < TAKEOVER_S, f"took over after {took:.1f} s"


@pytest.mark.parametrize("death", ["SIGKILL", "SIGTERM"])
def test_takeover_on_another_host(collector, database, sandbox, death):
    """Each has a state directory of its own, so the second one's checkpoint is none, or far behind."""
    numbers = Numbers(database)
    make = lambda: collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source={"tables": TABLES}, start=False)  # noqa: E731
    first, second = make(), make()
    first.start().wait_ready()
    await_standby(second.start())
    numbers.add()
    wait_confirmed(first, database, database.wal_position())
    time_of_death = time.monotonic()
    first.kill() if death == "SIGKILL" else first.stop()
    numbers.add()
    assert_took_over(second, time_of_death)
    wait_confirmed(second, database, database.wal_position())

    # And back: the first one's checkpoint is older than the slot by now, which is no gap.
    await_standby(first.start())
    time_of_death = time.monotonic()
    second.kill()
    numbers.add()
    assert_took_over(first, time_of_death)
    wait_confirmed(first, database, database.wal_position())
    assert first.status()["checkpoint"]["gaps"] == 0
    assert "delivered the rest" in first.stderr
    assert first.stop() == 0
    assert_sound(sandbox.events(), range(1, numbers.last + 1), duplicates_max=10)
    assert second.stderr.count("standing by") == 1, "it says so once"


def test_takeover_under_load(collector, database, sandbox):
    from workload import TABLES as ITEMS, Load, Verdict, committed_changes, insert_hot_rows, prepare

    prepare(database)
    pair = [collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source={"tables": ITEMS}, start=False) for _ in range(2)]
    pair[0].start().wait_ready()
    insert_hot_rows(database)
    with Load(database, seed=5):
        for turn in range(4):
            running, waiting = pair[turn % 2], pair[1 - turn % 2]
            await_standby(waiting.start())
            wanted = sandbox.stats()["accepted"] + 300
            running.wait_for(lambda: sandbox.stats()["accepted"] >= wanted, "events are accepted")
            time_of_death = time.monotonic()
            running.kill()
            assert_took_over(waiting, time_of_death)
        end = database.wal_position()
    wait_confirmed(pair[0], database, max(end, database.wal_position()))
    assert pair[0].stop() == 0
    Verdict("glassflow", sandbox.events(), committed_changes(database)).assert_sound()


def test_takeover_on_one_host_with_one_file(collector, database, tmp_path):
    """State directory and file are shared and locked: the second waits for both instead of giving up."""
    numbers = Numbers(database)
    shared = {"sinks": [file_sink(tmp_path / "events.jsonl")], "state_directory": str(tmp_path / "state"), "source": {"tables": TABLES}}
    first = collector(**shared).wait_ready()
    second = await_standby(collector(**shared))
    numbers.add()
    wait_confirmed(first, database, database.wal_position())
    time_of_death = time.monotonic()
    first.kill()
    assert_took_over(second, time_of_death)
    numbers.add()
    wait_confirmed(second, database, database.wal_position())
    assert second.stop() == 0
    assert_sound(read_events(tmp_path / "events.jsonl"), range(1, numbers.last + 1), duplicates_max=10)


def test_a_file_that_the_other_one_has_is_waited_for(collector, database, tmp_path):
    """The first one is frozen and has lost the slot, but still holds the file."""
    numbers = Numbers(database)
    first = collector(source={"tables": TABLES}).wait_ready()
    second = await_standby(collector(source={"tables": TABLES}))
    numbers.add()
    wait_confirmed(first, database, database.wal_position())
    first.process.send_signal(signal.SIGSTOP)
    end_walsender(database)
    second.wait_for(lambda: "is being written by another collector" in second.status()["standby_reason"], "it waits for the file")
    time_of_death = time.monotonic()
    first.process.kill()
    assert_took_over(second, time_of_death)
    numbers.add()
    wait_confirmed(second, database, database.wal_position())
    assert second.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=10)


def end_walsender(database):
    database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))


def test_one_that_was_cut_off_while_another_took_over_becomes_the_standby(collector, database, sandbox):
    numbers = Numbers(database)
    make = lambda: collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source={"tables": TABLES})  # noqa: E731
    first = make().wait_ready()
    second = await_standby(make())
    numbers.add()
    wait_confirmed(first, database, database.wal_position())
    first.process.send_signal(signal.SIGSTOP)
    end_walsender(database)
    second.wait_for(second.is_ready, "it has taken over")
    numbers.add()
    wait_confirmed(second, database, database.wal_position())
    first.process.send_signal(signal.SIGCONT)
    await_standby(first)
    second.kill()
    first.wait_for(first.is_ready, "it has taken over")
    numbers.add()
    wait_confirmed(first, database, database.wal_position())
    assert first.stop() == 0
    assert_sound(sandbox.events(), range(1, numbers.last + 1), duplicates_max=10)


def test_a_standby_ends_when_told(collector, database, sandbox):
    first = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)]).wait_ready()
    second = await_standby(collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)]))
    assert second.stop(5) == 0
    assert first.is_ready()


def test_what_another_program_read_is_no_takeover(collector, database, sandbox):
    """A stranger has the slot, moves it and goes: that is a gap, however long we stood by."""
    numbers = Numbers(database)
    one = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source={"tables": TABLES}).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    wait_released(database)
    import subprocess
    cluster = database.cluster
    stranger = subprocess.Popen([cluster.install.bindir / "pg_recvlogical", "-h", cluster.sockets, "-p", str(cluster.port), "-U", "postgres",
                                 "-d", database.name, "-S", database.slot, "--start", "-f", "/dev/null", "-F", "1", "-s", "1"])
    try:
        poll_until(lambda: database.query("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))[0][0], "the stranger")
        await_standby(one.start())
        numbers.add()
        wanted = database.wal_position()
        one.wait_for(lambda: database.confirmed_position() >= wanted, "the stranger has read it")
    finally:
        stranger.terminate()
        stranger.wait(20)
    assert_refused(one, "moved by somebody else")
