-- Slots: temporary, copied, advanced, read in parts, taken for what they are not.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
CREATE TABLE slots (id integer);
-- a temporary slot ends with its session, another does not
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow', false);
SELECT 'init' FROM pg_create_logical_replication_slot('regression_temporary', 'glassflow', true);
INSERT INTO slots VALUES (1);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_temporary', NULL, NULL);
SELECT pg_backend_pid() AS old_pid \gset
\c -
SET synchronous_commit = on;
SELECT set_config('slots.old_pid', :'old_pid', false) = :'old_pid' AS set;
DO $$
BEGIN
    WHILE EXISTS (SELECT FROM pg_stat_activity WHERE pid = current_setting('slots.old_pid')::integer) LOOP
        PERFORM pg_stat_clear_snapshot();
    END LOOP;
END $$;
SELECT slot_name, plugin, slot_type, temporary, active, catalog_xmin IS NOT NULL AS has_catalog_xmin, xmin IS NULL AS has_no_xmin
    FROM pg_replication_slots WHERE slot_name LIKE 'regression%';

-- looking takes nothing away; only whole transactions are read, at least one
INSERT INTO slots VALUES (2), (3);
INSERT INTO slots VALUES (4);
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, 1);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, 1);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, 1, 'frame_bytes', '1024');

-- moved past a transaction; never back
SELECT lsn AS second_end FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, 1) \gset
SELECT pg_current_wal_lsn() AS behind_all \gset
SELECT end_lsn = :'second_end' AS is_there FROM pg_replication_slot_advance('regression_slot', :'second_end');
\set VERBOSITY sqlstate
SELECT pg_replication_slot_advance('regression_slot', '0/1');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', :'behind_all', NULL);

-- a copy stands where its original stood, may be temporary and may be of another plugin; ours may be one of another's
SELECT 'copied' FROM pg_copy_logical_replication_slot('regression_slot', 'regression_same');
SELECT 'copied' FROM pg_copy_logical_replication_slot('regression_slot', 'regression_temporary', true);
SELECT 'copied' FROM pg_copy_logical_replication_slot('regression_slot', 'regression_other', false, 'test_decoding');
SELECT 'copied' FROM pg_copy_logical_replication_slot('regression_other', 'regression_back', false, 'glassflow');
SELECT slot_name, plugin, temporary FROM pg_replication_slots WHERE slot_name LIKE 'regression%' ORDER BY slot_name;
INSERT INTO slots VALUES (5);
SELECT count(DISTINCT lines) AS different, max(lines) AS lines
    FROM (SELECT slot, string_agg(line, E'\n') AS lines
          FROM unnest(ARRAY['regression_slot', 'regression_same', 'regression_temporary', 'regression_back']) slot,
              pg_logical_slot_get_binary_changes(slot::name, NULL, NULL), glassflow.decode(data, false) line
          GROUP BY slot) l;
SELECT data FROM pg_logical_slot_get_changes('regression_other', NULL, NULL, 'include-xids', '0');

-- taken for what it is not (SQLSTATEs, because the words differ between versions); the slot goes on
SELECT pg_create_logical_replication_slot('regression_slot', 'glassflow');
SELECT pg_create_logical_replication_slot('Regression Slot', 'glassflow');
SELECT pg_logical_slot_get_binary_changes('regression_missing', NULL, NULL);
SELECT pg_drop_replication_slot('regression_missing');
SELECT pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'no such option', '1');
SELECT pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'no such option', '1');
-- ours is no text
SELECT pg_logical_slot_get_changes('regression_slot', NULL, NULL);
SELECT 'init' FROM pg_create_physical_replication_slot('regression_physical');
SELECT pg_logical_slot_get_binary_changes('regression_physical', NULL, NULL);
SELECT pg_copy_logical_replication_slot('regression_physical', 'regression_copy');
SELECT current_database() AS home \gset
\c template1
SELECT pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
\c :home
SET synchronous_commit = on;
INSERT INTO slots VALUES (6);
:changes;

DROP TABLE slots;
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name LIKE 'regression%';
