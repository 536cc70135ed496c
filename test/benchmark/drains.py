"""Our collector as the benchmarks run it: drained to the end of a workload, its CPU time and memory counted."""

import dataclasses
import os
import shutil
import time

from benchmark.process import Watch
from benchmark.source import SLOT, copied_slot, slot_pid
from services.collector import Collector
from services.postgres import PostgresError, make_directory

DRAIN_TIMEOUT_S = 1800


@dataclasses.dataclass
class Drain:
    """wall_s from the start of the program to its end; others: the cost of further processes by name."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    others: dict


def source_settings(cluster):
    return {"host": str(cluster.sockets), "port": cluster.port, "user": "postgres", "database": "postgres", "slot": SLOT}


def drain_collector(cluster, sink, others=None, while_it_runs=lambda collector: None, **sections):
    """`run --drain` from a fresh slot to the end of what is there. others: name -> pid of what is watched beside it."""
    directory = make_directory("glassflow-bench-")
    try:
        with copied_slot(cluster, "glassflow") as connection:
            collector = Collector(directory, {"source": source_settings(cluster), "sinks": [sink], **sections}, ("run", "--drain"))
            # Only the watch asks about the slot meanwhile.
            with Watch(collector=lambda: collector.process and collector.process.pid, walsender=lambda: slot_pid(connection),
                       **(others or {})) as costs:
                started = time.monotonic()
                collector.start()
                while_it_runs(collector)
                _, status, usage = os.wait4(collector.process.pid, 0)
                wall_s = time.monotonic() - started
            collector.process.returncode = os.waitstatus_to_exitcode(status)
        if collector.process.returncode != 0:
            raise PostgresError(f"the collector ended with exit code {collector.process.returncode}:\n{collector.tail()}")
        own = costs.pop("collector")
        return Drain(wall_s, usage.ru_utime + usage.ru_stime, own.peak_bytes, costs)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
