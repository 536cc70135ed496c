-- DDL between the rows of one transaction: each row is described as the table was when it was written.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE ddl_in (id integer PRIMARY KEY, a text, b text);
ALTER TABLE ddl_in REPLICA IDENTITY FULL;
INSERT INTO ddl_in VALUES (0, 'a', 'b');
BEGIN;
INSERT INTO ddl_in VALUES (1, 'a', 'b');
ALTER TABLE ddl_in ADD COLUMN c integer;
INSERT INTO ddl_in VALUES (2, 'a', 'b', 2);
ALTER TABLE ddl_in ADD COLUMN d date DEFAULT '2020-01-31';
INSERT INTO ddl_in VALUES (3, 'a', 'b', 3);
UPDATE ddl_in SET c = 10 WHERE id = 1;
ALTER TABLE ddl_in DROP COLUMN a;
INSERT INTO ddl_in VALUES (4, 'b', 4);
DELETE FROM ddl_in WHERE id = 2;
-- two columns change names
ALTER TABLE ddl_in RENAME COLUMN b TO spare;
ALTER TABLE ddl_in RENAME COLUMN c TO b;
ALTER TABLE ddl_in RENAME COLUMN spare TO c;
INSERT INTO ddl_in VALUES (5, 'now c', 5);
-- a rewrite, and what was written before it
ALTER TABLE ddl_in ALTER b TYPE numeric(5, 1), ALTER c TYPE varchar(20);
UPDATE ddl_in SET b = b + 0.5 WHERE id IN (1, 5);
-- the same name, another column
ALTER TABLE ddl_in DROP COLUMN b;
ALTER TABLE ddl_in ADD COLUMN b boolean;
UPDATE ddl_in SET b = true WHERE id = 3;
-- identity, key, name, schema
ALTER TABLE ddl_in REPLICA IDENTITY DEFAULT;
UPDATE ddl_in SET id = 30 WHERE id = 3;
ALTER TABLE ddl_in DROP CONSTRAINT ddl_in_pkey;
DELETE FROM ddl_in WHERE id = 30;
ALTER TABLE ddl_in ADD PRIMARY KEY (c, id);
DELETE FROM ddl_in WHERE id = 5;
ALTER TABLE ddl_in RENAME TO ddl_out;
INSERT INTO ddl_out VALUES (6, 'renamed');
CREATE SCHEMA ddl_elsewhere;
ALTER TABLE ddl_out SET SCHEMA ddl_elsewhere;
INSERT INTO ddl_elsewhere.ddl_out VALUES (7, 'moved');
ALTER SCHEMA ddl_elsewhere RENAME TO ddl_there;
INSERT INTO ddl_there.ddl_out VALUES (8, 'schema renamed');
COMMIT;
INSERT INTO ddl_there.ddl_out VALUES (9, 'afterwards');
:changes;

-- made, filled, changed and dropped in one go: its rows come all the same
BEGIN;
CREATE TABLE ddl_brief (id integer);
INSERT INTO ddl_brief VALUES (1);
ALTER TABLE ddl_brief ADD COLUMN note text;
INSERT INTO ddl_brief VALUES (2, 'two');
DROP TABLE ddl_brief;
CREATE TABLE ddl_brief (name text PRIMARY KEY);
INSERT INTO ddl_brief VALUES ('another table');
DROP TABLE ddl_brief;
COMMIT;
-- dropped by a later transaction before anyone read
CREATE TABLE ddl_brief (flag boolean);
INSERT INTO ddl_brief VALUES (true);
DROP TABLE ddl_brief;
-- rows before a DROP in its own transaction
CREATE TABLE ddl_brief (number bigint PRIMARY KEY);
BEGIN;
INSERT INTO ddl_brief VALUES (1);
UPDATE ddl_brief SET number = 2;
DROP TABLE ddl_brief;
COMMIT;
:changes;

-- two tables change names
CREATE TABLE ddl_left (l integer);
CREATE TABLE ddl_right (r integer);
INSERT INTO ddl_left VALUES (1);
INSERT INTO ddl_right VALUES (1);
BEGIN;
INSERT INTO ddl_left VALUES (2);
ALTER TABLE ddl_left RENAME TO ddl_spare;
ALTER TABLE ddl_right RENAME TO ddl_left;
ALTER TABLE ddl_spare RENAME TO ddl_right;
INSERT INTO ddl_left VALUES (3);
INSERT INTO ddl_right VALUES (3);
COMMIT;
:changes;

-- DDL that is undone was never there, for the same transaction and for the next
BEGIN;
INSERT INTO ddl_left VALUES (4);
ALTER TABLE ddl_left ADD COLUMN never text;
INSERT INTO ddl_left VALUES (5, 'never');
ROLLBACK;
INSERT INTO ddl_left VALUES (6);
:changes;

DROP SCHEMA ddl_there CASCADE;
DROP TABLE ddl_left, ddl_right;

SELECT pg_drop_replication_slot('regression_slot');
