"""Results of `make bench-plugin` and `make bench` -> Markdown: tables, and which targets are met."""

import dataclasses
import os
import platform
import time

OURS = "glassflow"
FLOOR = "floor"
MIB = 1024 * 1024


def print_machine(cluster, rounds):
    version = cluster.query("SHOW server_version")[0][0]
    print(f"PostgreSQL {version}, {platform.machine()}, {os.cpu_count()} processors, Linux {platform.release()}, "
          f"{time.strftime('%Y-%m-%d', time.gmtime())}, {rounds} rounds; load at the start {os.getloadavg()[0]:.1f}.", flush=True)


def print_table(title, columns, rows):
    """The first column is a name, the others are numbers as text."""
    print(f"\n### {title}\n")
    print(f"| {' | '.join(columns)} |")
    print(f"|---|{'--:|' * (len(columns) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def print_verdicts(subject, rows, scaled_rows):
    """rows: (subject, what, target, measured, is it met). A short run says little: it is told."""
    print("### Targets\n")
    if scaled_rows:
        print(f"At most {scaled_rows} changes were made; the targets are meant for the full number.\n")
    print(f"| {subject} | what | target | measured | |\n|---|---|--:|--:|---|")
    for name, what, target, measured, is_met in rows:
        print(f"| {name} | {what} | {target} | {measured} | {'met' if is_met else '**not met**'} |")
    print(flush=True)


def print_workload(workload, changes, results):
    rows = [[name, f"{result.cpu_s:.2f}", f"{result.cpu_s_min:.2f}", ratio(result, results.get(FLOOR)),
             ratio(result, results.get(OURS)), f"{result.wall_s:.2f}", f"{changes / result.wall_s:.0f}",
             f"{result.payload_bytes / changes:.1f}", str(result.messages), f"{result.memory_bytes / MIB:.1f}"]
            for name, result in results.items()]
    print_table(f"({workload.name}) {changes} {workload.title}", (
        "plugin", "CPU s", "least", "/ floor", "/ glassflow", "wall s", "changes/s", "bytes/change", "messages", "memory MiB"), rows)


def ratio(result, base):
    return f"{result.cpu_s / base.cpu_s:.2f}" if base is not None and base.cpu_s > 0 else "-"


@dataclasses.dataclass(frozen=True)
class Target:
    """plugin's CPU time over that of base: at_most (ours over the floor) or at_least (theirs over ours)."""

    workload: str
    plugin: str
    base: str
    at_most: float | None = None
    at_least: float | None = None


TARGETS = (
    Target("a", OURS, FLOOR, at_most=1.35),
    Target("a", "pgoutput text", OURS, at_least=2.5),
    Target("a", "wal2json v2", OURS, at_least=4.2),
    Target("a", "decoderbufs", OURS, at_least=4.2),
    Target("b", "pgoutput text", OURS, at_least=3),
    Target("c", "pgoutput text", OURS, at_least=1.4),
    *(target for name in ("d-default", "d-full", "e") for target in (
        Target(name, "pgoutput text", OURS, at_least=2), Target(name, "pgoutput binary", OURS, at_least=1))),
    Target("f", OURS, FLOOR, at_most=1.05),
    Target("a", "glassflow hash", OURS, at_most=1.25),
    Target("a", "glassflow redact", OURS, at_most=1.25),
    Target("h", "glassflow patterns", OURS, at_most=1.05),
)
BYTES_TARGETS = {"a": 140}
MEMORY_TARGET_MIB = 2
MEMORY_TARGETS_MIB = {"h": 42}  # 4 kB for each of its tables, which the plugin remembers


def print_targets(all_results, scaled_rows):
    """Verdicts over what was run."""
    rows = list(verdicts(all_results))
    if rows:
        print_verdicts("workload", rows, scaled_rows)


def verdicts(all_results):
    for target in TARGETS:
        results = all_results.get(target.workload, {})
        plugin, base = results.get(target.plugin), results.get(target.base)
        if plugin is None or base is None or base.cpu_s == 0:
            continue
        measured = plugin.cpu_s / base.cpu_s
        what = f"CPU: {target.plugin} / {target.base}"
        if target.at_most is not None:
            yield target.workload, what, f"<= {target.at_most}", f"{measured:.2f}", measured <= target.at_most
        else:
            yield target.workload, what, f">= {target.at_least}", f"{measured:.2f}", measured >= target.at_least
    for name, results in all_results.items():
        ours, floor = results.get(OURS), results.get(FLOOR)
        if ours is not None and name in BYTES_TARGETS:
            measured = ours.payload_bytes / ours.changes
            yield name, "bytes/change", f"<= {BYTES_TARGETS[name]}", f"{measured:.1f}", measured <= BYTES_TARGETS[name]
        if ours is not None and floor is not None:
            above_mib = (ours.memory_bytes - floor.memory_bytes) / MIB
            target_mib = MEMORY_TARGETS_MIB.get(name, MEMORY_TARGET_MIB)
            yield name, "memory above the floor, MiB", f"<= {target_mib}", f"{above_mib:.1f}", above_mib <= target_mib
