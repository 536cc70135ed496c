-- TRUNCATE among rows, in subtransactions, through inheritance and foreign keys, of tables that are made or dropped.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE truncate_rows (id integer PRIMARY KEY, note text);
CREATE TABLE truncate_of (id integer REFERENCES truncate_rows);
CREATE TABLE truncate_of_of (id integer);
BEGIN;
INSERT INTO truncate_rows VALUES (1, 'before');
TRUNCATE truncate_rows CASCADE;
INSERT INTO truncate_rows VALUES (1, 'after');
SAVEPOINT a;
TRUNCATE truncate_rows, truncate_of;
INSERT INTO truncate_rows VALUES (1, 'never seen');
ROLLBACK TO a;
DELETE FROM truncate_rows WHERE id = 1;
SAVEPOINT b;
TRUNCATE truncate_of;
RELEASE b;
COMMIT;
BEGIN;
TRUNCATE truncate_of;
ROLLBACK;
:changes;

-- named twice it is emptied once; both options at once; what is made and dropped around it
TRUNCATE truncate_of, truncate_of RESTART IDENTITY CASCADE;
BEGIN;
CREATE TABLE truncate_brief (id integer);
INSERT INTO truncate_brief VALUES (1);
TRUNCATE truncate_brief;
ALTER TABLE truncate_brief ADD COLUMN note text;
TRUNCATE truncate_brief, truncate_of_of;
DROP TABLE truncate_brief;
COMMIT;
:changes;

-- children and partitions come with their parent, alone not; temporary and unlogged ones never
CREATE TABLE truncate_parent (id integer);
CREATE TABLE truncate_child () INHERITS (truncate_parent);
CREATE UNLOGGED TABLE truncate_unlogged () INHERITS (truncate_parent);
TRUNCATE ONLY truncate_parent;
TRUNCATE truncate_parent;
TRUNCATE truncate_unlogged, truncate_of_of;
CREATE TABLE truncate_list (id integer) PARTITION BY LIST (id);
CREATE TABLE truncate_list_1 PARTITION OF truncate_list FOR VALUES IN (1) PARTITION BY LIST (id);
CREATE TABLE truncate_list_1_1 PARTITION OF truncate_list_1 FOR VALUES IN (1);
CREATE TABLE truncate_list_2 PARTITION OF truncate_list FOR VALUES IN (2);
TRUNCATE truncate_list_1;
TRUNCATE truncate_list;
:changes;

DROP TABLE truncate_rows, truncate_of, truncate_of_of, truncate_parent, truncate_child, truncate_unlogged, truncate_list;

SELECT pg_drop_replication_slot('regression_slot');
