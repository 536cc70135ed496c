-- The view of our slots: which it shows, what it says of them, and who may see it.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
-- one set of columns for all versions
SELECT attname AS column, format_type(atttypid, atttypmod) AS type FROM pg_attribute
    WHERE attrelid = 'glassflow.slots'::regclass AND attnum > 0 ORDER BY attnum;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
-- others' are not there
SELECT 'init' FROM pg_create_logical_replication_slot('regression_other', 'test_decoding');
SELECT 'init' FROM pg_create_physical_replication_slot('regression_physical');
SELECT slot_name, database = current_database() AS here, active_pid, temporary, lag_bytes >= 0 AS lags,
       retained_wal_bytes >= lag_bytes AS retains_more, wal_status, safe_wal_size
    FROM glassflow.slots;

-- lag grows by what is written and is gone when all is read
CREATE TABLE slots_view (id integer, filler text);
SELECT lag_bytes AS lag_before FROM glassflow.slots \gset
INSERT INTO slots_view SELECT i, repeat('x', 100) FROM generate_series(1, 10000) i;
SELECT lag_bytes - :lag_before > 1000000 AS lags_by_the_rows, retained_wal_bytes > 1000000 AS retains_them FROM glassflow.slots;
-- 14 and later count; work_mem of the tests or not, what was decoded is counted
SELECT count(*) > 0 AS frames FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
SELECT lag_bytes < 1000000 AS has_caught_up FROM glassflow.slots;
CREATE FUNCTION counted() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('server_version_num')::integer < 140000 THEN
        RETURN (SELECT total_bytes IS NULL AND spill_txns IS NULL AND stream_bytes IS NULL FROM glassflow.slots);
    END IF;
    FOR i IN 1..3000 LOOP
        PERFORM pg_stat_clear_snapshot();
        IF (SELECT total_bytes > 0 AND total_txns > 0 AND spill_txns >= 0 AND stream_txns = 0 FROM glassflow.slots) THEN
            RETURN true;
        END IF;
        PERFORM pg_sleep(0.01);
    END LOOP;
    RETURN false;
END $$;
SELECT counted();

-- whoever monitors sees it, nobody else does, and nobody gets the rest of the extension by it
CREATE ROLE regress_glassflow_monitor IN ROLE pg_monitor;
CREATE ROLE regress_glassflow_plain;
\set VERBOSITY sqlstate
SET ROLE regress_glassflow_monitor;
SELECT slot_name FROM glassflow.slots;
SET ROLE regress_glassflow_plain;
SELECT slot_name FROM glassflow.slots;
RESET ROLE;

DROP TABLE slots_view;
DROP FUNCTION counted;
DROP ROLE regress_glassflow_monitor, regress_glassflow_plain;
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'regression%';
