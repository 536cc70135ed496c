"""`status`: of a running collector, and of a slot alone; the numbers are those of the server."""

import json
import os
import pty
import signal

from services.care import run_once
from services.collector import BINARY, Program, glassflow_sink
from services.postgres import poll_until

KEYS = {"from", "source", "slot", "state", "position", "server_position", "lag_bytes", "lag_seconds", "retained_wal_bytes", "wal_status", "safe_wal_bytes",
        "seconds_to_loss", "changes_per_second", "confirmed_bytes_per_second", "dead_letters", "last_error", "sinks"}


def status_of(one, *words, code=0, interval="0.2", environment=None):
    """What `status` says with the configuration of a collector."""
    asked = Program(one.directory, "status", ["status", *words, "--interval", interval, "--config", one.configuration_path], environment)
    asked.stdout_path.unlink(missing_ok=True)
    ended = asked.start().wait(30)
    assert ended == code, f"ended with {ended}: {asked.stdout}{asked.tail()}"
    return asked


def json_of(one, *words, **options):
    status = json.loads(status_of(one, "--json", *words, **options).stdout)
    assert set(status) == KEYS
    return status


def test_a_running_collector(database, collector, tmp_path):
    database.execute("CREATE TABLE t (id int)")
    one = collector().wait_ready()
    database.execute("INSERT INTO t SELECT generate_series(1, 1000)")
    one.wait_for(lambda: len(collector.events()) == 1000, "the events")
    one.wait_for(lambda: one.status()["lag_bytes"] == 0, "all to be confirmed")
    status = json_of(one)
    assert status["from"] == "collector" and status["state"] == "streaming" and status["slot"] == database.slot
    assert status["position"] == one.status()["confirmed_lsn"]
    assert status["lag_bytes"] == 0 and status["lag_seconds"] == 0 and status["dead_letters"] == 0 and status["last_error"] is None
    (sink,) = status["sinks"]
    assert sink["name"] == "files" and sink["delivered_events"] == 1000 and sink["is_halted"] is False and sink["queued_events"] == 0

    text = status_of(one).stdout
    assert f"slot           {database.slot} of " in text and "state          streaming" in text
    assert "sink           files (file): 1000 events delivered, 0.0 events/s" in text and "last error     none" in text
    # The slot, asked past the collector.
    alone = json_of(one, "--slot-alone")
    assert alone["from"] == "slot" and alone["state"] == "in_use" and alone["sinks"] == [] and alone["changes_per_second"] is None
    assert one.stop() == 0
    assert json_of(one)["state"] == "idle"


def test_throughput(database, collector):
    """Rows that flow between the two looks are seen as a rate."""
    database.execute("CREATE TABLE t (id int)")
    one = collector().wait_ready()
    asked = Program(one.directory, "status", ["status", "--json", "--watch", "--interval", "0.3", "--config", one.configuration_path])
    asked.start()
    try:
        lines = lambda: [json.loads(line) for line in asked.stdout.splitlines() if line.endswith("}")]  # noqa: E731
        asked.wait_for(lambda: len(lines()) >= 2, "two looks")
        database.execute("INSERT INTO t SELECT generate_series(1, 500)")
        asked.wait_for(lambda: any((line["changes_per_second"] or 0) > 0 for line in lines()), "a rate")
        asked.wait_for(lambda: any(line["sinks"][0]["events_per_second"] for line in lines()), "a rate of the sink")
        assert lines()[0]["changes_per_second"] is None, "one look has no rate"
        # The collector goes: the slot is looked at alone, and the watch goes on.
        one.stop()
        asked.wait_for(lambda: lines()[-1]["from"] == "slot", "the slot alone")
        asked.process.send_signal(signal.SIGTERM)
        assert asked.wait() == 0
    finally:
        asked.close()


def test_a_slot_that_falls_behind(cluster_factory, collector):
    """Lag, retained WAL and the time until it is lost, then the loss."""
    cluster = cluster_factory({"max_slot_wal_keep_size": "64MB"})
    cluster.query("SELECT pg_create_logical_replication_slot('behind', 'glassflow')")
    one = collector(start=False, source={"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": "behind"})
    status = json_of(one)
    assert status["from"] == "slot" and status["state"] == "idle" and status["wal_status"] == "reserved"
    assert status["safe_wal_bytes"] > 0 and status["seconds_to_loss"] is None

    def write():
        cluster.execute("SELECT pg_logical_emit_message(false, 'x', repeat('y', 1000)); SELECT pg_switch_wal()")

    watch = Program(one.directory, "watch", ["status", "--json", "--watch", "--interval", "0.2", "--config", one.configuration_path])
    watch.start()
    try:
        lines = lambda: [json.loads(line) for line in watch.stdout.splitlines() if line.endswith("}")]  # noqa: E731
        watch.wait_for(lambda: len(lines()) >= 2, "two looks")
        write()
        watch.wait_for(lambda: lines()[-1]["seconds_to_loss"] is not None, "the loss in sight")
        (confirmed, restart, end, safe), = cluster.query("SELECT confirmed_flush_lsn - '0/0', restart_lsn - '0/0', pg_current_wal_lsn() - '0/0', safe_wal_size FROM pg_replication_slots")
        watch.wait_for(lambda: lines()[-1]["lag_bytes"] == int(end - confirmed), "the lag that the server has")
        assert lines()[-1]["retained_wal_bytes"] == int(end - restart) and lines()[-1]["safe_wal_bytes"] == safe
    finally:
        watch.close()
    assert "until loss" in status_of(one).stdout
    for _ in range(8):
        write()
    cluster.execute("CHECKPOINT")
    poll_until(lambda: cluster.query("SELECT wal_status FROM pg_replication_slots") == [("lost",)], "the slot to be lost")
    status = json_of(one, code=3)
    assert status["state"] == "lost" and "is lost" in status["last_error"]
    cluster.query("SELECT pg_drop_replication_slot('behind')")
    assert json_of(one, code=3)["state"] == "missing"


def test_dead_letters_and_the_last_error(database, collector, sandbox):
    database.execute("CREATE TABLE t (id int PRIMARY KEY)")
    one = collector(sinks=[glassflow_sink(sandbox)]).wait_ready()
    sandbox.misbehave(status=400, count=1)
    database.execute("INSERT INTO t VALUES (1)")
    one.wait_for(lambda: one.status()["sinks"][0]["dead_letters"] == 1, "the refusal")
    status = json_of(one)
    assert status["dead_letters"] == 1 and status["sinks"][0]["refused_events"] == 1
    assert "dead letters   1 in the store" in status_of(one).stdout
    sandbox.misbehave(status=503, count=1000)
    database.execute("INSERT INTO t VALUES (2)")
    one.wait_for(lambda: "503" in (json_of(one)["sinks"][0]["last_error"] or ""), "the error")
    assert json_of(one)["sinks"][0]["queued_events"] == 1 and "503" in status_of(one).stdout
    one.kill()
    assert json_of(one)["dead_letters"] == 1, "they wait there when no collector runs, too"


def test_a_collector_of_another_slot_is_not_asked(database, collector, tmp_path):
    one = collector().wait_ready()
    other = Program(one.directory, "other", ["status", "--json", "--interval", "0.1", "--config", one.configuration_path, "--source.slot", "another_slot"])
    assert other.start().wait(30) == 3
    status = json.loads(other.stdout)
    assert status["from"] == "slot" and status["state"] == "missing" and status["slot"] == "another_slot"


def test_neither_collector_nor_server(collector):
    one = collector(start=False, source={"host": "127.0.0.1", "port": 1})
    asked = status_of(one, code=1)
    assert "no collector answers, and the slot cannot be looked at" in asked.stderr
    missing = run_once(collector, ("status", "--source.slot", ""), code=2)
    assert "source.slot" in missing.stderr


def test_a_terminal_is_cleared_between_looks(database, collector):
    database.create_slot()
    one = collector(start=False)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execv(BINARY, [str(BINARY), "status", "--watch", "--interval", "0.1", "--config", str(one.configuration_path)])
    output = b""
    try:
        while output.count(b"\x1b[H\x1b[2J") < 3:
            output += os.read(terminal, 4096)
    finally:
        os.kill(pid, signal.SIGINT)
        while True:
            try:
                if not os.read(terminal, 4096):
                    break
            except OSError:
                break
        assert os.waitpid(pid, 0)[1] == 0
    assert b"state          idle" in output
