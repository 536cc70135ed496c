-- Insert, update and delete, alone and together in a transaction.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE basics (id integer PRIMARY KEY, name text, note text);
INSERT INTO basics VALUES (1, 'one', NULL);
UPDATE basics SET note = 'changed' WHERE id = 1;
UPDATE basics SET id = 2 WHERE id = 1;
DELETE FROM basics WHERE id = 2;
:changes;

-- one transaction, one begin, one commit
BEGIN;
INSERT INTO basics VALUES (3, 'three', ''), (4, E'quote '' backslash \\ tab \t newline \n bell \x07', NULL);
UPDATE basics SET name = NULL WHERE id = 3;
DELETE FROM basics;
COMMIT;
:changes;

-- ON CONFLICT and MERGE-like paths come as what they did
INSERT INTO basics VALUES (5, 'five') ON CONFLICT (id) DO UPDATE SET name = 'again';
INSERT INTO basics VALUES (5, 'five') ON CONFLICT (id) DO UPDATE SET name = 'again';
INSERT INTO basics VALUES (5, 'five') ON CONFLICT (id) DO NOTHING;
:changes;

-- nothing is left over
:changes;

-- names that need quotes, and a table without columns
CREATE SCHEMA "Odd ""schema""";
CREATE TABLE "Odd ""schema"""."Ta.ble" ("Col ""x""" integer, "ünï" text);
INSERT INTO "Odd ""schema"""."Ta.ble" VALUES (1, 'ä€😀');
CREATE TABLE basics_empty ();
INSERT INTO basics_empty DEFAULT VALUES;
:changes;

DROP SCHEMA "Odd ""schema""" CASCADE;
DROP TABLE basics, basics_empty;

SELECT pg_drop_replication_slot('regression_slot');

