-- Replica identities: what the key is, and what is known of old rows.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

-- composite key: in key order, which is not column order
CREATE TABLE identity_default (a integer, note text, b text, c integer, PRIMARY KEY (c, a));
INSERT INTO identity_default VALUES (1, 'n', 'b', 10);
UPDATE identity_default SET note = 'm';
UPDATE identity_default SET a = 2;
UPDATE identity_default SET c = 11;
DELETE FROM identity_default;
:changes;

-- an index of its own; included columns are not part of the key
CREATE TABLE identity_index (id integer PRIMARY KEY, code text NOT NULL, region text NOT NULL, note text);
CREATE UNIQUE INDEX identity_index_code ON identity_index (region, code) INCLUDE (note);
ALTER TABLE identity_index REPLICA IDENTITY USING INDEX identity_index_code;
INSERT INTO identity_index VALUES (1, 'x', 'eu', NULL);
UPDATE identity_index SET id = 2;
UPDATE identity_index SET code = 'y';
DELETE FROM identity_index;
:changes;

-- the index is gone: the primary key is the key, old rows are not logged
INSERT INTO identity_index VALUES (1, 'x', 'eu', NULL);
DROP INDEX identity_index_code;
UPDATE identity_index SET id = 2;
DELETE FROM identity_index;
:changes;

-- the whole old row; the key is still the primary key
CREATE TABLE identity_full (id integer PRIMARY KEY, name text, note text);
ALTER TABLE identity_full REPLICA IDENTITY FULL;
INSERT INTO identity_full VALUES (1, 'one', NULL);
UPDATE identity_full SET name = 'two';
DELETE FROM identity_full;
:changes;

-- and without a primary key
CREATE TABLE identity_full_no_key (name text);
ALTER TABLE identity_full_no_key REPLICA IDENTITY FULL;
INSERT INTO identity_full_no_key VALUES ('one');
UPDATE identity_full_no_key SET name = NULL;
DELETE FROM identity_full_no_key;
:changes;

-- nothing is logged of old rows: updates and deletes are sent all the same
CREATE TABLE identity_nothing (id integer PRIMARY KEY, name text);
ALTER TABLE identity_nothing REPLICA IDENTITY NOTHING;
INSERT INTO identity_nothing VALUES (1, 'one');
UPDATE identity_nothing SET id = 2;
DELETE FROM identity_nothing;
:changes;

-- neither identity nor key
CREATE TABLE identity_none (id integer, name text);
INSERT INTO identity_none VALUES (1, 'one');
UPDATE identity_none SET name = 'two';
DELETE FROM identity_none;
:changes;

-- a deferrable primary key identifies nothing
CREATE TABLE identity_deferrable (id integer PRIMARY KEY DEFERRABLE, name text);
INSERT INTO identity_deferrable VALUES (1, 'one');
DELETE FROM identity_deferrable;
:changes;

-- identity changes in the middle
INSERT INTO identity_nothing VALUES (3, 'three');
ALTER TABLE identity_nothing REPLICA IDENTITY FULL;
UPDATE identity_nothing SET name = 'drei';
ALTER TABLE identity_nothing REPLICA IDENTITY DEFAULT;
DELETE FROM identity_nothing;
:changes;

DROP TABLE identity_default, identity_index, identity_full, identity_full_no_key, identity_nothing, identity_none,
    identity_deferrable;

SELECT pg_drop_replication_slot('regression_slot');

