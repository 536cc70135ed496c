-- Two slots with different options in one backend, one inside the other.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot2', 'glassflow');
CREATE TABLE sessions_a (id integer, name text);
CREATE TABLE sessions_b (id integer);
INSERT INTO sessions_a VALUES (1, 'one');
INSERT INTO sessions_b VALUES (1);

-- a slot that is read while another is being read
CREATE FUNCTION inner_changes() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT 'inner: ' || glassflow.decode(data, false)
    FROM pg_logical_slot_peek_binary_changes('regression_slot2', NULL, NULL, 'tables', 'public.sessions_b') $$;
SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', 'public.sessions_a'),
    LATERAL (SELECT glassflow.decode(data, false) AS line UNION ALL SELECT inner_changes()) l;

-- an invalidation reaches both, an ended session is not touched by one
ALTER TABLE sessions_a RENAME COLUMN name TO title;
INSERT INTO sessions_a VALUES (2, 'two');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'tables', 'public.sessions_a');
ALTER TABLE sessions_a RENAME COLUMN title TO name;
INSERT INTO sessions_b VALUES (2);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot2', NULL, NULL);

-- decoding within a transaction, and after an error in a subtransaction (not one that PL/pgSQL catches: the server then
-- keeps the slot acquired, and with assertions it ends at the next use of a slot)
BEGIN;
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SAVEPOINT s;
SELECT pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'frame_bytes', '0');
ROLLBACK TO SAVEPOINT s;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
COMMIT;

DROP FUNCTION inner_changes;
DROP TABLE sessions_a, sessions_b;
SELECT pg_drop_replication_slot('regression_slot2');

SELECT pg_drop_replication_slot('regression_slot');

