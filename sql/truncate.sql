-- TRUNCATE: one record per table, numbered before any filter.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE truncate_a (id serial PRIMARY KEY);
CREATE TABLE truncate_b (id integer PRIMARY KEY, a integer REFERENCES truncate_a);
CREATE TABLE truncate_c (id integer);
INSERT INTO truncate_a DEFAULT VALUES;
TRUNCATE truncate_c;
TRUNCATE truncate_a, truncate_b, truncate_c RESTART IDENTITY;
TRUNCATE truncate_a CASCADE;
:changes;

-- the first table is not wanted and still counts
BEGIN;
TRUNCATE truncate_c, truncate_b;
INSERT INTO truncate_b VALUES (1);
COMMIT;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL,
    'tables', 'public.truncate_b');

-- a partitioned table and its partitions
CREATE TABLE truncate_parted (id integer) PARTITION BY RANGE (id);
CREATE TABLE truncate_part PARTITION OF truncate_parted FOR VALUES FROM (0) TO (10);
TRUNCATE truncate_parted;
:changes;

DROP TABLE truncate_a, truncate_b, truncate_c, truncate_parted;

SELECT pg_drop_replication_slot('regression_slot');

