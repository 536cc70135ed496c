"""Part `transaction`: one transaction of ten million rows, drained into a file: memory must not follow its size."""

import pathlib
import sys

from benchmark.drain_file import MEMORY_TARGET_MIB, drain_into_file
from benchmark.report import MIB, print_table
from benchmark.source import written_workload
from benchmark.workloads import WORKLOADS

ROWS = 10_000_000


def run(cluster, scratch, rows, _rounds):
    rows = min(rows * 10, ROWS) if rows else ROWS
    with written_workload(cluster, WORKLOADS["g"], rows, "glassflow"):
        drain, _ = drain_into_file(cluster, pathlib.Path(scratch) / "events.jsonl", rows)
    print("transaction: done", file=sys.stderr, flush=True)
    peak_mib = drain.peak_bytes / MIB
    print_table(f"transaction: {rows} {WORKLOADS['g'].title}, `envelope`, into a file, once",
                ("receiver", "wall s", "rows/s", "CPU s", "peak RSS MiB"),
                [["collector", f"{drain.wall_s:.2f}", f"{rows / drain.wall_s:.0f}", f"{drain.cpu_s:.2f}", f"{peak_mib:.1f}"]])
    return [("transaction", "peak RSS, MiB", f"<= {MEMORY_TARGET_MIB}", f"{peak_mib:.1f}", peak_mib <= MEMORY_TARGET_MIB)]
