"""What processes cost: the kernel's files below /proc/PID -> CPU seconds and bytes of memory."""

import contextlib
import dataclasses
import os
import pathlib
import threading

CLOCK_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
WATCH_INTERVAL_S = 0.01
KIB = 1024


def thread_cpu_s(pid):
    """User and system time of a process of one thread: in nanoseconds where the kernel tells, else in clock ticks."""
    with contextlib.suppress(FileNotFoundError):
        return int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    return process_cpu_s(pid)


def process_cpu_s(pid):
    """User and system time of all threads, in clock ticks."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS_PER_S  # utime and stime


def memory_bytes(pid, kind):
    """kind: RssAnon, memory of the process's own; VmHWM, the most that was resident, with shared and file pages."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(f"{kind}:"):
            return int(line.split()[1]) * KIB
    raise RuntimeError(f"the kernel does not tell {kind}")


@dataclasses.dataclass
class Cost:
    cpu_s: float = 0.0
    peak_bytes: int = 0


class Watch:
    """Looks at processes until it is left: `with Watch(broker=pid, walsender=find_pid) as costs: ...; costs["broker"].cpu_s`.

    A pid may be a function that gives it, None as long as there is none. What a process had used before the watch began
    does not count. The last hundredth of a second of a process that ends by itself is not seen.
    """

    def __init__(self, **pids):
        self._sources = {name: pid if callable(pid) else lambda pid=pid: pid for name, pid in pids.items()}
        self._pids = {}
        self._before = {name: process_cpu_s(pid) for name, pid in pids.items() if not callable(pid)}
        self._costs = {name: Cost() for name in pids}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self._costs

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def _run(self):
        while not self._is_over.wait(WATCH_INTERVAL_S):
            self._look()
        self._look()

    def _look(self):
        for name, source in self._sources.items():
            if self._pids.get(name) is None:
                self._pids[name] = source()
            if self._pids[name] is not None:
                # It may be gone, or be gone while we look.
                with contextlib.suppress(FileNotFoundError, ProcessLookupError, RuntimeError):
                    cost = self._costs[name]
                    cost.cpu_s = process_cpu_s(self._pids[name]) - self._before.get(name, 0.0)
                    cost.peak_bytes = memory_bytes(self._pids[name], "VmHWM")
