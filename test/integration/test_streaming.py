"""Transactions in progress: with `source.streaming` the server sends them before they commit, and the collector keeps them until then.

logical_decoding_work_mem is 64 kB, and the collector's memory small, so that nearly all of it goes through the spool. Five million
rows in `make test-soak`.
"""

import concurrent.futures
import json
import os
import pathlib
import time

import pytest

from services.postgres import poll_until

SOAK = os.environ.get("GLASSFLOW_SOAK") == "1"
ROWS = 5_000_000 if SOAK else 60_000
SUBTRANSACTIONS = 1000
ROWS_PER_SUBTRANSACTION = ROWS // SUBTRANSACTIONS
LONG_S = 1800 if SOAK else 120
MEMORY_LIMIT_MIB = 8
RSS_KIB_MAX = 96 * 1024
WALSENDER_KIB_MAX = 32 * 1024  # its own memory, shared buffers not counted


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


def memory_kib(pid, field):
    return int(next(line.split()[1] for line in open(f"/proc/{pid}/status") if line.startswith(f"{field}:")))


def walsender_pid(database):
    return database.query("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))[0][0]


def lines_in(path):
    """Event by event: five million of them are more than memory should hold."""
    with open(path) as lines:
        for line in lines:
            if line.endswith("\n"):
                yield json.loads(line)


def position(event):
    """Of an `_event_id`, as numbers that compare."""
    lsn, index = event["_event_id"].split("-")
    return *(int(half, 16) for half in lsn.split("/")), int(index)


def wait_confirmed(one, database):
    end = database.wal_position()
    one.wait_for(lambda: (database.confirmed_position() or 0) >= end, "it is delivered and confirmed", LONG_S)


def spool_bytes(one):
    """Of the files without a name that the collector has open."""
    total = 0
    for link in pathlib.Path(f"/proc/{one.process.pid}/fd").iterdir():
        try:
            total += link.stat().st_size if "(deleted)" in os.readlink(link) else 0
        except FileNotFoundError:
            pass
    return total


def test_it_arrives_before_it_commits_and_is_delivered_then(streaming, start, tmp_path):
    one = start()
    path = tmp_path / "events.jsonl"
    walsender = walsender_pid(streaming)
    walsender_peak_kib = 0

    def has_received(size):
        nonlocal walsender_peak_kib
        walsender_peak_kib = max(walsender_peak_kib, memory_kib(walsender, "RssAnon"))
        return received_bytes(one) > size

    with streaming.connect() as connection, concurrent.futures.ThreadPoolExecutor() as threads:
        connection.execute("BEGIN")
        begun = time.monotonic()
        insert = threads.submit(connection.execute, "INSERT INTO numbers SELECT i, repeat('x', 100) FROM generate_series(1, %s) i", (ROWS,))
        poll_until(lambda: has_received(100_000), "its first rows", LONG_S)
        first_arrived = time.monotonic()
        poll_until(lambda: has_received(0) and insert.done(), "it is written", LONG_S)
        insert.result()
        written = time.monotonic()
        # another one is delivered and confirmed meanwhile
        streaming.execute("INSERT INTO numbers VALUES (0, 'between')")
        poll_until(lambda: has_received(ROWS * 100), "the transaction in progress has arrived", LONG_S)
        poll_until(lambda: [int(event["data"]["id"]) for event in lines_in(path)] == [0], "the other one is delivered, and nothing else")
        spooled = spool_bytes(one)
        assert spooled > ROWS * 100 - (MEMORY_LIMIT_MIB << 20) / 4
        connection.execute("COMMIT")
        committed = time.monotonic()
    wait_confirmed(one, streaming)
    delivered = time.monotonic()
    events = lines_in(path)
    assert next(events)["data"]["id"] == "0"
    last = (0, 0, 0)
    for number in range(1, ROWS + 1):
        event = next(events)
        assert int(event["data"]["id"]) == number
        assert position(event) > last, "an id comes again"
        last = position(event)
    assert next(events, None) is None
    poll_until(lambda: spool_bytes(one) == 0, "the spool is let go")
    print(f"{ROWS} rows, written in {written - begun:.1f} s: the first came {first_arrived - begun:.1f} s after the first write, {committed - first_arrived:.1f} s before the "
          f"commit, all were delivered {delivered - committed:.1f} s after it; spool {spooled} bytes; at most {one.peak_kib()} KiB of the collector, "
          f"{walsender_peak_kib} KiB of the walsender's own")
    assert one.peak_kib() < RSS_KIB_MAX
    assert walsender_peak_kib < WALSENDER_KIB_MAX
    one.stop()


def test_half_of_a_thousand_subtransactions_is_taken_back(streaming, start, tmp_path):
    one = start()
    path = tmp_path / "events.jsonl"
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
                kept.append(range(first, first + ROWS_PER_SUBTRANSACTION))
            connection.execute("RELEASE SAVEPOINT s")
        poll_until(lambda: received_bytes(one) > 1_000_000, "it arrives while it is in progress")
        received = received_bytes(one)
        assert next(lines_in(path), None) is None
        connection.execute("COMMIT")
    wait_confirmed(one, streaming)
    events = lines_in(path)
    for numbers in kept:
        for number in numbers:
            assert int(next(events)["data"]["id"]) == number
    assert next(events, None) is None
    print(f"{SUBTRANSACTIONS} subtransactions of {ROWS_PER_SUBTRANSACTION} rows: {received} bytes before the commit, "
          f"{sum(map(len, kept))} rows delivered; at most {one.peak_kib()} KiB of the collector")
    assert one.peak_kib() < RSS_KIB_MAX
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
