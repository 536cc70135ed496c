"""A destination holds a request while the source goes away and comes back; then it answers, before or after that.

What is in hand is neither lost nor sent again, for the process remembers what it has taken from the server, and nothing
of it is confirmed before the answer.
"""

import signal

import pytest

from checkpoints import wait_confirmed
from numbers_table import TABLES, Numbers, assert_sound
from services.collector import glassflow_sink


def queued(one):
    return one.status()["sinks"][0]["queued_events"]


@pytest.mark.parametrize("answer", ["before the reconnect", "after the reconnect"])
@pytest.mark.parametrize("loss", ["walsender ended", "server restarted"])
def test_a_request_is_held_across_a_reconnect(cluster_factory, database_in, collector, sandbox, answer, loss):
    database = database_in(cluster_factory(durable=True))
    numbers = Numbers(database)
    source = {**database.source(), "tables": TABLES, "reconnect_max": "500ms"}
    one = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1, request_timeout="2m")], source=source).wait_ready()
    numbers.add()
    wait_confirmed(one, database, database.wal_position())
    confirmed = database.confirmed_position()

    sandbox.process.send_signal(signal.SIGSTOP)
    try:
        numbers.add(10)
        one.wait_for(lambda: queued(one) == 10, "ten events wait for answers")
        interrupt(database, loss, keep_away=answer == "before the reconnect")
        if answer == "after the reconnect":
            one.wait_for(lambda: one.status()["reconnects"] >= 1 and one.is_ready(), "it has come back", 60)
            assert queued(one) == 10
            assert database.confirmed_position() <= confirmed + 8192, "confirmed what nobody has answered for"
    finally:
        sandbox.process.send_signal(signal.SIGCONT)
    if answer == "before the reconnect":
        one.wait_for(lambda: queued(one) == 0, "the answers are there")
        come_back(database, loss)
    numbers.add(10)
    one.wait_for(one.is_ready, "it has come back", 60)
    wait_confirmed(one, database, database.wal_position())
    assert one.status()["reconnects"] >= 1
    assert one.stop() == 0
    assert_sound(sandbox.events(), range(1, numbers.last + 1), duplicates_max=0)


def interrupt(database, loss, keep_away):
    if loss == "server restarted":
        database.cluster.stop("immediate")
        if not keep_away:
            database.cluster.start()
        return
    if keep_away:
        database.execute("ALTER ROLE replicator NOREPLICATION")
    end_walsender(database)


def come_back(database, loss):
    if loss == "server restarted":
        database.cluster.start()
    else:
        database.execute("ALTER ROLE replicator REPLICATION")


def end_walsender(database):
    database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))


def test_a_request_that_is_held_beyond_its_timeout_is_sent_again(collector, database, sandbox):
    numbers = Numbers(database)
    sinks = [glassflow_sink(sandbox, concurrent_requests=1, request_timeout="300ms", retry_initial="50ms", retry_max="200ms")]
    one = collector(sinks=sinks, source={"tables": TABLES}).wait_ready()
    sandbox.process.send_signal(signal.SIGSTOP)
    try:
        numbers.add(5)
        one.wait_for(lambda: one.status()["sinks"][0]["retries"] >= 2, "it is tried again")
        end_walsender(database)
    finally:
        sandbox.process.send_signal(signal.SIGCONT)
    numbers.add(5)
    wait_confirmed(one, database, database.wal_position())
    retries = one.status()["sinks"][0]["retries"]
    assert one.stop() == 0
    assert_sound(sandbox.events(), range(1, numbers.last + 1), duplicates_max=retries)
