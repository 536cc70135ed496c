"""Signals, ended walsenders, a plugin that is taken off the list: what was delivered stays delivered, and it goes on."""

import os
import signal
import threading

import pytest

from checkpoints import position, wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, arrived, assert_sound

# Terminations under load; in make test-soak every 200 ms for a minute.
TERMINATIONS, PAUSE_S = (300, 0.2) if os.environ.get("GLASSFLOW_SOAK") == "1" else (20, 0)


def test_sigterm_confirms_what_was_delivered(collector, database):
    """Reports are rare, so that what SIGTERM does not flush is not there."""
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES, "status_interval": "1m"}).wait_ready()
    for _ in range(5):
        numbers.add(20)
        one.wait_for(lambda: numbers.last in arrived(collector.events()), "the last one has arrived")
        end = last_commit_end(database)
        assert one.stop(10) == 0
        assert database.confirmed_position() >= end, "delivered, and not confirmed at the end"
        assert position(one, database) == database.confirmed_position()
        one.start().wait_ready()
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=0)


def last_commit_end(database):
    # Nothing but our commits writes here meanwhile; records after the last one are none of theirs.
    return int(database.query("SELECT pg_current_wal_flush_lsn() - '0/0'")[0][0]) - 8192


def test_frozen_for_longer_than_the_server_waits(cluster_factory, database_in, collector):
    database = database_in(cluster_factory({"wal_sender_timeout": "1s"}))
    numbers = Numbers(database)
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    one.process.send_signal(signal.SIGSTOP)
    try:
        numbers.add()
        wait_released(database)
    finally:
        one.process.send_signal(signal.SIGCONT)
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    assert one.status()["reconnects"] >= 1
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=0)


def test_walsenders_are_ended_under_load(collector, database):
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES, "reconnect_initial": "10ms", "reconnect_max": "100ms"}).wait_ready()
    ended = threading.Event()

    def load():
        while not ended.is_set():
            numbers.add(50)

    writer = threading.Thread(target=load)
    writer.start()
    try:
        for turn in range(1, TERMINATIONS + 1):
            ended.wait(PAUSE_S)
            database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s AND active", (database.slot,))
            one.wait_for(lambda: one.status()["reconnects"] >= turn // 2, "it connects again")
            one.wait_for(one.is_ready, "it is ready again")
    finally:
        ended.set()
        writer.join(30)
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=0)


def test_plugin_taken_off_the_list_while_streaming(cluster_factory, database_in, collector):
    cluster = cluster_factory()
    if not cluster.install.knows_allow_list:
        pytest.skip("this minor release has no output_plugin_libraries")
    database = database_in(cluster)
    numbers = Numbers(database)
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    cluster.configure({"output_plugin_libraries": "pgoutput, test_decoding"})
    cluster.reload()
    numbers.add()  # who is in stays in
    wait_confirmed(one, database, database.wal_position())
    database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))
    assert one.wait(30) == 1
    assert "ALTER SYSTEM SET output_plugin_libraries" in one.stderr
    numbers.add()
    cluster.configure({"output_plugin_libraries": "pgoutput, test_decoding, glassflow"})
    cluster.reload()
    one.start().wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=0)
