-- Which messages belong to a slot: those of its database, of a transaction only when that commits.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

-- from 17 on a message can ask to be flushed at once
SELECT CASE WHEN current_setting('server_version_num')::integer >= 170000 THEN ', true' ELSE '' END AS flush \gset
SELECT 'sent' FROM pg_logical_emit_message(false, 'scope', 'flushed, outside' :flush);
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'flushed, inside' :flush);
BEGIN;
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'one');
SELECT 'sent' FROM pg_logical_emit_message(false, 'scope', 'comes before its transaction');
SAVEPOINT a;
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'undone');
SELECT 'sent' FROM pg_logical_emit_message(false, 'scope', 'not undone');
ROLLBACK TO a;
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'two');
COMMIT;
:changes;

-- another database has messages of its own
SELECT current_database() AS home \gset
\c template1
SET synchronous_commit = on;
SELECT 'sent' FROM pg_logical_emit_message(false, 'scope', 'of another database');
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'of another database');
\c :home
SET synchronous_commit = on;
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'of ours');
:changes;

-- one that DDL surrounds; one before any row of a table that is described after it
BEGIN;
CREATE TABLE message_scope (id integer);
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'before');
INSERT INTO message_scope VALUES (1);
ALTER TABLE message_scope ADD COLUMN note text;
SELECT 'sent' FROM pg_logical_emit_message(true, 'scope', 'between');
INSERT INTO message_scope VALUES (2, 'two');
DROP TABLE message_scope;
COMMIT;
:changes;

SELECT pg_drop_replication_slot('regression_slot');
