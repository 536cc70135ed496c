"""A table of numbers, each committed by itself in rising order: what is missing, repeated or out of order shows."""

import collections

TABLES = ["public.numbers"]


class Numbers:
    def __init__(self, database):
        self.database = database
        self.last = 0
        database.execute("CREATE TABLE numbers (id bigint PRIMARY KEY)")

    def add(self, count=10, database=None):
        """The numbers that were committed."""
        added = range(self.last + 1, self.last + 1 + count)
        with (database or self.database).connect() as connection:
            for number in added:
                connection.execute("INSERT INTO numbers VALUES (%s)", (number,))
        self.last += count
        return added


def arrived(events):
    return [int(event["data"]["id"]) for event in events if event["_table"] == "numbers"]


def assert_sound(events, expected, duplicates_max=0):
    """No gap, in order at first sight, and at most so many more than once."""
    numbers = arrived(events)
    first_seen = list(dict.fromkeys(numbers))
    missing = sorted(set(expected) - set(numbers))
    assert not missing, f"missing: {missing[:20]} ({len(missing)})"
    surplus = sorted(set(numbers) - set(expected))
    assert not surplus, f"never committed or given up: {surplus[:20]}"
    assert first_seen == sorted(first_seen), f"out of order: {first_seen}"
    repeated = sum(count - 1 for count in collections.Counter(numbers).values())
    assert repeated <= duplicates_max, f"{repeated} duplicates, more than {duplicates_max}"
    return repeated
