"""Transactions that begin in one order and commit in another, and rows that share a WAL record, with kills between them.

LSNs of single changes are neither unique (the rows of a COPY have one) nor in the order of commits. A collector that
resumed by them would skip the rest of a COPY, or a transaction that began before one that was confirmed.
"""

import itertools

import pytest

from checkpoints import wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, arrived, assert_sound
from services.collector import glassflow_sink


def test_killed_in_the_middle_of_a_copy(collector, database, sandbox):
    """Five rows with one LSN; the first is accepted, the second is under way."""
    numbers = Numbers(database)
    one = collector(sinks=[glassflow_sink(sandbox, concurrent_requests=1)], source={"tables": TABLES}).wait_ready()
    sandbox.misbehave(hang_ms=1500, count=-1)
    with database.connect() as connection, connection.cursor().copy("COPY numbers FROM STDIN") as copy:
        for number in range(1, 6):
            copy.write_row((number,))
    one.wait_for(lambda: sandbox.stats()["accepted"] >= 1, "the first row is accepted")
    one.kill()
    accepted = len(sandbox.events())
    assert 1 <= accepted < 5, "not in the middle: this test proves nothing"
    sandbox.misbehave(hang_ms=1, count=0)
    numbers.last = 5
    one.start().wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert len({event["_event_id"].split("-")[0] for event in sandbox.events()}) == 1, "the rows do not share their LSN: this test proves nothing"
    # What was under way at the kill may have been taken although nobody waited for the answer.
    assert_sound(sandbox.events(), range(1, 6), duplicates_max=accepted + 1)


def insert(connection, *ids):
    for number in ids:
        connection.execute("INSERT INTO numbers VALUES (%s)", (number,))


# When it is killed: after T2 is confirmed and before T1 commits; after both have committed and only T2 is in the file; each.
@pytest.mark.parametrize("kills", [("T2",), ("T1",), ("T2", "T1")], ids="+".join)
def test_begun_first_committed_last(collector, database, kills):
    """T1 begins, T2 begins, T2 commits, T1 commits."""
    Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    with database.connect() as t1, database.connect() as t2:
        t1.execute("BEGIN")
        insert(t1, 11, 12)
        t2.execute("BEGIN")
        insert(t2, 1, 2, 3)
        insert(t1, 13)
        t2.execute("COMMIT")
        wait_confirmed(one, database, database.wal_position())
        if "T2" in kills:
            one.kill()
            wait_released(database)
            one.start().wait_ready()
        insert(t1, 14)
        t1.execute("COMMIT")
    one.wait_for(lambda: 14 in arrived(collector.events()), "T1 has arrived")
    if "T1" in kills:
        one.kill()
        wait_released(database)
        one.start().wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    # T2 was confirmed before each kill; T1 may not have been.
    assert_sound(collector.events(), [1, 2, 3, 11, 12, 13, 14], duplicates_max=4 if "T1" in kills else 0)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=lambda order: "".join(map(str, order)))
def test_every_order_of_three_commits(collector, database, order):
    """Three overlapping transactions, each a COPY, an undone savepoint and a row; killed after the second commit."""
    Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    connections = [database.connect() for _ in order]
    expected = {}
    for number, connection in enumerate(connections):
        connection.execute("BEGIN")
    for number, connection in enumerate(connections):
        # Ranks by the order of the commits, so that sorted means in order.
        base = 100 * (order.index(number) + 1)
        with connection.cursor().copy("COPY numbers FROM STDIN") as copy:
            for row_id in range(base, base + 5):
                copy.write_row((row_id,))
        connection.execute("SAVEPOINT s")
        insert(connection, base + 50)
        connection.execute("ROLLBACK TO s")
        insert(connection, base + 60)
        expected[number] = [*range(base, base + 5), base + 60]
    for turn, number in enumerate(order):
        connections[number].execute("COMMIT")
        if turn == 1:
            one.wait_for(lambda: expected[number][-1] in arrived(collector.events()), "the second has arrived")
            one.kill()
            wait_released(database)
            one.start()
        connections[number].close()
    one.wait_ready()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), list(itertools.chain(*expected.values())), duplicates_max=12)
