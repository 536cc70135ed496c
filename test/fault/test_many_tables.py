"""Thousands of tables that change all the time: every row arrives, and the collector's memory has a bound.

What the plugin pays per table and per change of the catalog is measured in test_invalidation_storm.py; here is the whole way.
"""

import os

from services.collector import read_events

TABLES = 10_000 if os.environ.get("GLASSFLOW_SOAK") == "1" else 400
PER_TRANSACTION = 50
RSS_KIB_MAX = 96 * 1024
LONG_S = 1800


def memory_kib(one):
    return int(next(line.split()[1] for line in open(f"/proc/{one.process.pid}/status") if line.startswith("VmHWM")))


def test_rows_of_many_changing_tables(cluster_factory, database_in, collector, tmp_path):
    database = database_in(cluster_factory({"autovacuum": "off", "max_wal_size": "4GB", "max_locks_per_transaction": 256}))
    one = collector(source=database.source()).wait_ready()
    with database.connect() as connection:
        for first in range(0, TABLES, PER_TRANSACTION):
            connection.execute("BEGIN")
            for number in range(first, first + PER_TRANSACTION):
                # The second row is described anew; so is every table that was known, for the server says: all of them may have changed.
                connection.execute(f"CREATE TABLE many_{number} (id int PRIMARY KEY, v text); INSERT INTO many_{number} VALUES (1, 'a');"
                                   f" ALTER TABLE many_{number} ADD COLUMN c{number % 7} int DEFAULT 3; INSERT INTO many_{number} VALUES (2, 'b')")
            connection.execute("COMMIT")
        # All of them again, after each has changed once more.
        for number in range(TABLES):
            connection.execute(f"ALTER TABLE many_{number} RENAME COLUMN v TO w; UPDATE many_{number} SET w = 'z' WHERE id = 1")
    end = database.wal_position()
    one.wait_for(lambda: (database.confirmed_position() or 0) >= end, "everything is confirmed", LONG_S)
    peak = memory_kib(one)
    print(f"{TABLES} tables: {peak} KiB at most")
    assert peak < RSS_KIB_MAX
    assert one.status()["reconnects"] == 0
    assert one.stop(60) == 0
    events = read_events(tmp_path / "events.jsonl")
    told = [(event["_table"], event["_op"], int(event["data"]["id"]), sorted(event["data"])) for event in events]
    expected = [(f"many_{number}", "c", row, sorted(["id", "v", *([f"c{number % 7}"] if row == 2 else [])])) for number in range(TABLES) for row in (1, 2)]
    expected += [(f"many_{number}", "u", 1, sorted(["id", "w", f"c{number % 7}"])) for number in range(TABLES)]
    assert told == expected
