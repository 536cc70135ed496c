-- Transactions that are sent when they are prepared, and what becomes of them.
-- Servers before 14 decode them at COMMIT PREPARED only.
SELECT current_setting('server_version_num')::integer < 140000 AS skip \gset
\if :skip
\quit
\endif
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL, ''two_phase'', ''on'')'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow', false, true);

CREATE TABLE prepared (id integer PRIMARY KEY, note text);
CREATE TABLE other (id integer);

-- it comes when it is prepared, its end when it is decided
BEGIN;
INSERT INTO prepared VALUES (1, 'prepared');
SAVEPOINT a;
INSERT INTO prepared VALUES (2, 'rolled back before');
ROLLBACK TO a;
SELECT 'sent' FROM pg_logical_emit_message(true, 'regress', 'inside');
PREPARE TRANSACTION 'first';
:changes;
INSERT INTO other VALUES (1);
COMMIT PREPARED 'first';
:changes;

-- rolled back
BEGIN;
UPDATE prepared SET note = 'never' WHERE id = 1;
ALTER TABLE other ADD COLUMN never text;
INSERT INTO other VALUES (2, 'never');
PREPARE TRANSACTION 'it''s "ü"';
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'two_phase', 'on', 'tables', 'public.prepared');
ROLLBACK PREPARED 'it''s "ü"';
INSERT INTO other VALUES (3);
:changes;

-- one of which nothing is wanted is told all the same: its end may be told to a receiver that came later
BEGIN;
INSERT INTO other VALUES (4);
PREPARE TRANSACTION 'unwanted';
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'two_phase', 'on', 'tables', 'public.prepared');
COMMIT PREPARED 'unwanted';
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'two_phase', 'on', 'tables', 'public.prepared');

-- with streaming: what was sent in blocks is prepared
SET logical_decoding_work_mem = '64kB';
BEGIN;
INSERT INTO prepared SELECT i, repeat('x', 100) FROM generate_series(1001, 3000) i;
PREPARE TRANSACTION 'large';
SELECT DISTINCT regexp_replace(line, '^(insert|relation|stream start).*', '\1') AS line
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'two_phase', 'on', 'streaming', 'on'), glassflow.decode(data, false) line ORDER BY 1;
COMMIT PREPARED 'large';
:changes;
RESET logical_decoding_work_mem;

-- without the option it comes at COMMIT PREPARED, as a whole
SELECT pg_drop_replication_slot('regression_slot');
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
BEGIN;
INSERT INTO prepared VALUES (3, 'as a whole');
PREPARE TRANSACTION 'second';
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
COMMIT PREPARED 'second';
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);

DROP TABLE prepared, other;
SELECT pg_drop_replication_slot('regression_slot');
