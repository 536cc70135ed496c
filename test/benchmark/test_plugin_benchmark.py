"""`make bench-plugin` works: every workload, our plugin beside the floor and two others, on a handful of rows.

What it measures is not judged here: a test on a busy machine cannot.
"""

import re
import subprocess
import sys

from services.postgres import SOURCE

BENCHMARK = SOURCE / "test" / "benchmark" / "plugin"
PLUGINS = ["floor", "glassflow", "pgoutput binary"]
CHANGES = 200


def run(*arguments):
    return subprocess.run([sys.executable, BENCHMARK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=120)


def tables_of(text):
    """{workload: {plugin: [cell, ...]}} of the printed Markdown."""
    tables = {}
    for section in text.split("\n### (")[1:]:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
        tables[section.split(")")[0]] = {row[0]: row[1:] for row in rows[2:] if len(row) == 10}
    return tables


def test_every_workload_reports_every_plugin():
    done = run("--rows", str(CHANGES), "--rounds", "1", "--plugins", ",".join(PLUGINS))
    assert done.returncode == 0, done.stderr
    tables = tables_of(done.stdout)
    assert set(tables) == {"a", "b", "c", "d-default", "d-full", "e", "f", "g", "h"}
    for workload, table in tables.items():
        assert list(table) == PLUGINS, workload
        cells = {plugin: dict(zip(("cpu", "least", "floor", "ours", "wall", "rate", "bytes", "messages", "memory"), row))
                 for plugin, row in table.items()}
        assert cells["floor"]["bytes"] == "0.0" and cells["floor"]["messages"] == "0"
        assert 0 < float(cells["glassflow"]["bytes"]) < float(cells["pgoutput binary"]["bytes"]) or workload == "f"
        # One message per frame, not per row; a transaction of one row is one frame.
        frames = int(cells["glassflow"]["messages"])
        assert frames == CHANGES if workload == "c" else 0 < frames < CHANGES / 10, workload
        assert all(float(row["memory"]) > 0.5 and float(row["wall"]) > 0 for row in cells.values())
    assert re.search(r"^\| a \| bytes/change \| <= 140 \| [0-9.]+ \| ", done.stdout, re.MULTILINE)


def test_unknown_names_are_refused():
    refused = run("--workloads", "a,z")
    assert refused.returncode == 2 and "unknown: z" in refused.stderr
    refused = run("--plugins", "floor,nothing")
    assert refused.returncode == 2 and "unknown: nothing" in refused.stderr
