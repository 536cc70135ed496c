"""Part `latency`: from the commit of a transaction of one row to its line in the file, at 2 000 transactions a second.

pgbench commits at random times at that rate; a reader looks at the file all the time and notes when each line is there.
The commit time is the server's, in the event; one clock serves all of them.
"""

import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import time

from benchmark.drains import source_settings
from benchmark.process import Watch
from benchmark.report import MIB, print_table
from benchmark.source import SLOT, slot_pid
from benchmark.workloads import ORDERS, ORDERS_ROW
from services.collector import Collector, file_sink
from services.postgres import PG_CONFIG, PostgresError, poll_until

TRANSACTIONS_PER_S = 2000
DURATION_S = 20
CLIENTS = 4
LOOK_INTERVAL_S = 0.0002
QUIET_S = 20.0  # without a line before it is given up
P50_TARGET_MS, P99_TARGET_MS, MEMORY_TARGET_MIB = 3, 15, 96


class LineClock:
    """Notes for each line of a growing file when it was first seen."""

    def __init__(self, path):
        self._path = path
        self._file = None
        self._rest = b""
        self.lines = []  # (time of day in s, text)

    def look(self):
        if self._file is None:
            if not self._path.exists():
                return False
            self._file = open(self._path, "rb", buffering=0)
        read = self._file.read(1 << 20)
        if not read:
            return False
        now = time.time()
        whole = (self._rest + read).split(b"\n")
        self._rest = whole.pop()
        self.lines += [(now, line) for line in whole]
        return bool(whole)


def commit_time_s(line):
    return datetime.datetime.fromisoformat(json.loads(line)["_commit_ts"]).timestamp()


def write_script(directory):
    statement = ORDERS_ROW.format(first=":n", last=":n").replace("\n", " ").strip()
    path = directory / "insert.sql"
    # The primary key is left to the sequence: clients must not meet.
    columns = "customer_id, status, amount, created_at, email, ref, meta, active, score"
    path.write_text(f"\\set n random(1, 1000000000)\nINSERT INTO orders ({columns}) SELECT {columns} FROM ({statement}) AS made "
                    f"(id, {columns});\n")
    return path


def pgbench_command(cluster, script, duration_s):
    bindir = pathlib.Path(subprocess.run([PG_CONFIG, "--bindir"], capture_output=True, text=True, check=True).stdout.strip())
    return [str(word) for word in (
        bindir / "pgbench", "-h", cluster.sockets, "-p", cluster.port, "-U", "postgres", "--no-vacuum", "-M", "prepared", "-c", CLIENTS, "-j", 1,
        f"--rate={TRANSACTIONS_PER_S}", "-T", duration_s, "-f", script, "postgres")]


def measure(cluster, directory, duration_s):
    """(latencies in s, Cost of the collector, transactions/s)"""
    path = directory / "events.jsonl"
    collector = Collector(directory / "collector", {"source": source_settings(cluster), "sinks": [file_sink(path)]})
    clock = LineClock(path)
    with cluster.connect() as connection:
        connection.execute("SELECT pg_create_logical_replication_slot(%s, 'glassflow')", [SLOT])
    try:
        collector.start().wait_ready()
        with Watch(collector=collector.process.pid) as costs:
            bench = subprocess.Popen(pgbench_command(cluster, write_script(directory), duration_s), stdin=subprocess.DEVNULL,
                                     stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            while bench.poll() is None:
                if not clock.look():
                    time.sleep(LOOK_INTERVAL_S)
            said = bench.stdout.read()
            if bench.returncode != 0:
                raise PostgresError(f"pgbench failed: {said}")
            with cluster.connect() as connection:
                committed = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
            last = time.monotonic()
            while len(clock.lines) < committed:
                if clock.look():
                    last = time.monotonic()
                elif time.monotonic() - last > QUIET_S:
                    raise TimeoutError(f"{len(clock.lines)} of {committed} rows came; the collector's log:\n{collector.tail()}")
                else:
                    time.sleep(LOOK_INTERVAL_S)
        latencies = [seen - commit_time_s(line) for seen, line in clock.lines]
        return latencies, costs["collector"], committed / duration_s
    finally:
        collector.close()
        path.unlink(missing_ok=True)
        with cluster.connect() as connection:
            poll_until(lambda: not slot_pid(connection), "the slot to be free")
            connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])


def percentile_ms(latencies, percent):
    ordered = sorted(latencies)
    return 1000 * ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


def run(cluster, scratch, rows, rounds):
    duration_s = min(DURATION_S, max(1, rows // TRANSACTIONS_PER_S)) if rows else DURATION_S
    results = []
    for number in range(rounds):
        cluster.execute("DROP TABLE IF EXISTS orders")
        cluster.execute(ORDERS)
        directory = pathlib.Path(scratch) / f"latency-{number}"
        directory.mkdir()
        results.append(measure(cluster, directory, duration_s))
        print(f"latency: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    p50, p99 = (statistics.median(percentile_ms(latencies, percent) for latencies, _, _ in results) for percent in (50, 99))
    peak_mib = max(cost.peak_bytes for _, cost, _ in results) / MIB
    print_table(f"latency: commit to line in the file, {duration_s} s of one-row transactions", (
        "receiver", "transactions/s", "p50 ms", "p90 ms", "p99 ms", "most ms", "CPU s", "peak RSS MiB"), [
            ["collector", f"{statistics.median(rate for _, _, rate in results):.0f}", f"{p50:.2f}",
             f"{statistics.median(percentile_ms(latencies, 90) for latencies, _, _ in results):.2f}", f"{p99:.2f}",
             f"{max(1000 * max(latencies) for latencies, _, _ in results):.2f}",
             f"{statistics.median(cost.cpu_s for _, cost, _ in results):.2f}", f"{peak_mib:.1f}"]])
    return [("latency", "p50, ms", f"<= {P50_TARGET_MS}", f"{p50:.2f}", p50 <= P50_TARGET_MS),
            ("latency", "p99, ms", f"<= {P99_TARGET_MS}", f"{p99:.2f}", p99 <= P99_TARGET_MS),
            ("latency", "peak RSS, MiB", f"<= {MEMORY_TARGET_MIB}", f"{peak_mib:.1f}", peak_mib <= MEMORY_TARGET_MIB)]
