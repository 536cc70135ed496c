-- Columns that are younger than the row: an old row has their default, as the server itself would read it.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE added (id integer PRIMARY KEY);
ALTER TABLE added REPLICA IDENTITY FULL;
INSERT INTO added SELECT generate_series(1, 6);
ALTER TABLE added ADD COLUMN i integer DEFAULT -7, ADD COLUMN t text NOT NULL DEFAULT 'text', ADD COLUMN n numeric(6, 2) DEFAULT 12.5,
    ADD COLUMN ts timestamptz DEFAULT '2020-01-31 12:00:00+00', ADD COLUMN a integer[] DEFAULT '{1,NULL}', ADD COLUMN j jsonb DEFAULT '{"k": [1]}',
    ADD COLUMN nothing uuid;
SELECT count(*) AS is_in_catalog FROM pg_attribute WHERE attrelid = 'added'::regclass AND atthasmissing;
UPDATE added SET nothing = '00000000-0000-0000-0000-000000000001' WHERE id = 1;
DELETE FROM added WHERE id = 2;
-- another default is for rows to come
ALTER TABLE added ALTER t SET DEFAULT 'other', ALTER i DROP DEFAULT;
INSERT INTO added (id) VALUES (7);
DELETE FROM added WHERE id IN (3, 7);
-- a column between them is dropped
ALTER TABLE added DROP COLUMN n, DROP COLUMN ts;
DELETE FROM added WHERE id = 4;
-- after a rewrite the values are in the rows
ALTER TABLE added ADD COLUMN clock timestamptz DEFAULT clock_timestamp();
ALTER TABLE added DROP COLUMN clock;
SELECT count(*) AS is_in_catalog FROM pg_attribute WHERE attrelid = 'added'::regclass AND atthasmissing;
DELETE FROM added WHERE id = 5;
SELECT line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line
    WHERE line !~ '^insert \S+ id=\d$';

-- as a key: old rows get it from the catalog
CREATE TABLE added_key (note text);
INSERT INTO added_key VALUES ('old'), ('also old');
ALTER TABLE added_key ADD COLUMN tenant integer NOT NULL DEFAULT 42, ADD COLUMN code text NOT NULL DEFAULT 'c';
CREATE UNIQUE INDEX added_key_index ON added_key (code, tenant, note);
ALTER TABLE added_key ALTER note SET NOT NULL, REPLICA IDENTITY USING INDEX added_key_index;
UPDATE added_key SET tenant = 43 WHERE note = 'old';
DELETE FROM added_key WHERE note = 'also old';
:changes;

-- a default that is larger than a row, compressed in the catalog
CREATE TABLE added_large (id integer PRIMARY KEY);
ALTER TABLE added_large REPLICA IDENTITY FULL;
INSERT INTO added_large VALUES (1), (2);
ALTER TABLE added_large ADD COLUMN large text DEFAULT repeat('large ', 20000);
DELETE FROM added_large WHERE id = 1;
UPDATE added_large SET id = 3 WHERE id = 2;
SELECT replace(line, repeat('large ', 20000), '20000 times') AS line
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line;

DROP TABLE added, added_key, added_large;

SELECT pg_drop_replication_slot('regression_slot');
