-- Unlogged and temporary tables are not in the WAL, also when they become logged ones or cease to be.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE UNLOGGED TABLE persistence (id integer PRIMARY KEY, large text);
ALTER TABLE persistence ALTER large SET STORAGE EXTERNAL;
INSERT INTO persistence VALUES (1, repeat('u', 5000));
-- its rows are written to the WAL now, and are no change
ALTER TABLE persistence SET LOGGED;
INSERT INTO persistence VALUES (2, 'logged');
BEGIN;
UPDATE persistence SET id = 10 WHERE id = 1;
ALTER TABLE persistence SET UNLOGGED;
INSERT INTO persistence VALUES (3, 'unlogged again');
ALTER TABLE persistence SET LOGGED;
INSERT INTO persistence VALUES (4, 'logged again');
COMMIT;
ALTER TABLE persistence SET UNLOGGED;
DELETE FROM persistence;
:changes;

BEGIN;
CREATE TEMPORARY TABLE persistence_temporary (id integer) ON COMMIT DROP;
INSERT INTO persistence_temporary VALUES (1);
ALTER TABLE persistence_temporary ADD COLUMN note text;
INSERT INTO persistence_temporary VALUES (2, 'two');
TRUNCATE persistence_temporary;
TRUNCATE persistence;
COMMIT;
:changes;

-- what reads rows does not write any: views; what copies them does: tables
CREATE TABLE persistence_plain (id integer);
CREATE VIEW persistence_view AS SELECT * FROM persistence_plain;
CREATE MATERIALIZED VIEW persistence_kept AS SELECT * FROM persistence_plain;
INSERT INTO persistence_view VALUES (1);
REFRESH MATERIALIZED VIEW persistence_kept;
CREATE TABLE persistence_copy AS TABLE persistence_kept;
CREATE UNLOGGED TABLE persistence_unlogged_copy AS TABLE persistence_kept;
:changes;

DROP TABLE persistence, persistence_plain, persistence_copy, persistence_unlogged_copy CASCADE;

SELECT pg_drop_replication_slot('regression_slot');
