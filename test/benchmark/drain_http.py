"""Part `http`: a workload drained into the local events endpoint over HTTP, one request per event as GlassFlow wants it."""

import pathlib
import statistics
import sys

from benchmark.drain_file import MEMORY_TARGET_MIB
from benchmark.drains import drain_collector
from benchmark.report import MIB, print_table
from benchmark.source import written_workload
from benchmark.workloads import WORKLOADS
from services.collector import Sandbox, glassflow_sink
from services.postgres import PostgresError

ROWS = 200_000
RATE_TARGET = 15_000


def run(cluster, scratch, rows, rounds):
    rows = min(rows or ROWS, ROWS)
    drained = []
    with written_workload(cluster, WORKLOADS["a"], rows, "glassflow"):
        for number in range(rounds):
            sandbox = Sandbox(pathlib.Path(scratch) / f"sandbox-{number}").start().wait_ready()
            try:
                drained.append(drain_collector(cluster, glassflow_sink(sandbox), {"sandbox": sandbox.process.pid}))
                accepted = sandbox.stats()["accepted"]
                if accepted != rows:
                    raise PostgresError(f"the endpoint accepted {accepted} events of {rows}")
            finally:
                sandbox.close()
                sandbox.stdout_path.unlink()
            print(f"http: round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    wall_s = statistics.median(drain.wall_s for drain in drained)
    peak_mib = max(drain.peak_bytes for drain in drained) / MIB
    print_table(f"http: {rows} {WORKLOADS['a'].title}, `envelope`, to the sandbox on the same machine", (
        "receiver", "wall s", "events/s", "CPU s", "endpoint CPU s", "peak RSS MiB"), [
            ["collector", f"{wall_s:.2f}", f"{rows / wall_s:.0f}", f"{statistics.median(drain.cpu_s for drain in drained):.2f}",
             f"{statistics.median(drain.others['sandbox'].cpu_s for drain in drained):.2f}", f"{peak_mib:.1f}"]])
    return [("http", "events/s", f">= {RATE_TARGET}", f"{rows / wall_s:.0f}", rows / wall_s >= RATE_TARGET),
            ("http", "peak RSS, MiB", f"<= {MEMORY_TARGET_MIB}", f"{peak_mib:.1f}", peak_mib <= MEMORY_TARGET_MIB)]
