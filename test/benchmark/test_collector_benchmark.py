"""`make bench` works: every part, on a handful of rows; without Debezium Server, which is half a gigabyte to fetch.

What it measures is not judged here: a test on a busy machine cannot.
"""

import re
import subprocess
import sys

from services.postgres import SOURCE

BENCHMARK = SOURCE / "test" / "benchmark" / "collector"
ROWS = 2000


def run(*arguments):
    return subprocess.run([sys.executable, BENCHMARK, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=180)


def tables_of(text):
    """{part: {first cell: {column: cell}}} of the printed Markdown."""
    tables = {}
    for section in text.split("\n### ")[1:]:
        rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in section.splitlines() if line.startswith("|")]
        tables[re.split(r"[:\n]", section)[0]] = {row[0]: dict(zip(rows[0], row)) for row in rows[2:]}
    return tables


def test_every_part_reports():
    done = run("--rows", str(ROWS), "--rounds", "1", "--only", "file,latency,http,transaction")
    assert done.returncode == 0, done.stderr
    tables = tables_of(done.stdout)
    assert list(tables) == ["file", "latency", "http", "transaction", "Targets"]
    assert set(tables["file"]) == {"pg_recvlogical", "collector"}
    for part in ("file", "http", "transaction"):
        ours = tables[part]["collector"]
        assert float(ours["wall s"]) > 0 and float(ours["CPU s"]) > 0 and 5 < float(ours["peak RSS MiB"]) < 200, part
    assert 300 < float(tables["file"]["collector"]["bytes/row"]) < 700
    latency = tables["latency"]["collector"]
    assert 1000 < float(latency["transactions/s"]) < 3000
    assert 0 < float(latency["p50 ms"]) <= float(latency["p99 ms"]) <= float(latency["most ms"])
    assert re.search(r"^\| http \| events/s \| >= 15000 \| [0-9]+ \| ", done.stdout, re.MULTILINE)


def test_producers_into_kafka_are_compared():
    done = run("--rows", str(ROWS), "--rounds", "1", "--only", "kafka", "--producers", "collector,collector without headers,rdkafka_performance")
    assert done.returncode == 0, done.stderr
    table = tables_of(done.stdout)["kafka"]
    assert set(table) == {"collector", "collector without headers", "rdkafka_performance"}
    assert float(table["collector"]["CPU s"]) > 0  # the example is done within a clock tick
    for cells in table.values():
        assert float(cells["rows/s"]) > 0 and 5 < float(cells["peak RSS MiB"]) < 300
    # The example sends as many bytes as our key, event and headers have.
    assert table["collector"]["bytes/record"] == table["rdkafka_performance"]["bytes/record"]
    assert float(table["collector without headers"]["bytes/record"]) < float(table["collector"]["bytes/record"]) - 20
    assert re.search(r"^\| kafka \| rows/s: 150000, or 0.6 of rdkafka_performance \| >= [0-9]+ \| [0-9]+ \| ", done.stdout, re.MULTILINE)


def test_unknown_parts_are_refused():
    refused = run("--only", "file,nothing")
    assert refused.returncode == 2 and "unknown: nothing" in refused.stderr
