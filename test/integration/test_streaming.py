"""Transactions in progress: with `source.streaming` the server sends them before they commit, and the collector keeps them until then.

logical_decoding_work_mem is 64 kB, and the collector's memory small, so that nearly all of it goes through the spool. Five million
rows in `make test-soak`.
"""

import os
import pathlib

import pytest

from services.postgres import poll_until

SOAK = os.environ.get("GLASSFLOW_SOAK") == "1"
ROWS = 5_000_000 if SOAK else 60_000
SUBTRANSACTIONS = 1000
ROWS_PER_SUBTRANSACTION = 40
LONG_S = 1800 if SOAK else 120
MEMORY_LIMIT_MIB = 8
RSS_KIB_MAX = 96 * 1024


@pytest.fixture
def streaming(database, needs_server):
    needs_server(14, "streaming of transactions in progress")
    database.execute("CREATE TABLE numbers (id bigint PRIMARY KEY, filler text)")
    database.execute(f"ALTER DATABASE {database.name} SET logical_decoding_work_mem = '64kB'")
    database.create_slot()
    return database


@pytest.fixture
def start(streaming, collector):
    def started(**settings):
        source = {"streaming": True, **settings.pop("source", {})}
        return collector(source=source, memory_limit=f"{MEMORY_LIMIT_MIB}MiB", **settings).wait_ready()

    return started


def ids(events):
    return [int(event["data"]["id"]) for event in events if event["_op"] == "c"]


def confirmed(database):
    return database.query("SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))[0][0]


def streamed_count(database):
    return database.query("SELECT stream_count FROM pg_stat_replication_slots WHERE slot_name = %s", (database.slot,))[0][0]


def received_bytes(one):
    return one.status()["received_bytes"]


def peak_kib(one):
    return int(next(line.split()[1] for line in open(f"/proc/{one.process.pid}/status") if line.startswith("VmHWM")))


def spool_bytes(one):
    """Of the files without a name that the collector has open."""
    total = 0
    for link in pathlib.Path(f"/proc/{one.process.pid}/fd").iterdir():
        try:
            total += link.stat().st_size if "(deleted)" in os.readlink(link) else 0
        except FileNotFoundError:
            pass
    return total


def test_it_arrives_before_it_commits_and_is_delivered_then(streaming, start, collector):
    one = start()
    with streaming.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO numbers SELECT i, repeat('x', 100) FROM generate_series(1, %s) i", (ROWS,))
        before_commit = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
        # another one is delivered and confirmed meanwhile
        streaming.execute("INSERT INTO numbers VALUES (0, 'between')")
        poll_until(lambda: received_bytes(one) > ROWS * 100, "the transaction in progress has arrived", LONG_S)
        poll_until(lambda: ids(collector.events()) == [0], "the other one is delivered, and nothing else")
        assert spool_bytes(one) > ROWS * 100 - (MEMORY_LIMIT_MIB << 20) / 4
        connection.execute("COMMIT")
    expected = [0, *range(1, ROWS + 1)]
    poll_until(lambda: len(collector.events()) >= len(expected), "everything is delivered", LONG_S)
    events = collector.events()
    assert ids(events) == expected
    assert len({event["_event_id"] for event in events}) == len(events)
    poll_until(lambda: spool_bytes(one) == 0, "the spool is let go")
    assert peak_kib(one) < RSS_KIB_MAX
    poll_until(lambda: streaming.query("SELECT %s::pg_lsn < confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = %s",
                                       (before_commit, streaming.slot)) == [(True,)], "it is confirmed")
    one.stop()


def test_half_of_a_thousand_subtransactions_is_taken_back(streaming, start, collector):
    one = start()
    kept = []
    with streaming.connect() as connection:
        connection.execute("BEGIN")
        for number in range(SUBTRANSACTIONS):
            first = number * ROWS_PER_SUBTRANSACTION
            connection.execute("SAVEPOINT s")
            connection.execute("INSERT INTO numbers SELECT i, repeat('x', 100) FROM generate_series(%s::int, %s) i",
                               (first, first + ROWS_PER_SUBTRANSACTION - 1))
            if number % 2 == 0:
                connection.execute("ROLLBACK TO SAVEPOINT s")
            else:
                kept += range(first, first + ROWS_PER_SUBTRANSACTION)
            connection.execute("RELEASE SAVEPOINT s")
        poll_until(lambda: received_bytes(one) > 1_000_000, "it arrives while it is in progress")
        assert collector.events() == []
        connection.execute("COMMIT")
    poll_until(lambda: len(collector.events()) >= len(kept), "the other half is delivered", LONG_S)
    assert ids(collector.events()) == kept
    one.stop()


def test_all_of_it_is_taken_back(streaming, start, collector):
    one = start()
    with streaming.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO numbers SELECT i, repeat('x', 100) FROM generate_series(1, 60000) i")
        poll_until(lambda: spool_bytes(one) > 1_000_000, "it is kept")
        connection.execute("ROLLBACK")
    streaming.execute("INSERT INTO numbers VALUES (0, 'after it')")
    poll_until(lambda: ids(collector.events()) == [0], "what comes after it is delivered")
    poll_until(lambda: spool_bytes(one) == 0, "what was kept is let go")
    one.stop()


def test_a_kill_while_it_is_in_progress_and_one_while_it_is_delivered(streaming, start, collector):
    rows = 60_000
    one = start()
    with streaming.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("INSERT INTO numbers SELECT i, repeat('x', 100) FROM generate_series(1, %s) i", (rows,))
        poll_until(lambda: spool_bytes(one) > 1_000_000, "it is kept")
        one.kill()
        one = start()
        connection.execute("UPDATE numbers SET filler = 'changed' WHERE id = 1")
        poll_until(lambda: received_bytes(one) > rows * 100, "it has come again from its beginning", LONG_S)
        assert collector.events() == []
        connection.execute("COMMIT")
    poll_until(lambda: len(collector.events()) > 0, "delivery has begun", LONG_S)
    one.kill()
    one = start()
    poll_until(lambda: any(event["_op"] == "u" for event in collector.events()), "all of it is delivered", LONG_S)
    events = {event["_event_id"]: event for event in collector.events()}  # what was not confirmed came twice
    assert sorted(ids(events.values())) == list(range(1, rows + 1))
    first_seen = list(dict.fromkeys(ids(collector.events())))
    assert first_seen == list(range(1, rows + 1))
    one.stop()


def test_what_the_disk_has_no_room_for_is_asked_for_when_committed(streaming, start, collector):
    one = start(source={"streaming_disk_limit": "1MiB"})
    streaming.execute("INSERT INTO numbers SELECT i, repeat('x', 1000) FROM generate_series(1, 16000) i")
    streaming.execute("INSERT INTO numbers VALUES (0, 'after it')")
    poll_until(lambda: len(collector.events()) >= 16001, "everything has arrived", LONG_S)
    assert "transactions in progress are not asked for any more" in one.stderr
    assert "source.streaming_disk_limit" in one.stderr
    assert ids(collector.events()) == [*range(1, 16001), 0]
    one.stop()
