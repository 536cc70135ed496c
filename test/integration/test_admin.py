"""Looking in: what the admin address says is what is so."""

import json
import re

from services.collector import file_sink, glassflow_sink, request


def test_health_readiness_status_and_metrics(database, collector, sandbox, tmp_path):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    one = collector(sinks=[file_sink(tmp_path / "events.jsonl"), glassflow_sink(sandbox)]).wait_ready()
    database.execute("INSERT INTO t SELECT generate_series(1, 7)")
    one.wait_for(lambda: all(sink["delivered_events"] == 7 for sink in one.status()["sinks"]), "7 events in each sink")
    assert one.admin("/healthz")[0] == 200
    status = one.status()
    assert status["is_streaming"] is True and status["slot"] == database.slot
    assert status["received_changes"] == 7 and status["received_transactions"] >= 1
    assert {sink["name"] for sink in status["sinks"]} == {"files", "glassflow"}
    assert sandbox.access_token not in json.dumps(status)

    code, metrics = one.admin("/metrics")
    assert code == 200
    names = set(re.findall(r"^([a-z_]+)(?:{| )", metrics, re.MULTILINE))
    assert names and all(name.startswith("glassflow_collector_") for name in names)
    assert re.search(r'^glassflow_collector_delivered_events_total{[^}]*sink="files"[^}]*} 7(\.0*)?$', metrics, re.MULTILINE), metrics


def test_not_ready_while_the_server_is_away(cluster_factory, database_in, collector):
    cluster = cluster_factory()
    database = database_in(cluster)
    one = collector(source=database.source()).wait_ready()
    cluster.stop("fast")
    one.wait_for(lambda: one.admin("/readyz")[0] == 503, "it is not ready")
    assert one.admin("/healthz")[0] == 200, "a server that is away is no reason to restart the collector"
    cluster.start()
    one.wait_for(one.is_ready, "it is ready again")


def test_only_reading_and_only_known_paths(collector):
    one = collector().wait_ready()
    assert one.admin("/nothing")[0] == 404
    assert request(f"http://127.0.0.1:{one.admin_port}/status", body={}, method="POST")[0] in (404, 405)
    assert one.is_running()


def test_admin_port_that_is_taken(collector, sandbox):
    one = collector(admin={"listen": f"127.0.0.1:{sandbox.port}"})
    assert one.wait(30) in (1, 2, 3)
    assert str(sandbox.port) in one.stderr


def test_log_is_json_and_starts_with_who_we_are(collector, database):
    one = collector().wait_ready()
    lines = [json.loads(line) for line in one.stderr.splitlines()]
    assert lines, "nothing was logged"
    assert all({"time", "level", "message"} <= line.keys() for line in lines)
    assert any(database.slot in json.dumps(line) for line in lines)
