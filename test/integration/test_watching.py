"""What can be seen of a running collector: by table, in seconds, and a line now and then while it is behind."""

import json
import re

import pytest

from services.collector import file_sink, glassflow_sink


@pytest.fixture
def tables(database):
    database.execute("CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id int PRIMARY KEY)")
    return database


def metric(one, name, **labels):
    """The value; None when there is no such line."""
    wanted = {f'{key}="{value}"' for key, value in labels.items()}
    for line in one.admin("/metrics")[1].splitlines():
        match = re.fullmatch(rf"glassflow_collector_{name}(?:\{{(.*)\}})? (\S+)", line)
        if match and wanted <= set((match[1] or "").split(",")):
            return float(match[2])
    return None


def test_rows_by_table_and_latency(tables, collector, tmp_path):
    one = collector(sinks=[file_sink(tmp_path / "out.jsonl")]).wait_ready()
    tables.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 10) k")
    tables.execute("INSERT INTO u VALUES (1)")
    one.wait_for(lambda: metric(one, "table_delivered_events_total", table="u") == 1, "the row of u")
    assert metric(one, "table_delivered_events_total", table="t", schema="public", type="file") == 10
    assert metric(one, "table_delivered_bytes_total", table="t") > 1000
    one.wait_for(lambda: metric(one, "delivery_latency_seconds_count") == 11, "eleven latencies")
    assert 0 < metric(one, "delivery_latency_seconds_sum") < 60
    one.wait_for(lambda: metric(one, "lag_seconds") == 0, "nothing in hand")
    (sink,) = one.status()["sinks"]
    assert {table["table"]: table["delivered_events"] for table in sink["tables"]} == {"t": 10, "u": 1}


def test_dead_letters_by_table(tables, collector, sandbox):
    one = collector(sinks=[glassflow_sink(sandbox)]).wait_ready()
    sandbox.misbehave(status=422, count=1)
    tables.execute("INSERT INTO u VALUES (1)")
    one.wait_for(lambda: metric(one, "table_dead_letters_total", table="u") == 1, "a dead letter of u")


def test_a_sink_that_hangs_is_a_lag_in_seconds_and_a_line_in_the_log(tables, collector, sandbox):
    one = collector(sinks=[glassflow_sink(sandbox, retry_max="200ms", retry_initial="50ms")]).wait_ready()
    sandbox.kill()
    tables.execute("INSERT INTO t VALUES (1, 0)")
    one.wait_for(lambda: metric(one, "lag_seconds") > 11, "a lag of eleven seconds", timeout_s=60)
    for n in range(40):  # it is no longer standing still, but the sink is as stuck as before
        tables.execute("UPDATE t SET n = %s", (n,))
    one.wait_for(lambda: '"behind"' in one.stderr, "a line that it is behind", timeout_s=90)
    line = next(json.loads(line) for line in one.stderr.splitlines() if '"behind"' in line)
    assert line["lag_s"] >= 10 and line["lag_bytes"] > 0 and "changes_per_s" in line and line["time_left_s"]
    sandbox.start().wait_ready()
    one.wait_for(lambda: '"caught up"' in one.stderr, "a line that it has caught up")
    one.wait_for(lambda: metric(one, "lag_seconds") == 0, "no lag")
    assert one.stop() == 0
