"""Part `file`: a workload drained into a file, beside pg_recvlogical, which writes the same stream to /dev/null."""

import pathlib
import statistics
import subprocess
import sys
import time

from benchmark.drains import DRAIN_TIMEOUT_S, drain_collector
from benchmark.process import Watch
from benchmark.report import MIB, print_table
from benchmark.source import SLOT, copied_slot, slot_pid, written_workload
from benchmark.workloads import WORKLOADS
from services.collector import file_sink
from services.postgres import PostgresError

ROWS = 1_000_000
WALL_TARGET, CPU_TARGET_S, MEMORY_TARGET_MIB = 1.25, 1.2, 96


def receive(cluster, end_lsn):
    """(wall seconds, CPU seconds of the walsender) of pg_recvlogical from its start to its end."""
    command = [cluster.install.bindir / "pg_recvlogical", "-h", cluster.sockets, "-p", cluster.port, "-U", "postgres", "-d", "postgres",
               "-S", SLOT, "--start", "-f", "/dev/null", "--fsync-interval=0", "--no-loop", f"--endpos={end_lsn}"]
    with copied_slot(cluster, "glassflow") as connection, Watch(walsender=lambda: slot_pid(connection)) as costs:
        started = time.monotonic()
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=DRAIN_TIMEOUT_S)
        wall_s = time.monotonic() - started
    if done.returncode != 0:
        raise PostgresError(f"pg_recvlogical failed: {done.stderr}")
    return wall_s, costs["walsender"].cpu_s


def drain_into_file(cluster, path, expected_lines):
    drain = drain_collector(cluster, file_sink(path))
    with open(path, "rb") as file:
        lines = sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    size = path.stat().st_size
    path.unlink()
    if lines != expected_lines:
        raise PostgresError(f"the file had {lines} events of {expected_lines}")
    return drain, size


def run(cluster, scratch, rows, rounds):
    rows = min(rows or ROWS, ROWS)
    path = pathlib.Path(scratch) / "events.jsonl"
    received, drained, size = [], [], 0
    with written_workload(cluster, WORKLOADS["a"], rows, "glassflow") as end_lsn:
        receive(cluster, end_lsn)  # warms up: the WAL is in memory for everyone afterwards
        for number in range(rounds):
            received.append(receive(cluster, end_lsn))
            drain, size = drain_into_file(cluster, path, rows)
            drained.append(drain)
            print(f"file: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    wall = {"pg_recvlogical": statistics.median(wall for wall, _ in received), "collector": statistics.median(drain.wall_s for drain in drained)}
    cpu_s = statistics.median(drain.cpu_s for drain in drained)
    peak_mib = max(drain.peak_bytes for drain in drained) / MIB
    print_table(f"file: {rows} {WORKLOADS['a'].title}, `envelope`, into a file", (
        "receiver", "wall s", "/ pg_recvlogical", "rows/s", "CPU s", "CPU s per 1M rows", "walsender CPU s", "peak RSS MiB", "bytes/row"), [
            ["pg_recvlogical", f"{wall['pg_recvlogical']:.2f}", "1.00", f"{rows / wall['pg_recvlogical']:.0f}", "-", "-",
             f"{statistics.median(cpu for _, cpu in received):.2f}", "-", "-"],
            ["collector", f"{wall['collector']:.2f}", f"{wall['collector'] / wall['pg_recvlogical']:.2f}", f"{rows / wall['collector']:.0f}",
             f"{cpu_s:.2f}", f"{cpu_s / rows * 1e6:.2f}", f"{statistics.median(drain.others['walsender'].cpu_s for drain in drained):.2f}",
             f"{peak_mib:.1f}", f"{size / rows:.0f}"]])
    ratio, cpu_per_million_s = wall["collector"] / wall["pg_recvlogical"], cpu_s / rows * 1e6
    return [("file", "wall: collector / pg_recvlogical", f"<= {WALL_TARGET}", f"{ratio:.2f}", ratio <= WALL_TARGET),
            ("file", "CPU s per million rows", f"<= {CPU_TARGET_S}", f"{cpu_per_million_s:.2f}", cpu_per_million_s <= CPU_TARGET_S),
            ("file", "peak RSS, MiB", f"<= {MEMORY_TARGET_MIB}", f"{peak_mib:.1f}", peak_mib <= MEMORY_TARGET_MIB)]
