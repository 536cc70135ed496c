"""Logical messages of no transaction, between and inside transactions: each once, in its place, also when it was the last.

A resume that compared positions of changes would take such a message for a commit, and skip the transaction that was open
around it, or the one that follows.
"""

import pytest

from checkpoints import position, wait_confirmed, wait_released


@pytest.fixture
def messages(database, collector):
    database.execute("CREATE TABLE rows (id int PRIMARY KEY)")
    return collector(source={"tables": ["public.rows"]}).wait_ready()


def told(events):
    """What came first of each event: ids of rows, contents of messages."""
    first = {event["_event_id"]: event for event in events}
    return [event["data"]["content"] if event["_op"] == "m" else int(event["data"]["id"]) for event in first.values()]


def emit(connection, content, transactional=False):
    connection.execute("SELECT pg_logical_emit_message(%s, 'test', %s)", (transactional, content))


def restart(one, database, how):
    one.kill() if how == "kill" else one.stop()
    wait_released(database)
    one.start().wait_ready()


def story(database, between):
    """between(): comes after each step. Returns what must have arrived, in order."""
    with database.connect() as one, database.connect() as other:
        emit(other, "first of all")
        between()
        one.execute("BEGIN")
        one.execute("INSERT INTO rows VALUES (10)")
        emit(one, "inside, at once")
        between()
        emit(one, "inside, with it", transactional=True)
        other.execute("INSERT INTO rows VALUES (1)")
        emit(other, "after 1")
        between()
        one.execute("INSERT INTO rows VALUES (11)")
        one.execute("COMMIT")
        between()
        other.execute("BEGIN")
        emit(other, "of one that is taken back, at once")
        emit(other, "never seen", transactional=True)
        other.execute("INSERT INTO rows VALUES (999)")
        other.execute("ROLLBACK")
        between()
        emit(other, "the last one")
        between()
        other.execute("INSERT INTO rows VALUES (12)")
    return ["first of all", "inside, at once", 1, "after 1", 10, "inside, with it", 11, "of one that is taken back, at once", "the last one", 12]


def flush(database):
    """A message outside transactions is in the log when something else makes the server write it; 17 does that by itself."""
    database.execute("CREATE TABLE IF NOT EXISTS flushed (n int)")
    database.execute("INSERT INTO flushed VALUES (1)")


def test_without_a_restart(messages, database, collector):
    expected = story(database, lambda: None)
    wait_confirmed(messages, database, database.wal_position())
    assert messages.stop() == 0
    assert told(collector.events()) == expected
    assert len(collector.events()) == len(expected)


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_restarted_after_each_of_them(messages, database, collector, how):
    """When all is confirmed: nothing comes again, and nothing after it is skipped."""
    def between():
        flush(database)
        wait_confirmed(messages, database, database.wal_position())
        restart(messages, database, how)

    expected = story(database, between)
    wait_confirmed(messages, database, database.wal_position())
    assert messages.stop() == 0
    assert told(collector.events()) == expected
    assert len(collector.events()) == len(expected), "something came again that was confirmed"


def test_killed_when_the_last_one_has_just_arrived(messages, database, collector):
    """Without waiting for its confirmation: what the checkpoint has does not come again."""
    starts = []  # (events in the file, position of the checkpoint)

    def between():
        flush(database)
        messages.wait_for(lambda: len(set(told(collector.events()))) > len(starts), "one more has arrived")
        messages.kill()
        wait_released(database)
        starts.append((len(collector.events()), position(messages, database)))
        messages.start().wait_ready()

    expected = story(database, between)
    wait_confirmed(messages, database, database.wal_position())
    assert messages.stop() == 0
    events = collector.events()
    assert told(events) == expected
    for (first, confirmed), (after, _) in zip(starts, [*starts[1:], (len(events), None)]):
        again = [event for event in events[first:after] if is_at_once(event) and int(event["_version"]) < confirmed]
        assert not again, f"confirmed up to {confirmed}, and yet delivered again: {again}"
        assert len(events[first:after]) == len({event["_event_id"] for event in events[first:after]}), "twice in one run"


def is_at_once(event):
    return event["_op"] == "m" and "_commit_ts" not in event
