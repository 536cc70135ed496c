-- Tables and catalogs that are written anew: no rows come of it, and those before and after are read as ever.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

-- large values in a mapped catalog, a plain one, a shared one and a table
SELECT string_agg(md5(i::text), '' ORDER BY i) AS long, format('SELECT text %L', string_agg(md5(i::text), '' ORDER BY i)) AS body
    FROM generate_series(1, 500) i \gset
CREATE FUNCTION rewrite_long() RETURNS text LANGUAGE sql AS :'body';
COMMENT ON FUNCTION rewrite_long() IS :'long';
CREATE ROLE regress_glassflow_comment;
COMMENT ON ROLE regress_glassflow_comment IS :'long';
CREATE TABLE rewrite (id integer PRIMARY KEY, note text);
CREATE TABLE rewrite_long_rows (id integer PRIMARY KEY, long text);
ALTER TABLE rewrite_long_rows REPLICA IDENTITY FULL;
INSERT INTO rewrite VALUES (1, 'before');
:changes;

-- tables of users
BEGIN;
INSERT INTO rewrite_long_rows VALUES (1, rewrite_long());
ALTER TABLE rewrite_long_rows ALTER id TYPE bigint;
INSERT INTO rewrite_long_rows VALUES (2, 'short');
COMMIT;
VACUUM FULL rewrite_long_rows;
CLUSTER rewrite_long_rows USING rewrite_long_rows_pkey;
DELETE FROM rewrite_long_rows WHERE id = 1;
SELECT regexp_replace(line, '[0-9a-f]{10,}', '...', 'g') FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL),
    glassflow.decode(data, false) line;

-- catalogs, with DDL and rows around them
BEGIN;
INSERT INTO rewrite VALUES (2, 'before ADD');
ALTER TABLE rewrite ADD COLUMN a integer;
INSERT INTO rewrite VALUES (3, 'after ADD', 1);
COMMIT;
VACUUM FULL pg_class;
VACUUM FULL pg_attribute;
VACUUM FULL pg_type;
VACUUM FULL pg_namespace;
VACUUM FULL pg_index;
VACUUM FULL pg_proc;
VACUUM FULL pg_description;
VACUUM FULL pg_shdescription;
VACUUM FULL pg_database;
INSERT INTO rewrite VALUES (4, 'after VACUUM FULL', 2);
ALTER TABLE rewrite RENAME COLUMN a TO b;
-- some that fail
BEGIN;
CLUSTER pg_class USING pg_class_oid_index;
CLUSTER pg_attribute USING pg_attribute_relid_attnum_index;
CLUSTER pg_class USING pg_class_oid_index;
ROLLBACK;
INSERT INTO rewrite VALUES (5, 'after CLUSTER undone', 3);
-- several in one transaction, rows and DDL between them
BEGIN;
INSERT INTO rewrite VALUES (6, 'before CLUSTER', 4);
CLUSTER pg_class USING pg_class_oid_index;
ALTER TABLE rewrite RENAME COLUMN b TO c;
INSERT INTO rewrite VALUES (7, 'between', 5);
CLUSTER pg_attribute USING pg_attribute_relid_attnum_index;
CLUSTER pg_class USING pg_class_oid_index;
ALTER TABLE rewrite DROP COLUMN c;
INSERT INTO rewrite VALUES (8, 'after');
COMMIT;
REINDEX TABLE pg_class;
REINDEX INDEX pg_class_relname_nsp_index;
REINDEX TABLE pg_attribute;
UPDATE rewrite SET note = 'after REINDEX' WHERE id = 8;
-- the files of before are gone
CHECKPOINT;
:changes;

-- again, a catalog with large values between rows
VACUUM FULL pg_proc;
VACUUM FULL pg_description;
VACUUM FULL pg_shdescription;
INSERT INTO rewrite VALUES (9, 'between');
VACUUM FULL pg_proc;
VACUUM FULL pg_description;
VACUUM FULL pg_shdescription;
ALTER TABLE rewrite ADD COLUMN d text DEFAULT 'd';
INSERT INTO rewrite VALUES (10, 'after');
:changes;

-- a rewrite of a table that fails, alone and in the middle of rows
INSERT INTO rewrite VALUES (11, 'before failures');
ALTER TABLE rewrite ALTER note TYPE integer USING note::integer;
BEGIN;
INSERT INTO rewrite VALUES (12, 'before a failure');
SAVEPOINT s;
ALTER TABLE rewrite ALTER note TYPE integer USING note::integer;
ROLLBACK TO s;
ALTER TABLE rewrite ALTER id TYPE bigint;
INSERT INTO rewrite VALUES (13, 'after a failure');
SAVEPOINT s;
ALTER TABLE rewrite ALTER id TYPE numeric;
ROLLBACK TO s;
INSERT INTO rewrite VALUES (14, 'still bigint');
COMMIT;
:changes;

DROP TABLE rewrite, rewrite_long_rows;
DROP FUNCTION rewrite_long;
DROP ROLE regress_glassflow_comment;

SELECT pg_drop_replication_slot('regression_slot');
