"""A destination that is slower than the source, for as long as one likes: memory stays within its limit, nothing is lost.

There is no spool: what is not delivered stays in the server's WAL, and slot care (test_slot_loss.py) says when that ends.
Seconds in `make test`; half an hour in `make test-soak`.
"""

import itertools
import os
import time

from checkpoints import wait_confirmed
from numbers_table import TABLES, Numbers, assert_sound
from services.collector import file_sink, glassflow_sink

SLOW_S = 1800 if os.environ.get("GLASSFLOW_SOAK") == "1" else 6
ROWS = 8_000
LIMIT_BYTES = 8 << 20
SMALL_ROWS = 900_000  # more than the queue takes, three times
DEFAULT_LIMIT_BYTES = 64 << 20
RSS_KIB_MAX = 88 * 1024
FRAME_BYTES = 64 << 10  # a queue that has room takes one frame more, whatever its size


def memory_kib(one, field="VmRSS"):
    return int(next(line.split()[1] for line in open(f"/proc/{one.process.pid}/status") if line.startswith(field)))


def count_lines(file, most):
    return sum(1 for _ in itertools.islice(file, most))


def test_memory_stays_within_the_limit_and_nothing_is_confirmed_early(collector, database, sandbox):
    numbers = Numbers(database)
    database.execute("ALTER TABLE numbers ADD COLUMN note text")
    source = {"tables": TABLES, "slot_watch_interval": "100ms"}
    one = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source=source, memory_limit="8MiB").wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    idle_kib = memory_kib(one)
    sandbox.misbehave(hang_ms=100, count=-1)
    with database.connect() as connection:
        connection.execute("INSERT INTO numbers SELECT n, repeat('x', 2000) FROM generate_series(11, %s) n", (10 + ROWS,))
        committed = int(connection.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()[0])
    accepted = sandbox.stats()["accepted"]
    until, samples = time.monotonic() + SLOW_S, []

    def sample():
        status = one.status()
        samples.append((memory_kib(one), status["queue_bytes"], status["slot_care"]["retained_wal_bytes"]))
        return time.monotonic() > until and sandbox.stats()["accepted"] > accepted + 20

    one.wait_for(sample, "it was slow for long enough", SLOW_S + 60)
    peak_kib = max(memory for memory, *_ in samples)
    print(f"{idle_kib} KiB idle, {peak_kib} KiB at most in {SLOW_S} s behind {ROWS} rows of 2 kB")
    assert max(queue for _, queue, _ in samples) <= LIMIT_BYTES + FRAME_BYTES, "the queues hold more than memory_limit"
    assert max(queue for _, queue, _ in samples) > LIMIT_BYTES // 4, "the queues were never full: this test proves nothing"
    assert peak_kib - idle_kib < 3 * LIMIT_BYTES // 1024, f"memory grew from {idle_kib} to {peak_kib} KiB"
    assert samples[-1][2] > ROWS * 100, "nobody is told how much WAL is kept"
    assert database.confirmed_position() < committed, "half a transaction was confirmed"
    assert one.status()["reconnects"] == 0, "the server lost patience with us"

    sandbox.misbehave(hang_ms=1, count=0)
    end = database.wal_position()
    one.wait_for(lambda: database.confirmed_position() >= end, "everything is confirmed", 240)
    assert one.stop() == 0
    assert_sound(sandbox.events(), range(1, ROWS + 11), duplicates_max=0)



def test_a_queue_that_is_full_of_small_rows_is_no_more_than_the_limit(collector, database):
    """With the defaults, and standard output that nobody reads for a while: what a payload needs beside its text counts, too."""
    database.execute("CREATE TABLE small (id integer PRIMARY KEY)")
    one = collector(sinks=[file_sink("-")], start=False)
    os.mkfifo(one.directory / "pipe")
    one.stdout_path = one.directory / "pipe"
    with open(os.open(one.stdout_path, os.O_RDONLY | os.O_NONBLOCK), "rb") as pipe:
        one.start().wait_ready()
        os.set_blocking(pipe.fileno(), True)
        database.execute("INSERT INTO small SELECT generate_series(1, %s)", (SMALL_ROWS,))
        sizes = [-1]

        def is_full():
            sizes.append(one.status()["queue_bytes"])
            time.sleep(0.1)  # two looks that differ in nothing tell that it stands still
            return sizes[-1] > DEFAULT_LIMIT_BYTES // 2 and sizes[-1] == sizes[-2]

        lines = 0
        for _ in range(3):
            one.wait_for(is_full, "the queue is full", 60)
            lines += count_lines(pipe, SMALL_ROWS // 3)
        peak_kib = memory_kib(one, "VmHWM")
        print(f"{peak_kib} KiB at most, {max(sizes)} bytes queued")
        assert peak_kib < RSS_KIB_MAX
        lines += count_lines(pipe, SMALL_ROWS - lines)
        assert lines == SMALL_ROWS
        assert one.stop() == 0
