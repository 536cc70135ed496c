-- Partitions: each row comes from its partition, with the columns, the order and the identity of that partition.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE partitions (id integer, region text, note text, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE partitions_eu PARTITION OF partitions FOR VALUES IN ('eu');
CREATE TABLE partitions_us (gone date, note text, region text NOT NULL, id integer NOT NULL);
ALTER TABLE partitions_us DROP COLUMN gone;
INSERT INTO partitions_us VALUES ('before it is a partition', 'us', 9);
ALTER TABLE partitions ATTACH PARTITION partitions_us FOR VALUES IN ('us');
ALTER TABLE partitions_us REPLICA IDENTITY FULL;
CREATE TABLE partitions_rest PARTITION OF partitions DEFAULT PARTITION BY RANGE (id);
CREATE TABLE partitions_rest_low PARTITION OF partitions_rest FOR VALUES FROM (0) TO (100);
CREATE TABLE partitions_rest_high PARTITION OF partitions_rest DEFAULT;
INSERT INTO partitions VALUES (1, 'eu', 'one'), (2, 'us', 'two'), (3, 'asia', 'three'), (300, 'asia', 'three hundred');
:changes;

-- updates that stay, and that move: to another order of columns, to another identity, between levels
UPDATE partitions SET note = 'stays' WHERE region = 'eu';
UPDATE partitions SET region = 'us', note = 'moves' WHERE id = 1 AND region = 'eu';
UPDATE partitions SET region = 'eu', id = 20 WHERE id = 2;
UPDATE partitions SET id = 30 WHERE id = 300;
UPDATE partitions SET region = 'eu' WHERE id = 30;
:changes;

-- attached and detached in the middle of a transaction
BEGIN;
INSERT INTO partitions VALUES (4, 'eu', 'before DETACH');
ALTER TABLE partitions DETACH PARTITION partitions_eu;
INSERT INTO partitions_eu VALUES (5, 'eu', 'alone');
INSERT INTO partitions VALUES (5, 'eu', 'goes to the rest');
DELETE FROM partitions WHERE region = 'eu';
ALTER TABLE partitions ATTACH PARTITION partitions_eu FOR VALUES IN ('eu');
INSERT INTO partitions VALUES (6, 'eu', 'after ATTACH');
COMMIT;
:changes;

-- a column for all of them, a name for all of them, one partition less
ALTER TABLE partitions ADD COLUMN added integer DEFAULT 1;
ALTER TABLE partitions RENAME COLUMN note TO remark;
DELETE FROM partitions WHERE region = 'us';
INSERT INTO partitions (id, region) VALUES (7, 'us'), (7, 'eu');
DROP TABLE partitions_us;
TRUNCATE partitions_rest;
DELETE FROM partitions;
:changes;

-- without a key: a row that moves is still a delete and an insert
CREATE TABLE partitions_bare (id integer, n integer) PARTITION BY RANGE (n);
CREATE TABLE partitions_bare_1 PARTITION OF partitions_bare FOR VALUES FROM (0) TO (10);
CREATE TABLE partitions_bare_2 PARTITION OF partitions_bare FOR VALUES FROM (10) TO (20);
INSERT INTO partitions_bare VALUES (1, 1);
UPDATE partitions_bare SET n = 2;
UPDATE partitions_bare SET n = 12;
DELETE FROM partitions_bare;
:changes;

DROP TABLE partitions, partitions_bare;

SELECT pg_drop_replication_slot('regression_slot');
