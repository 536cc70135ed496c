-- Transactions that are sent in blocks while they are in progress: subtransactions, rollbacks, DDL, messages, truncates.
-- The server skips the test when it is older than 14, where there is no such thing.
SELECT current_setting('server_version_num')::integer < 140000 AS skip \gset
\if :skip
\quit
\endif
SET synchronous_commit = on;
SET client_min_messages = warning;
SET logical_decoding_work_mem = '64kB';
CREATE EXTENSION IF NOT EXISTS glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE streamed (id integer PRIMARY KEY, filler text);
CREATE TABLE other (id integer PRIMARY KEY);

-- one large transaction: what the stream tells is what the commit tells
BEGIN;
INSERT INTO streamed SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i;
COMMIT;
CREATE TABLE streamed_lines AS
    SELECT row_number() OVER () AS number, line, split_part(line, ' ', 1) AS verb
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'streaming', 'on'), glassflow.decode(data) line;
CREATE TABLE whole_lines AS
    SELECT line, split_part(line, ' ', 1) AS verb
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line;
-- every block describes its tables for itself
SELECT count(*) > 1 AS has_blocks, count(*) FILTER (WHERE line LIKE 'stream start%first%') AS first,
    (SELECT count(*) FROM streamed_lines WHERE line LIKE 'stream stop') = count(*) AS each_ends,
    (SELECT count(*) FROM streamed_lines WHERE verb = 'relation') = count(*) AS each_describes
    FROM streamed_lines WHERE line LIKE 'stream start%';
SELECT substring(line FROM 'changes=\d+') AS counted FROM streamed_lines WHERE line LIKE 'stream commit%';
-- the same changes with the same identity
SELECT count(*) FROM streamed_lines WHERE line LIKE 'insert public.streamed %';
SELECT count(*) AS different FROM (SELECT line FROM streamed_lines WHERE line LIKE 'insert public.streamed %' EXCEPT SELECT line FROM whole_lines) d;
SELECT count(*) AS different FROM (SELECT line FROM whole_lines WHERE line LIKE 'insert public.streamed %' EXCEPT SELECT line FROM streamed_lines) d;
DROP TABLE streamed_lines, whole_lines;
SELECT 'passed over' FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL) LIMIT 1;

-- a subtransaction that is rolled back, with a message and DDL in it, and one that stays; how much of the first is sent
-- before the server knows depends on the version
BEGIN;
INSERT INTO other VALUES (1);
SAVEPOINT a;
ALTER TABLE other ADD COLUMN note text DEFAULT 'gone';
INSERT INTO other VALUES (2, 'rolled back');
SELECT 'sent' FROM pg_logical_emit_message(true, 'regress', 'rolled back');
INSERT INTO streamed SELECT i, repeat('y', 100) FROM generate_series(3001, 4500) i;
ROLLBACK TO a;
SAVEPOINT b;
INSERT INTO other VALUES (3);
SELECT 'sent' FROM pg_logical_emit_message(true, 'regress', 'stays');
TRUNCATE other;
INSERT INTO streamed SELECT i, repeat('z', 100) FROM generate_series(4501, 6000) i;
RELEASE b;
INSERT INTO other VALUES (4);
COMMIT;
INSERT INTO other VALUES (5);
SELECT regexp_replace(line, 'changes=\d{2,}', 'changes=...') AS line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'streaming', 'on'),
    glassflow.decode(data, false) line WHERE line !~ '^(insert public.streamed|relation|stream st|stream abort|subtransaction|insert public.other: id=2|.*rolled back)';

-- rolled back as a whole, and one of which nothing is wanted
BEGIN;
INSERT INTO streamed SELECT i, repeat('x', 100) FROM generate_series(6001, 8000) i;
ROLLBACK;
BEGIN;
INSERT INTO streamed SELECT i, repeat('x', 100) FROM generate_series(6001, 8000) i;
COMMIT;
INSERT INTO other VALUES (6);
SELECT line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'streaming', 'on', 'tables', 'public.other'), glassflow.decode(data, false) line;

-- small ones come whole, and off is off
INSERT INTO other VALUES (7);
SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'streaming', 'on'), glassflow.decode(data, false) line;
BEGIN;
INSERT INTO streamed SELECT i, repeat('x', 100) FROM generate_series(8001, 10000) i;
COMMIT;
SELECT split_part(line, ' ', 1) AS verb, count(*) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'streaming', 'off'), glassflow.decode(data, false) line
    WHERE line !~ '^relation' GROUP BY verb ORDER BY verb;
SELECT 1 FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'streaming', 'parallel');

-- what the options say of rows and columns holds in blocks, too
CREATE TABLE whole (id integer PRIMARY KEY, a text, b text);
ALTER TABLE whole REPLICA IDENTITY FULL;
INSERT INTO whole VALUES (1, 'secret', 'b'), (2, 'secret', 'b');
SELECT 'passed over' FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL) LIMIT 1;
BEGIN;
UPDATE whole SET b = 'c' WHERE id = 1;
UPDATE whole SET id = 3 WHERE id = 2;
SELECT 'sent' FROM pg_logical_emit_message(true, 'glassflow.ddl', 'no schema change');
INSERT INTO streamed SELECT i, repeat('x', 100) FROM generate_series(10001, 13000) i;
DELETE FROM whole WHERE id = 1;
COMMIT;
SELECT line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'streaming', 'on', 'tables', 'public.whole', 'ddl', 'on',
    'masks', 'public.whole: a = redact(''-'')', 'rows', 'public.whole: id < 3', 'update_columns', 'changed'), glassflow.decode(data, false) line;

DROP TABLE streamed, other, whole;
SELECT pg_drop_replication_slot('regression_slot');
