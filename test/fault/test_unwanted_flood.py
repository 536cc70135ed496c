"""A flood of small transactions that the slot does not want: no output, no lag, no timeout, and the wanted row arrives."""

import os
import threading

from checkpoints import wait_confirmed
from numbers_table import TABLES, Numbers, assert_sound

TRANSACTIONS = 2_000_000 if os.environ.get("GLASSFLOW_SOAK") == "1" else 400_000
LONG_S = 1200

# One statement, many commits: as fast as the server can.
FLOOD = """DO $$ BEGIN
    FOR n IN 1..%s LOOP
        INSERT INTO unwanted VALUES (n);
        COMMIT;
    END LOOP; END $$"""


def test_empty_transactions_cost_nothing_and_hold_nothing_up(cluster_factory, database_in, collector):
    database = database_in(cluster_factory({"wal_sender_timeout": "2s", "synchronous_commit": "off", "autovacuum": "off"}))
    numbers = Numbers(database)
    database.execute("CREATE TABLE unwanted (n int)")
    source = {**database.source(), "tables": TABLES, "status_interval": "200ms"}
    one = collector(source=source).wait_ready()
    numbers.add(5)
    wait_confirmed(one, database, database.wal_position())
    before = one.status()
    begun = database.wal_position()


    flood = threading.Thread(target=database.execute, args=(FLOOD % TRANSACTIONS,))
    flood.start()
    positions = set()
    one.wait_for(lambda: positions.add(database.confirmed_position()) or not flood.is_alive(), "the flood ends", LONG_S)
    flood.join()
    end = database.wal_position()
    one.wait_for(lambda: database.confirmed_position() >= end, "the flood is confirmed", LONG_S)
    positions = {position for position in positions if position > begun}
    print(f"{TRANSACTIONS} transactions, {end - begun} bytes of WAL, {len(positions)} confirmed positions meanwhile")
    assert len(positions) >= 3, "nothing was confirmed before the flood had ended"
    after = one.status()
    for name in ("received_frames", "received_changes", "received_transactions", "reconnects"):
        assert after[name] == before[name], f"{name}: {after[name]} instead of {before[name]}"
    assert after["lag_bytes"] < 1 << 20
    numbers.add(5)
    wait_confirmed(one, database, database.wal_position())
    assert one.stop() == 0
    assert_sound(collector.events(), range(1, 11), duplicates_max=0)
