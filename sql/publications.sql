-- The option publications: membership, actions, partitions told as their root, and what does not exist. The same rows as pgoutput's: test/integration.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE FUNCTION sent(publications text, name text DEFAULT 'frame_bytes', value text DEFAULT '65536') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'publications', publications, name, value), glassflow.decode(data, false) line
    WHERE line ~ '^(insert|update|delete|truncate)' $$;
CREATE FUNCTION described(publications text, name text DEFAULT 'frame_bytes', value text DEFAULT '65536') RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'publications', publications, name, value), glassflow.decode(data, false) line
    WHERE line ~ '^relation' $$;

CREATE TABLE early (id integer PRIMARY KEY);
INSERT INTO early VALUES (1);
CREATE PUBLICATION one FOR TABLE early;
CREATE PUBLICATION "Every" FOR ALL TABLES WITH (publish = 'insert');
CREATE PUBLICATION nothing;
CREATE TABLE late (id integer PRIMARY KEY, note text);
INSERT INTO early VALUES (2);
INSERT INTO late VALUES (2);
UPDATE early SET id = 3 WHERE id = 2;
-- a publication is what it was when the change was made
ALTER PUBLICATION one ADD TABLE late;
INSERT INTO late VALUES (4);
BEGIN;
INSERT INTO late VALUES (5);
ALTER PUBLICATION one DROP TABLE late;
INSERT INTO late VALUES (6);
ALTER PUBLICATION one ADD TABLE late;
ALTER PUBLICATION one SET (publish = 'delete, truncate');
INSERT INTO late VALUES (7);
DELETE FROM late WHERE id = 7;
COMMIT;
TRUNCATE early, late;
SELECT sent('one');
SELECT sent('"Every"');
SELECT sent('nothing');
SELECT sent('one, "Every"', 'exclude_tables', 'public.early');
SELECT sent('one, "Every"', 'actions', 'delete');
-- one that is not there: a warning, and the slot goes on
SELECT sent('one, nobody');
SELECT sent('every');
DROP PUBLICATION one;
INSERT INTO early VALUES (8);
SELECT sent('one', 'actions', 'truncate');
SELECT count(*) > 0 FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
DROP PUBLICATION "Every";

-- partitions, with their columns in another order and some dropped
CREATE TABLE measured (id integer, at integer, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM (0) TO (10);
CREATE TABLE measured_2 (gone integer, note text, at integer NOT NULL, more integer, id integer NOT NULL);
ALTER TABLE measured_2 DROP gone;
ALTER TABLE measured_2 DROP more;
ALTER TABLE measured ATTACH PARTITION measured_2 FOR VALUES FROM (10) TO (20);
CREATE TABLE measured_3 PARTITION OF measured FOR VALUES FROM (20) TO (100) PARTITION BY RANGE (at);
CREATE TABLE measured_31 PARTITION OF measured_3 FOR VALUES FROM (20) TO (30);
CREATE PUBLICATION leaves FOR TABLE measured;
CREATE PUBLICATION root FOR TABLE measured WITH (publish_via_partition_root);
CREATE PUBLICATION branch FOR TABLE measured_3 WITH (publish_via_partition_root);
CREATE PUBLICATION leaf FOR TABLE measured_2 WITH (publish_via_partition_root);
INSERT INTO measured VALUES (1, 1, 'one'), (2, 11, 'two'), (3, 21, 'three');
UPDATE measured SET note = upper(note);
UPDATE measured SET at = at + 1;
ALTER TABLE measured_2 REPLICA IDENTITY FULL;
UPDATE measured SET note = note || '!' WHERE id = 2;
DELETE FROM measured WHERE id < 3;
TRUNCATE measured;
SELECT described('leaves');
SELECT sent('leaves');
SELECT described('root');
SELECT sent('root');
SELECT sent('branch');
SELECT sent('leaf');
SELECT sent('leaves, root, branch');
-- named as what they are told to be
SELECT sent('root', 'tables', 'public.measured_2');
SELECT count(*) FROM sent('root', 'tables', 'public.measured');
SELECT sent('root', 'rows', 'public.measured: at > 15');
SELECT described('root', 'columns', 'public.measured: note');
SELECT sent('root', 'columns', 'public.measured: note');
SELECT count(*) > 0 FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
DROP PUBLICATION leaves, root, branch, leaf, nothing;
DROP TABLE measured, early, late;

\set SHOW_CONTEXT never
SELECT sent('');
SELECT sent('a,');
SELECT sent('a b');
SELECT sent('a*');
SELECT sent('"a');
SELECT sent(repeat('a,', 100) || 'a');

DROP FUNCTION sent, described;
SELECT pg_drop_replication_slot('regression_slot');
