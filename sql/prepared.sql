-- Prepared transactions come when they are committed; needs max_prepared_transactions of 2.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE prepared (id integer PRIMARY KEY);
CREATE TABLE prepared_other (id integer);
BEGIN;
INSERT INTO prepared VALUES (1);
PREPARE TRANSACTION 'glassflow 1';
INSERT INTO prepared VALUES (2);
-- the one that is prepared is not there yet
:changes;
COMMIT PREPARED 'glassflow 1';
:changes;

-- rolled back: never
BEGIN;
INSERT INTO prepared VALUES (3);
SELECT 'sent' FROM pg_logical_emit_message(true, 'prepared', 'never seen');
PREPARE TRANSACTION 'glassflow 2';
ROLLBACK PREPARED 'glassflow 2';
-- with DDL, subtransactions and a message; other transactions go on meanwhile
BEGIN;
INSERT INTO prepared VALUES (4);
ALTER TABLE prepared ADD COLUMN note text DEFAULT 'added';
SAVEPOINT a;
INSERT INTO prepared VALUES (5, 'five');
ROLLBACK TO a;
SAVEPOINT b;
UPDATE prepared SET note = 'changed' WHERE id = 1;
RELEASE b;
SELECT 'sent' FROM pg_logical_emit_message(true, 'prepared', 'seen');
CREATE TABLE prepared_made (id integer);
INSERT INTO prepared_made VALUES (1);
PREPARE TRANSACTION 'glassflow 3';
INSERT INTO prepared_other VALUES (6);
BEGIN;
TRUNCATE prepared_other;
ALTER TABLE prepared_other RENAME COLUMN id TO number;
PREPARE TRANSACTION 'glassflow 4';
COMMIT PREPARED 'glassflow 4';
INSERT INTO prepared_other VALUES (7);
:changes;
COMMIT PREPARED 'glassflow 3';
INSERT INTO prepared VALUES (8, 'eight');
:changes;

-- committed by another session, read after the table is gone
BEGIN;
DELETE FROM prepared WHERE id = 1;
DROP TABLE prepared_made;
PREPARE TRANSACTION 'glassflow 5';
\c -
SET synchronous_commit = on;
SET client_min_messages = warning;
COMMIT PREPARED 'glassflow 5';
DROP TABLE prepared, prepared_other;
:changes;

SELECT pg_drop_replication_slot('regression_slot');
