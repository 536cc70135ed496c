"""Rows changed in Postgres arrive in the sinks: the whole way, both sinks, both ways of ending."""

import json
import signal
import subprocess

import pytest

from conftest import REPLICATOR
from services.collector import file_sink, glassflow_sink, read_events
from services.postgres import poll_until

ORDERS = """
CREATE TABLE orders (id bigint PRIMARY KEY, customer text, amount numeric(10,2), paid boolean, placed timestamptz, raw bytea, note text)
"""
CHANGES = [
    "INSERT INTO orders VALUES (1, 'Ada ✓ \"quoted\" \\ 😀', 12.50, false, '2024-02-29 12:34:56.123456+00', '\\x00ff', NULL)",
    "UPDATE orders SET paid = true WHERE id = 1",
    "UPDATE orders SET id = 2 WHERE id = 1",
    "DELETE FROM orders WHERE id = 2",
    "TRUNCATE orders",
]


@pytest.fixture
def orders(database):
    database.execute(ORDERS)
    return database


def change(database):
    for statement in CHANGES:
        database.execute(statement)


def assert_is_the_story(events):
    assert [event["_op"] for event in events] == ["c", "u", "d", "c", "d", "t"]
    insert, update, key_delete, key_insert, delete, truncate = events
    assert {(event["_schema"], event["_table"]) for event in events} == {("public", "orders")}
    assert insert["data"]["customer"] == 'Ada ✓ "quoted" \\ 😀'
    assert insert["data"]["amount"] == "12.50"
    assert insert["data"]["paid"] is False and update["data"]["paid"] is True
    assert insert["data"]["note"] is None
    assert insert["data"]["placed"].startswith("2024-02-29T12:34:56.123456")
    assert [int(event["data"]["id"]) for event in events[:5]] == [1, 1, 1, 2, 2]
    assert [event["_is_deleted"] for event in events[:5]] == [0, 0, 1, 0, 1]
    assert key_delete["_event_id"] == key_insert["_event_id"] + "d"
    ids = [event["_event_id"] for event in events]
    assert len(set(ids)) == len(ids)
    versions = [int(event["_version"]) for event in (insert, update, key_insert, delete)]
    assert versions == sorted(versions)


def test_inserts_updates_and_deletes_in_both_sinks(orders, collector, sandbox, tmp_path):
    path = tmp_path / "events.jsonl"
    one = collector(sinks=[file_sink(path), glassflow_sink(sandbox)]).wait_ready()
    change(orders)
    one.wait_for(lambda: len(sandbox.events()) >= 6 and len(read_events(path)) >= 6, "six events in both sinks")
    position = orders.wal_position()
    one.wait_for(lambda: orders.confirmed_position() >= position, "the position to be confirmed")
    assert one.stop() == 0
    assert_is_the_story(read_events(path))
    # Two keys are two lanes: the two halves of a changed key may arrive in either order.
    assert_is_the_story(sorted(sandbox.events(), key=lambda event: (int(event["_version"]), not event["_event_id"].endswith("d"))))


def test_drain_delivers_what_was_committed_confirms_and_ends(orders, collector, tmp_path):
    orders.create_slot()
    change(orders)
    position = orders.wal_position()
    one = collector(command=("run", "--drain"))
    assert one.wait(60) == 0, one.tail()
    assert_is_the_story(collector.events())
    assert orders.confirmed_position() >= position
    assert collector(command=("run", "--drain")).wait(60) == 0
    assert len(collector.events()) == 6, "confirmed events were delivered again"


def test_drain_of_nothing_ends(orders, collector):
    assert collector(command=("run", "--drain")).wait(60) == 0
    assert collector.events() == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_is_in_flight(orders, collector, sandbox, ending):
    one = collector(sinks=[glassflow_sink(sandbox)]).wait_ready()
    sandbox.misbehave(hang_ms=300, count=30)
    orders.execute("INSERT INTO orders (id) SELECT n FROM generate_series(1, 500) n")
    one.wait_for(lambda: sandbox.stats()["accepted"] > 0, "deliveries have begun")
    one.process.send_signal(ending)
    assert one.wait(30) == 0, one.tail()
    delivered = [event["_event_id"] for event in sandbox.events()]
    assert len(set(delivered)) == len(delivered), "something was sent twice without need"
    again = collector(sinks=[glassflow_sink(sandbox)], command=("run", "--drain"))
    assert again.wait(60) == 0
    everything = [event["_event_id"] for event in sandbox.events()]
    assert len(set(everything)) == 500
    assert len(everything) == 500, "what was in flight at the signal was delivered but not confirmed"


def test_standard_output_as_a_sink(orders, collector):
    one = collector(sinks=[file_sink("-")]).wait_ready()
    change(orders)
    one.wait_for(lambda: one.stdout.count("\n") >= 6, "six lines on standard output")
    assert one.stop() == 0
    assert_is_the_story([json.loads(line) for line in one.stdout.splitlines()])


def test_only_the_tables_that_were_asked_for(orders, collector):
    orders.execute("CREATE TABLE secrets (id int PRIMARY KEY); CREATE SCHEMA other; CREATE TABLE other.orders (id int PRIMARY KEY)")
    one = collector(source={"tables": ["public.ord*"]}).wait_ready()
    orders.execute("INSERT INTO secrets VALUES (1); INSERT INTO other.orders VALUES (1); INSERT INTO orders (id) VALUES (7)")
    one.wait_for(lambda: collector.events(), "an event arrives")
    position = orders.wal_position()
    one.wait_for(lambda: orders.confirmed_position() >= position, "the position to be confirmed")
    assert [(event["_schema"], event["_table"]) for event in collector.events()] == [("public", "orders")]


def test_confirmed_is_what_all_sinks_have(orders, collector, sandbox, tmp_path):
    path = tmp_path / "events.jsonl"
    one = collector(sinks=[file_sink(path), glassflow_sink(sandbox)]).wait_ready()
    before = orders.wal_position()
    sandbox.misbehave(status=503, count=1_000_000)
    orders.execute("INSERT INTO orders (id) VALUES (1)")
    committed = orders.wal_position()
    one.wait_for(lambda: read_events(path), "the file has it")
    one.wait_for(lambda: next(s for s in one.status()["sinks"] if s["name"] == "glassflow")["retries"] >= 2, "the other sink retries")
    assert orders.confirmed_position() <= committed
    one.kill()
    # Whatever the killed one has confirmed, the row is not behind it: the sink that failed still gets it.
    sandbox.misbehave(status=503, count=0)
    one.drain()
    assert [int(event["data"]["id"]) for event in sandbox.events()] == [1]
    assert before <= committed <= orders.confirmed_position()


def test_idle_and_filtered_databases_do_not_pin_wal(orders, collector):
    orders.execute("CREATE TABLE noise (id int)")
    one = collector(source={"tables": ["public.orders"]}).wait_ready()
    orders.execute("INSERT INTO noise SELECT generate_series(1, 1000)")
    position = orders.wal_position()
    one.wait_for(lambda: orders.confirmed_position() >= position, "WAL without a row for us to be confirmed")
    assert collector.events() == []


def test_reconnects_after_a_restart_of_the_server(postgres, orders, collector):
    one = collector().wait_ready()
    orders.execute("INSERT INTO orders (id) VALUES (1)")
    one.wait_for(lambda: len(collector.events()) == 1, "the first event")
    postgres.restart("fast")
    orders.execute("INSERT INTO orders (id) VALUES (2)")
    one.wait_for(lambda: len({event["_event_id"] for event in collector.events()}) == 2, "the event after the restart")
    assert one.is_ready()
    assert one.status()["reconnects"] >= 1


def test_reconnects_after_its_walsender_was_terminated(orders, collector):
    one = collector().wait_ready()
    for number in range(1, 4):
        pids = orders.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (orders.slot,))
        assert pids == [(True,)]
        orders.execute("INSERT INTO orders (id) VALUES (%s)", (number,))
        one.wait_for(lambda: len({event["_event_id"] for event in collector.events()}) == number, f"event {number}")
        one.wait_for(one.is_ready, "it is ready again")


def test_a_refusal_while_running_is_waited_out(orders, collector):
    """A full server, a password in the middle of its change: the text is in the server's language, the SQLSTATE unknown."""
    one = collector().wait_ready()
    orders.execute(f"ALTER ROLE {REPLICATOR} NOLOGIN")
    try:
        orders.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (orders.slot,))
        one.wait_for(lambda: one.stderr.count("not permitted to log in") >= 2, "two refused attempts")
        assert not one.is_ready()
    finally:
        orders.execute(f"ALTER ROLE {REPLICATOR} LOGIN")
    orders.execute("INSERT INTO orders (id) VALUES (1)")
    one.wait_for(lambda: len(collector.events()) == 1, "the event after the refusals")


def test_two_collectors_cannot_have_one_slot(orders, collector, tmp_path):
    first = collector().wait_ready()
    second = collector(sinks=[file_sink(tmp_path / "second.jsonl")])
    second.wait_for(lambda: "active" in second.stderr or "in use" in second.stderr, "the second says that the slot is in use")
    orders.execute("INSERT INTO orders (id) VALUES (1)")
    first.wait_for(lambda: len(collector.events()) == 1, "the first goes on")
    assert read_events(tmp_path / "second.jsonl") == []


def test_two_collectors_cannot_append_to_one_file(orders, collector):
    collector().wait_ready()
    second = collector(source={"slot": orders.slot + "_b"})
    assert second.wait(30) == 3, second.tail()
    assert "events.jsonl" in second.stderr


def test_slot_dropped_while_running_is_told_and_not_papered_over(orders, collector):
    """A new slot of the same name would have a gap that nobody sees."""
    one = collector().wait_ready()
    orders.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (orders.slot,))

    def dropped():
        try:
            orders.query("SELECT pg_drop_replication_slot(%s)", (orders.slot,))
            return True
        except Exception:  # noqa: BLE001 - active again: the collector was quicker
            orders.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (orders.slot,))
            return False

    poll_until(dropped, "the slot to be dropped")
    assert one.wait(60) != 0, "it went on without its slot"
    assert orders.slot in one.stderr


def test_large_transaction_within_the_memory_limit(orders, collector, tmp_path):
    one = collector(memory_limit="16MiB").wait_ready()
    orders.execute("INSERT INTO orders (id, note) SELECT n, repeat('x', 1000) FROM generate_series(1, 60000) n")
    one.wait_for(lambda: one.status()["sinks"][0]["delivered_events"] >= 60000, "60000 rows", timeout_s=120)
    assert one.peak_kib() < 120 * 1024, "for rows of 60 MB under a limit of 16 MiB"
    assert one.stop() == 0
    assert [int(event["data"]["id"]) for event in collector.events()] == list(range(1, 60001))


def test_rolled_back_rows_do_not_arrive(orders, collector):
    one = collector().wait_ready()
    with orders.connect(autocommit=False) as connection:
        connection.execute("INSERT INTO orders (id) VALUES (1)")
        connection.rollback()
        connection.execute("INSERT INTO orders (id) VALUES (2)")
        connection.execute("SAVEPOINT s")
        connection.execute("INSERT INTO orders (id) VALUES (3)")
        connection.execute("ROLLBACK TO s")
        connection.execute("INSERT INTO orders (id) VALUES (4)")
        connection.commit()
    one.wait_for(lambda: len(collector.events()) >= 2, "two events")
    assert [int(event["data"]["id"]) for event in collector.events()] == [2, 4]


def test_decode_reads_what_psql_prints(orders, collector_binary):
    orders.create_slot()
    change(orders)
    frames = orders.query("SELECT '\\x' || encode(data, 'hex') FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)", (orders.slot,))
    text = "".join(f"{frame}\n" for (frame,) in frames)
    decoded = subprocess.run([collector_binary, "decode"], input=text, capture_output=True, text=True, timeout=30)
    assert decoded.returncode == 0, decoded.stderr
    assert_is_the_story([json.loads(line) for line in decoded.stdout.splitlines()])
    broken = subprocess.run([collector_binary, "decode"], input=text[:-21] + "\n", capture_output=True, text=True, timeout=30)
    assert broken.returncode == 1
    assert "byte" in broken.stderr
