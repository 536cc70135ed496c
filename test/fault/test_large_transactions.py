"""Transactions that are large in each way: many rows, many subtransactions, all of it taken back.

logical_decoding_work_mem is 64 kB, so that the server spills nearly everything to its disk and reads it back. Small in
`make test`; ten million rows, and as much as five gigabytes rolled back, in `make test-soak`.
"""

import json
import os

import pytest

from checkpoints import wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, assert_sound
from services.postgres import poll_until

SOAK = os.environ.get("GLASSFLOW_SOAK") == "1"
BLOCKS, ROWS_PER_BLOCK = (1000, 10_000) if SOAK else (120, 4000)
ROLLED_BACK_ROWS = 25_000_000 if SOAK else 200_000  # some 200 bytes of WAL each
SUBTRANSACTIONS = 65_600  # beyond 65 536, and far beyond what a snapshot or a commit record of a usual one holds
RSS_KIB_MAX = 96 * 1024  # whatever the size of the transaction, with the default memory_limit
LONG_S = 3600 if SOAK else 120


@pytest.fixture
def spilling(cluster_factory, database_in):
    return database_in(cluster_factory({"logical_decoding_work_mem": "64kB", "max_wal_size": "8GB", "autovacuum": "off"}))


def peak_kib(one):
    return int(next(line.split()[1] for line in open(f"/proc/{one.process.pid}/status") if line.startswith("VmHWM")))


def write_blocks(connection):
    """One transaction; every third block is taken back, every fifth is in a savepoint within a savepoint -> the ids that stay."""
    kept = []
    connection.execute("BEGIN")
    for block in range(BLOCKS):
        first, last = block * ROWS_PER_BLOCK + 1, (block + 1) * ROWS_PER_BLOCK
        connection.execute("SAVEPOINT outer_one")
        if block % 5 == 0:
            connection.execute("SAVEPOINT inner_one")
        connection.execute("INSERT INTO numbers SELECT generate_series(%s::bigint, %s)", (first, last))
        if block % 3 == 0:
            connection.execute("ROLLBACK TO SAVEPOINT outer_one")
        else:
            kept.append(range(first, last + 1))
            if block % 2 == 0:
                connection.execute("RELEASE SAVEPOINT outer_one")
    connection.execute("COMMIT")
    return kept


def test_a_spilled_transaction_with_undone_parts_and_a_kill_in_it(spilling, collector, tmp_path):
    database = spilling
    Numbers(database)
    path = tmp_path / "events.jsonl"
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    with database.connect() as connection:
        kept = write_blocks(connection)
    count = sum(map(len, kept))
    one.wait_for(lambda: path.exists() and path.stat().st_size > count * 20, "a part of it has arrived", LONG_S)
    one.kill()
    wait_released(database)
    before_kill = sum(1 for _ in ids_in(path))
    assert 0 < before_kill < count, "not killed in the middle: this test proves nothing"
    one.start().wait_ready(LONG_S)
    end = database.wal_position()
    one.wait_for(lambda: database.confirmed_position() >= end, "it is confirmed", LONG_S)
    peak = peak_kib(one)
    print(f"{count} rows in one transaction: {peak} KiB at most")
    assert peak <= RSS_KIB_MAX
    assert one.stop() == 0
    if database.cluster.install.major_version >= 14:
        spilled = poll_until(lambda: database.query("SELECT spill_txns FROM pg_stat_replication_slots WHERE slot_name = %s", (database.slot,))[0][0],
                             "the server's count of what it spilled")
        assert spilled > 0

    # Nothing of it was confirmed before its end, so all of it comes again after the kill: from its first row, in order.
    ids = ids_in(path)
    assert [next(ids) for _ in range(before_kill)] == [number for number, _ in zip(all_of(kept), range(before_kill))]
    for number in all_of(kept):
        assert next(ids) == number
    assert next(ids, None) is None


def ids_in(path):
    """Row by row: the file may be large. The torn line at the time of the kill was cut off or completed by the next start."""
    with open(path) as lines:
        for line in lines:
            if line.endswith("\n"):
                yield int(json.loads(line)["data"]["id"])


def all_of(ranges):
    for one in ranges:
        yield from one


def test_what_is_rolled_back_costs_no_output(spilling, collector):
    database = spilling
    numbers = Numbers(database)
    database.execute("ALTER TABLE numbers ADD COLUMN note text")
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    numbers.add(5)
    wait_confirmed(one, database, database.wal_position())
    received, changes = one.status()["received_bytes"], one.status()["received_changes"]
    before = database.wal_position()
    with database.connect() as connection:
        connection.execute("BEGIN")
        connection.execute("SAVEPOINT s")
        connection.execute("INSERT INTO numbers SELECT n, repeat('x', 150) FROM generate_series(1000, 1000 + %s) n" % ROLLED_BACK_ROWS)
        connection.execute("RELEASE s")
        connection.execute("ROLLBACK")
    end = database.wal_position()
    assert end - before > ROLLED_BACK_ROWS * 150
    one.wait_for(lambda: database.confirmed_position() >= end, "the server may let go of its WAL", LONG_S)
    assert one.status()["received_bytes"] == received and one.status()["received_changes"] == changes, "something of it was sent"
    numbers.add(5)
    wait_confirmed(one, database, database.wal_position())
    assert one.status()["reconnects"] == 0
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, 11), duplicates_max=0)


def test_more_subtransactions_than_sixteen_bits_count(cluster_factory, database_in, collector):
    """In the usual work_mem: with 64 kB the server looks through all of them for each that it spills."""
    database = database_in(cluster_factory({"autovacuum": "off", "max_wal_size": "2GB"}))
    numbers = Numbers(database)
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    # Each row is in a subtransaction of its own, every tenth is taken back.
    database.execute("""DO $$ BEGIN
        FOR n IN 1..%s LOOP
            BEGIN
                INSERT INTO numbers VALUES (n);
                IF n %% 10 = 0 THEN RAISE division_by_zero; END IF;
            EXCEPTION WHEN division_by_zero THEN NULL;
            END;
        END LOOP; END $$""".replace("%s", str(SUBTRANSACTIONS)).replace("%%", "%"))
    numbers.last = SUBTRANSACTIONS
    numbers.add(5)
    end = database.wal_position()
    one.wait_for(lambda: (database.confirmed_position() or 0) >= end, "it is confirmed", LONG_S)
    assert peak_kib(one) <= RSS_KIB_MAX
    assert one.stop() == 0
    expected = [number for number in range(1, numbers.last + 1) if number % 10 or number > SUBTRANSACTIONS]
    assert_sound(collector.events(), expected, duplicates_max=0)
