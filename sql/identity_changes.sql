-- The replica identity changes between rows: each row has the key and the old row of its moment.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE identity_changes (id integer PRIMARY KEY, code text NOT NULL, part text NOT NULL, note text);
CREATE UNIQUE INDEX identity_code ON identity_changes (part, code);
INSERT INTO identity_changes SELECT i, 'c' || i, 'p', 'n' FROM generate_series(1, 9) i;
BEGIN;
UPDATE identity_changes SET id = 10 WHERE id = 1;
ALTER TABLE identity_changes REPLICA IDENTITY FULL;
UPDATE identity_changes SET code = 'full' WHERE id = 10;
ALTER TABLE identity_changes REPLICA IDENTITY NOTHING;
UPDATE identity_changes SET id = 11 WHERE id = 10;
ALTER TABLE identity_changes REPLICA IDENTITY USING INDEX identity_code;
UPDATE identity_changes SET id = 12 WHERE id = 11;
UPDATE identity_changes SET code = 'index' WHERE id = 12;
SAVEPOINT s;
ALTER TABLE identity_changes REPLICA IDENTITY FULL;
DELETE FROM identity_changes WHERE id = 12;
ROLLBACK TO s;
DELETE FROM identity_changes WHERE id = 12;
ALTER TABLE identity_changes REPLICA IDENTITY DEFAULT;
DELETE FROM identity_changes WHERE id = 2;
COMMIT;
SELECT line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line WHERE line !~ '^insert';

-- the key itself: dropped, another one, its columns renamed, its index renamed or made anew
DELETE FROM identity_changes WHERE id = 3;
ALTER TABLE identity_changes DROP CONSTRAINT identity_changes_pkey;
DELETE FROM identity_changes WHERE id = 4;
ALTER TABLE identity_changes ADD PRIMARY KEY (note, code);
DELETE FROM identity_changes WHERE id = 5;
ALTER TABLE identity_changes RENAME COLUMN code TO label;
ALTER INDEX identity_changes_pkey RENAME TO identity_renamed;
DELETE FROM identity_changes WHERE id = 6;
REINDEX TABLE identity_changes;
ALTER TABLE identity_changes ALTER label TYPE varchar(10);
DELETE FROM identity_changes WHERE id = 7;
ALTER TABLE identity_changes REPLICA IDENTITY USING INDEX identity_code;
ALTER TABLE identity_changes DROP COLUMN part;
DELETE FROM identity_changes WHERE id = 8;
:changes;

-- a unique index that is no identity identifies nothing; what is no change is still an update
CREATE TABLE identity_unique (id integer NOT NULL UNIQUE, data integer);
INSERT INTO identity_unique VALUES (1, 1);
UPDATE identity_unique SET id = -id;
UPDATE identity_unique SET data = data;
ALTER TABLE identity_unique REPLICA IDENTITY USING INDEX identity_unique_id_key;
UPDATE identity_unique SET data = data;
UPDATE identity_unique SET id = id;
UPDATE identity_unique SET id = -id, data = NULL;
DELETE FROM identity_unique;
:changes;

DROP TABLE identity_changes, identity_unique;

SELECT pg_drop_replication_slot('regression_slot');
