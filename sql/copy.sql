-- COPY puts many rows into one WAL record: the index tells them apart, also when some are not wanted.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE copy_rows (id integer, name text);
COPY copy_rows FROM stdin;
1	one
2	two
3	\N
\.
INSERT INTO copy_rows VALUES (4, 'four');
INSERT INTO copy_rows VALUES (5, 'five'), (6, 'six');
:changes;

-- all rows of one record, each (LSN, index) once
COPY copy_rows FROM PROGRAM 'seq 1 500 | sed "s/$/\tx/"';
SELECT count(*), count(DISTINCT substring(line from '^insert \S+ (\S+):')) AS distinct_positions,
    count(DISTINCT substring(line from '^insert \S+ ([0-9A-F/]+)-')) < 20 AS few_wal_records
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line
    WHERE line LIKE 'insert%';

-- partitions: each record has the rows of one of them, numbered by itself
CREATE TABLE copy_parted (id integer) PARTITION BY LIST (id);
CREATE TABLE copy_odd PARTITION OF copy_parted FOR VALUES IN (1, 3, 5);
CREATE TABLE copy_even PARTITION OF copy_parted FOR VALUES IN (2, 4, 6);
COPY copy_parted FROM stdin;
1
2
3
4
\.
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'tables', 'public.copy_even');

DROP TABLE copy_rows, copy_parted;

SELECT pg_drop_replication_slot('regression_slot');

