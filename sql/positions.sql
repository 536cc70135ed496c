-- A change's LSN is that of its WAL record, as another plugin sees it on the same WAL.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot2', 'test_decoding');

CREATE TABLE positions (id integer PRIMARY KEY, name text);
CREATE TABLE positions_other (id integer);
INSERT INTO positions VALUES (1, 'one');
BEGIN;
INSERT INTO positions VALUES (2, 'two'), (3, 'three');
SAVEPOINT a;
UPDATE positions SET name = 'zwei' WHERE id = 2;
INSERT INTO positions_other VALUES (1);
SAVEPOINT b;
DELETE FROM positions WHERE id = 1;
ROLLBACK TO b;
TRUNCATE positions_other;
UPDATE positions SET id = 4 WHERE id = 3;
COMMIT;
COPY positions (id) FROM PROGRAM 'seq 10 40';
TRUNCATE positions;

CREATE TEMPORARY TABLE ours AS
    SELECT row_number() OVER () AS number, split_part(line, ' ', 1) AS verb, split_part(line, ' ', 2) AS relation,
        substring(line from '^\S+ \S+ ([0-9A-F]+/[0-9A-F]+)-')::pg_lsn AS lsn
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line
    WHERE line ~ '^(insert|update|delete|truncate) ';
CREATE TEMPORARY TABLE theirs AS
    SELECT row_number() OVER () AS number, lower(rtrim(split_part(data, ' ', 3), ':')) AS verb, rtrim(split_part(data, ' ', 2), ':') AS relation, lsn
    FROM pg_logical_slot_get_changes('regression_slot2', NULL, NULL) WHERE data LIKE 'table %';
SELECT count(*) AS changes, count(*) FILTER (WHERE (ours) IS NOT DISTINCT FROM (theirs)) AS same
    FROM ours FULL JOIN theirs USING (number);
SELECT ours, theirs FROM ours FULL JOIN theirs USING (number) WHERE (ours) IS DISTINCT FROM (theirs);

-- a commit says where the transaction ends: what the server takes as confirmed
INSERT INTO positions_other VALUES (2);
CREATE TEMPORARY TABLE last AS
    SELECT lsn, line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line;
SELECT count(*) FILTER (WHERE substring(line from ' end=(\S+)')::pg_lsn = lsn) AS ends,
    count(*) FILTER (WHERE line LIKE 'begin%' AND substring(line from ' commit=(\S+)') =
        (SELECT substring(line from ' commit=(\S+)') FROM last WHERE line LIKE 'commit%')) AS begin_knows_commit
    FROM last;
SELECT substring(line from ' end=(\S+)')::pg_lsn <= (SELECT confirmed_flush_lsn FROM pg_replication_slots WHERE slot_name = 'regression_slot')
    AS is_confirmed FROM last WHERE line LIKE 'commit%';

DROP TABLE positions, positions_other;
SELECT pg_drop_replication_slot('regression_slot2');
SELECT pg_drop_replication_slot('regression_slot');
