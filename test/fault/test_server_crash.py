"""Postgres stopped at once under load and started again: the collector resumes alone, nothing is missing."""

import random

from services.collector import file_sink, glassflow_sink, read_events

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare


def test_collector_resumes_alone(cluster_factory, database_in, collector, sandbox, tmp_path):
    cluster = cluster_factory(durable=True)
    database = database_in(cluster)
    prepare(database)
    events_path = tmp_path / "events.jsonl"
    one = collector(sinks=[file_sink(events_path), glassflow_sink(sandbox)], source={**database.source(), "tables": TABLES})
    one.wait_ready()
    insert_hot_rows(database)
    chance = random.Random(3)

    with Load(database, seed=11):
        for mode in ("immediate", "immediate", "kill", "fast", "immediate"):
            wanted = sandbox.stats()["accepted"] + chance.randint(200, 800)
            one.wait_for(lambda: sandbox.stats()["accepted"] >= wanted, f"{wanted} events have been accepted")
            cluster.restart(mode)
            one.wait_for(one.is_ready, f"it is ready again after stop mode {mode}", timeout_s=60)
    assert one.status()["reconnects"] >= 5
    assert one.stop() == 0

    one.drain(timeout_s=120)
    truth = committed_changes(database)
    for verdict in (Verdict("files", read_events(events_path), truth), Verdict("glassflow", sandbox.events(), truth)):
        verdict.assert_sound()


def test_a_fast_stop_of_the_server_does_not_wait_for_us(cluster_factory, database_in, collector, sandbox, tmp_path):
    """A fast stop waits until walsenders have sent everything: a collector with a backlog must not hold it up."""
    cluster = cluster_factory()
    database = database_in(cluster)
    prepare(database)
    one = collector(sinks=[glassflow_sink(sandbox)], source={**database.source(), "tables": TABLES}).wait_ready()
    sandbox.misbehave(hang_ms=2000, count=200)
    database.execute("INSERT INTO items (id, note) SELECT n, repeat('x', 100) FROM generate_series(1, 5000) n")
    cluster.stop("fast", timeout_s=30)
    assert one.is_running()
    cluster.start()
    one.wait_for(one.is_ready, "it is ready again", timeout_s=60)
