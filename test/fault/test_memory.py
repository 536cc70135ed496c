"""What a walsender holds does not grow with what it has sent, nor with what it was asked to leave out.

Small in `make test`; `make test-soak` sets GLASSFLOW_SOAK=1: a hundred million changes filtered out, ten million rows in
one transaction.
"""

import os
import subprocess

from services.postgres import poll_until

from plugin_stream import Walsender, start_receiving

SOAK = os.environ.get("GLASSFLOW_SOAK") == "1"
FILTERED_CHANGES = 100_000_000 if SOAK else 1_500_000
ROWS_IN_ONE_TRANSACTION = 10_000_000 if SOAK else 300_000
ROWS_PER_TRANSACTION = 10_000
GROWTH_KB_MAX = 1024


def test_filtered_changes_leave_nothing_behind(cluster_factory, database_in):
    """Many transactions, so that WAL is recycled meanwhile; the walsender is compared with itself after a tenth of them."""
    database = database_in(cluster_factory({"max_wal_size": "256MB", "autovacuum": "off"}))
    database.execute("CREATE TABLE wanted (n integer); CREATE UNLOGGED TABLE source AS SELECT n FROM generate_series(1, 10000) n; CREATE TABLE noise (n integer)")
    database.create_slot()
    walsender = Walsender(database.cluster, database.name, database.slot, ["tables=public.wanted"], fsync_interval_s=1)
    try:
        transactions = FILTERED_CHANGES // ROWS_PER_TRANSACTION
        early_kb = None
        with database.connect() as connection:
            for number in range(1, transactions + 1):
                connection.execute("INSERT INTO noise SELECT n FROM source")
                if number % 100 == 0:
                    connection.execute("TRUNCATE noise")  # of the same kind as what is left out
                if number % max(1, transactions // 10) == 0:
                    walsender.wait_until_sent(sent_after(connection), timeout_s=600)
                    early_kb = early_kb or walsender.own_memory_kb()
            late_kb = walsender.own_memory_kb()
        print(f"{FILTERED_CHANGES} changes filtered out: {early_kb} kB after a tenth, {late_kb} kB after all, {walsender.cpu_s():.1f} s of CPU")
        assert late_kb - early_kb < GROWTH_KB_MAX
    finally:
        walsender.close()


def sent_after(connection):
    """A position that the walsender passes only when it has read all that was written before."""
    position = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()[0]
    connection.execute("INSERT INTO wanted VALUES (1)")
    return position


def test_a_large_transaction_is_sent_in_the_memory_of_a_small_one(cluster_factory, database_in):
    database = database_in(cluster_factory({"logical_decoding_work_mem": "4MB", "autovacuum": "off"}))
    database.execute("CREATE TABLE rows (id bigint, name text, amount numeric, document jsonb)")
    database.create_slot()
    database.execute("INSERT INTO rows SELECT n, 'name ' || n, n / 4.0, jsonb_build_object('n', n) FROM generate_series(1, %s::bigint) n" % ROWS_IN_ONE_TRANSACTION)
    end = database.query("SELECT pg_current_wal_insert_lsn()::text")[0][0]
    process = start_receiving(database.cluster, database.name, database.slot, end=end, stdout=subprocess.PIPE, bufsize=0)
    pid = None
    sent_bytes, samples = 0, []  # (bytes received, kB held)
    with database.connect() as connection:
        while chunk := process.stdout.read(1 << 16):
            sent_bytes += len(chunk)
            if pid is None:
                query = "SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s"
                pid = poll_until(lambda: connection.execute(query, (database.slot,)).fetchone()[0], "the walsender")
            memory_kb = own_memory_kb(pid)
            if memory_kb is not None:
                samples.append((sent_bytes, memory_kb))
    errors = process.communicate(timeout=60)[1]
    assert process.returncode == 0, errors.decode()
    assert sent_bytes > ROWS_IN_ONE_TRANSACTION * 20 and len(samples) > 20
    early_kb = max(memory_kb for position, memory_kb in samples if position <= max(samples[0][0], sent_bytes / 10))
    late_kb = max(memory_kb for position, memory_kb in samples if position > sent_bytes / 10)
    print(f"{ROWS_IN_ONE_TRANSACTION} rows in one transaction, {sent_bytes} bytes: {early_kb} kB in the first tenth, {late_kb} kB after it")
    assert late_kb - early_kb < GROWTH_KB_MAX


def own_memory_kb(pid):
    """None when the process is gone, or on its way."""
    try:
        with open(f"/proc/{pid}/status") as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None
