-- Inherited tables: each row comes from the table that it is in, with the columns of that table.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE inheritance (id integer PRIMARY KEY, name text);
CREATE TABLE inheritance_child (extra text, PRIMARY KEY (id)) INHERITS (inheritance);
CREATE TABLE inheritance_grown (first boolean, name text, id integer NOT NULL);
ALTER TABLE inheritance_grown INHERIT inheritance;
INSERT INTO inheritance VALUES (1, 'parent');
INSERT INTO inheritance_child VALUES (2, 'child', 'x');
INSERT INTO inheritance_grown VALUES (true, 'grown', 3);
UPDATE inheritance SET name = upper(name);
ALTER TABLE inheritance ADD COLUMN added integer DEFAULT 5;
DELETE FROM inheritance WHERE id > 1;
ALTER TABLE inheritance_child NO INHERIT inheritance;
INSERT INTO inheritance_child VALUES (4, 'alone', 'y');
TRUNCATE ONLY inheritance;
TRUNCATE inheritance;
:changes;

DROP TABLE inheritance, inheritance_child, inheritance_grown;

SELECT pg_drop_replication_slot('regression_slot');
