-- Transactions that the server puts on disk: the same rows in the same order, whichever part of them was large.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

SET logical_decoding_work_mem = '64kB';
CREATE TABLE spill (case_name text, part text, number integer);
-- a part is a level of subtransactions and a count of rows: 1000 do not fit into 64 kB, 1 does
CREATE FUNCTION write(case_name text, part text, number integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO spill SELECT case_name, part, i FROM generate_series(1, number) i $$;
BEGIN; SELECT write('main large', 'main', 1000); COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large', 'sub', 1000); RELEASE a; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large, main large', 'sub', 1000); RELEASE a;
    SELECT write('sub large, main large', 'main', 1000); COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large, main small', 'sub', 1000); RELEASE a;
    SELECT write('sub large, main small', 'main', 1); COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub small, main large', 'sub', 1); RELEASE a;
    SELECT write('sub small, main large', 'main', 1000); COMMIT;
BEGIN; SELECT write('main large, sub large', 'main', 1000);
    SAVEPOINT a; SELECT write('main large, sub large', 'sub', 1000); RELEASE a; COMMIT;
BEGIN; SELECT write('main large, sub small', 'main', 1000);
    SAVEPOINT a; SELECT write('main large, sub small', 'sub', 1); RELEASE a; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large, sub large', 'sub', 1000); RELEASE a;
    SAVEPOINT b; SELECT write('sub large, sub large', 'sub 2', 1000); RELEASE b; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large, sub small', 'sub', 1000); RELEASE a;
    SAVEPOINT b; SELECT write('sub large, sub small', 'sub 2', 1); RELEASE b; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub small, sub large', 'sub', 1); RELEASE a;
    SAVEPOINT b; SELECT write('sub small, sub large', 'sub 2', 1000); RELEASE b; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large in sub large', 'sub', 1000);
    SAVEPOINT b; SELECT write('sub large in sub large', 'sub 2', 1000); RELEASE b; RELEASE a; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub small in sub large', 'sub', 1000);
    SAVEPOINT b; SELECT write('sub small in sub large', 'sub 2', 1); RELEASE b; RELEASE a; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large in sub small', 'sub', 1);
    SAVEPOINT b; SELECT write('sub large in sub small', 'sub 2', 1000); RELEASE b; RELEASE a; COMMIT;
BEGIN; SAVEPOINT a; SELECT write('sub large, one undone', 'sub', 1000);
    SAVEPOINT b; SELECT write('sub large, one undone', 'never seen', 1000); ROLLBACK TO b;
    SAVEPOINT c; SELECT write('sub large, one undone', 'sub 3', 1000); RELEASE a; COMMIT;
BEGIN; SELECT write('undone', 'never seen', 1000); ROLLBACK;
-- updates, deletes and DDL in one that is on disk
ALTER TABLE spill REPLICA IDENTITY FULL;
BEGIN;
SELECT write('ddl', 'before', 1000);
ALTER TABLE spill ADD COLUMN added integer DEFAULT 7;
UPDATE spill SET added = number WHERE case_name = 'ddl' AND number <= 300;
SAVEPOINT a;
ALTER TABLE spill RENAME COLUMN added TO renamed;
DELETE FROM spill WHERE case_name = 'ddl' AND number > 300;
COMMIT;

CREATE TEMPORARY TABLE spilled AS
    SELECT row_number() OVER () AS number, line
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line;
SELECT case_name, part, count(*) AS rows, count(*) FILTER (WHERE id = expected) AS in_order, min(number) > lag(max(number), 1, 0::bigint) OVER (ORDER BY min(number)) AS after_the_one_above
    FROM (SELECT number, found[1] AS case_name, found[2] AS part, found[3]::integer AS id,
              row_number() OVER (PARTITION BY found[1], found[2] ORDER BY number) AS expected
          FROM spilled, regexp_matches(line, '^insert \S+ .*case_name=''([^'']*)'' part=''([^'']*)'' number=(\d+)') found) rows
    GROUP BY case_name, part ORDER BY min(number);
SELECT split_part(line, ' ', 1) AS verb, count(*) FROM spilled GROUP BY verb ORDER BY verb;
SELECT line FROM (SELECT number, regexp_replace(line, ' ([0-9A-F]+/\S+|oid=\d+|typmod=-1)', '', 'g') AS line FROM spilled) l
    WHERE line ~ 'relation' OR line ~ ' number=(300|301) ' AND line ~ '^(update|delete)' ORDER BY number;
SELECT count(*) = count(DISTINCT substring(line from '^\S+ \S+ (\S+)')) AS each_position_once FROM spilled WHERE line ~ '^(insert|update|delete) ';

-- the same from memory
SET logical_decoding_work_mem = '1GB';
SELECT count(*) FILTER (WHERE spilled.line IS DISTINCT FROM l.line) AS different, count(*) = (SELECT count(*) FROM spilled) AS as_many
    FROM (SELECT row_number() OVER () AS number, line
          FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line) l LEFT JOIN spilled USING (number);
RESET logical_decoding_work_mem;

DROP FUNCTION write;
DROP TABLE spill;

SELECT pg_drop_replication_slot('regression_slot');
