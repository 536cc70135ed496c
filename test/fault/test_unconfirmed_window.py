"""Killed between a delivery and its confirmation: what was in that window comes again, all of it and nothing else.

The checkpoint's file is kept from being written, so that deliveries go on and nothing is confirmed: the window is as wide
as the test wants it.
"""

import pytest

from checkpoints import path_of, position, wait_confirmed
from numbers_table import TABLES, Numbers, arrived, assert_sound
from services.collector import glassflow_sink
from services.postgres import poll_until


@pytest.fixture
def window(database):
    """open_window(one): from its return on nothing is confirmed, until close_window(one)."""
    places = []

    def open_window(one):
        path = path_of(one, database)
        place = path.with_name(path.name + ".new")  # a directory in the way is refused to root, too
        poll_until(lambda: _made(place), "the file's place to be taken")
        places.append(place)

    yield open_window, lambda: places.pop().rmdir()


def _made(place):
    try:
        place.mkdir()
    except FileExistsError:
        return False
    return True


@pytest.mark.parametrize("sink", ["file", "http"])
def test_what_was_delivered_and_not_confirmed_comes_again_once(collector, database, sandbox, window, sink):
    open_window, close_window = window
    numbers = Numbers(database)
    sinks = [glassflow_sink(sandbox, concurrent_requests=1)] if sink == "http" else None
    events = sandbox.events if sink == "http" else collector.events
    one = collector(sinks=sinks, source={"tables": TABLES}).wait_ready()
    numbers.add(10)
    wait_confirmed(one, database, database.wal_position())
    open_window(one)
    remembered = position(one, database)
    in_the_window = numbers.add(25)
    one.wait_for(lambda: numbers.last in arrived(events()), "the window is delivered")
    one.kill()
    assert position(one, database) == remembered and database.confirmed_position() <= remembered
    close_window()
    numbers.add(5)
    one.drain()
    repeated = assert_sound(events(), range(1, numbers.last + 1), duplicates_max=len(in_the_window))
    assert repeated == len(in_the_window), "something was confirmed although the checkpoint could not be written"


def test_killed_again_and_again_in_the_same_window(collector, database, window):
    """Each start delivers the window once more, and nothing that came before it."""
    open_window, close_window = window
    numbers = Numbers(database)
    one = collector(source={"tables": TABLES}).wait_ready()
    numbers.add(10)
    wait_confirmed(one, database, database.wal_position())
    open_window(one)
    in_the_window = numbers.add(20)
    for deliveries in range(1, 4):
        one.wait_for(lambda: arrived(collector.events()).count(numbers.last) == deliveries, f"delivery {deliveries} of the window")
        one.kill()
        one.start()
    close_window()
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, numbers.last + 1), duplicates_max=3 * len(in_the_window))
