-- A relation is described once, and again only when its description has changed.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE ddl (id integer PRIMARY KEY, name text);
INSERT INTO ddl VALUES (1, 'one');
INSERT INTO ddl VALUES (2, 'two');
ANALYZE ddl;
CREATE INDEX ON ddl (name);
ALTER TABLE ddl SET (fillfactor = 90);
VACUUM FULL ddl;
INSERT INTO ddl VALUES (3, 'three');
:changes;

-- each of these is a new description, and old rows keep the old one
INSERT INTO ddl VALUES (4, 'four');
ALTER TABLE ddl ADD COLUMN note text DEFAULT 'n';
INSERT INTO ddl VALUES (5, 'five');
ALTER TABLE ddl RENAME COLUMN note TO remark;
INSERT INTO ddl VALUES (6, 'six');
ALTER TABLE ddl ALTER COLUMN name TYPE varchar(20);
INSERT INTO ddl VALUES (7, 'seven');
ALTER TABLE ddl DROP COLUMN remark;
INSERT INTO ddl VALUES (8, 'eight');
ALTER TABLE ddl ALTER COLUMN name SET NOT NULL;
INSERT INTO ddl VALUES (9, 'nine');
ALTER TABLE ddl RENAME TO ddl_renamed;
INSERT INTO ddl_renamed VALUES (10, 'ten');
ALTER TABLE ddl_renamed REPLICA IDENTITY FULL;
INSERT INTO ddl_renamed VALUES (11, 'eleven');
ALTER TABLE ddl_renamed DROP CONSTRAINT ddl_pkey;
INSERT INTO ddl_renamed VALUES (12, 'twelve');
CREATE SCHEMA ddl_schema;
ALTER TABLE ddl_renamed SET SCHEMA ddl_schema;
INSERT INTO ddl_schema.ddl_renamed VALUES (13, 'thirteen');
ALTER SCHEMA ddl_schema RENAME TO ddl_schema2;
INSERT INTO ddl_schema2.ddl_renamed VALUES (14, 'fourteen');
:changes;

-- in the middle of a transaction
BEGIN;
INSERT INTO ddl_schema2.ddl_renamed VALUES (15, 'fifteen');
ALTER TABLE ddl_schema2.ddl_renamed ADD COLUMN flag boolean;
INSERT INTO ddl_schema2.ddl_renamed VALUES (16, 'sixteen', true);
SAVEPOINT s;
ALTER TABLE ddl_schema2.ddl_renamed DROP COLUMN flag;
INSERT INTO ddl_schema2.ddl_renamed VALUES (17, 'seventeen');
ROLLBACK TO s;
INSERT INTO ddl_schema2.ddl_renamed VALUES (18, 'eighteen', false);
COMMIT;
:changes;

-- the name of a column's type
CREATE TYPE ddl_mood AS ENUM ('x');
CREATE TABLE ddl_typed (m ddl_mood);
INSERT INTO ddl_typed VALUES ('x');
ALTER TYPE ddl_mood RENAME TO ddl_state;
INSERT INTO ddl_typed VALUES ('x');
:changes;

-- a rewrite is not a change of rows
ALTER TABLE ddl_typed ADD COLUMN r double precision DEFAULT random();
CREATE TABLE ddl_as AS SELECT 1 AS one;
SELECT 2 AS two INTO ddl_into;
:changes;

-- dropped and created anew in one go
BEGIN;
DROP TABLE ddl_typed;
CREATE TABLE ddl_typed (other integer);
INSERT INTO ddl_typed VALUES (1);
COMMIT;
:changes;

DROP SCHEMA ddl_schema2 CASCADE;
DROP TABLE ddl_typed, ddl_as, ddl_into;
DROP TYPE ddl_state;

SELECT pg_drop_replication_slot('regression_slot');

