-- Logical messages: any bytes, in their transaction or at once.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

SELECT 'sent' FROM pg_logical_emit_message(true, 'prefix', 'in a transaction');
SELECT 'sent' FROM pg_logical_emit_message(false, 'prefix', 'at once');
SELECT 'sent' FROM pg_logical_emit_message(false, E'pre\nfix ä', '\x00ff80'::bytea);
-- a commit makes the server flush the ones before it
SELECT 'sent' FROM pg_logical_emit_message(true, '', '');
:changes;

-- order within a transaction; a rolled back transaction leaves what did not belong to it
CREATE TABLE message_rows (id integer PRIMARY KEY);
BEGIN;
INSERT INTO message_rows VALUES (1);
SELECT 'sent' FROM pg_logical_emit_message(true, 'p', 'second');
INSERT INTO message_rows VALUES (2);
COMMIT;
BEGIN;
SELECT 'sent' FROM pg_logical_emit_message(true, 'p', 'never seen');
SELECT 'sent' FROM pg_logical_emit_message(false, 'p', 'seen');
ROLLBACK;
INSERT INTO message_rows VALUES (3);
:changes;

-- a large one is a frame of its own size
SELECT 'sent' FROM pg_logical_emit_message(true, 'large', repeat('x', 100000));
SELECT count(*), length(string_agg(line, '')) AS length FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL),
    glassflow.decode(data, false) line WHERE line LIKE 'message%';

DROP TABLE message_rows;

SELECT pg_drop_replication_slot('regression_slot');

