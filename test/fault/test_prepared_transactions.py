"""Two-phase transactions: prepared before a restart and committed after it, whoever restarts; they come when committed."""

import pytest

from checkpoints import wait_confirmed, wait_released
from numbers_table import TABLES, Numbers, arrived, assert_sound


@pytest.fixture
def two_phase(cluster_factory, database_in):
    return database_in(cluster_factory({"max_prepared_transactions": 10}, durable=True))


def prepare(database, name, *ids):
    with database.connect() as connection:
        connection.execute("BEGIN")
        for number in ids:
            connection.execute("INSERT INTO numbers VALUES (%s)", (number,))
        connection.execute(f"PREPARE TRANSACTION '{name}'")


@pytest.mark.parametrize("restart", ["stop", "kill", "server", "both"])
def test_prepared_before_a_restart_committed_after_it(two_phase, collector, restart):
    database = two_phase
    Numbers(database)
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    database.execute("INSERT INTO numbers VALUES (1)")
    prepare(database, "kept", 11, 12, 13)
    prepare(database, "given up", 901, 902)
    prepare(database, "last", 21)
    database.execute("INSERT INTO numbers VALUES (2)")
    # What was written before the prepared rows and after them is confirmed: the slot stands behind the PREPARE.
    wait_confirmed(one, database, database.wal_position())
    if restart in ("stop", "kill", "both"):
        one.stop() if restart == "stop" else one.kill()
        wait_released(database)
    if restart in ("server", "both"):
        database.cluster.restart("immediate")
    if not one.is_running():
        one.configuration["source"]["port"] = database.cluster.port
        one.start()
    one.wait_ready(60)
    assert arrived(collector.events())[:2] == [1, 2] and not set(arrived(collector.events())) & {11, 12, 13, 21}, "came before its commit"
    database.execute("INSERT INTO numbers VALUES (3)")
    database.execute("COMMIT PREPARED 'kept'")
    database.execute("ROLLBACK PREPARED 'given up'")
    database.execute("INSERT INTO numbers VALUES (14)")
    database.execute("COMMIT PREPARED 'last'")
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    # A server before 17 forgets the last confirmed position when it crashes, so that the first two may come again.
    assert_sound(collector.events(), [1, 2, 3, 11, 12, 13, 14, 21], duplicates_max=2 if restart in ("server", "both") else 0)


def test_a_slot_that_was_made_for_two_phases(two_phase, collector):
    """The plugin does not offer them: the server says nothing at PREPARE, and all of it comes at the commit, once."""
    database = two_phase
    if database.cluster.install.major_version < 14:
        pytest.skip("such slots exist since PostgreSQL 14")
    Numbers(database)
    prepare(database, "before the slot is whole", 1)
    database.execute("COMMIT PREPARED 'before the slot is whole'")
    database.query("SELECT pg_create_logical_replication_slot(%s, 'glassflow', false, true)", (database.slot,))
    one = collector(source={**database.source(), "tables": TABLES}).wait_ready()
    prepare(database, "first", 11, 12)
    wait_confirmed(one, database, database.wal_position())
    assert arrived(collector.events()) == []
    one.kill()
    wait_released(database)
    one.start().wait_ready()
    database.execute("COMMIT PREPARED 'first'")
    prepare(database, "second", 901)
    database.execute("ROLLBACK PREPARED 'second'")
    database.execute("INSERT INTO numbers VALUES (13)")
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), [11, 12, 13], duplicates_max=0)
