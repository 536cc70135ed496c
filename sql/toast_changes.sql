-- Large values in the ways rows are written: many at once, as old rows, in keys, undone, in tables that are gone.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

-- digests do not compress; in lines only their first and last figures
CREATE FUNCTION large(seed integer, digests integer DEFAULT 300) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(md5((seed * 10000 + i)::text), '' ORDER BY i) FROM generate_series(1, digests) i $$;
CREATE FUNCTION shorten(line text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN length(word) > 200 THEN format('<%s %s %s>', substring(word, 1, 12), length(word), md5(word)) ELSE word END,
        ' ' ORDER BY number)
    FROM regexp_split_to_table(line, ' ') WITH ORDINALITY w (word, number) $$;
\set changes 'SELECT shorten(line) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL), glassflow.decode(data, false) line'

-- COPY writes many rows as one record; large ones are among the small
CREATE TABLE toast_copied (id integer PRIMARY KEY, data text, other text);
ALTER TABLE toast_copied ALTER data SET STORAGE EXTERNAL, ALTER other SET STORAGE EXTERNAL;
COPY toast_copied FROM PROGRAM 'seq 1 200 | awk ''{ s = $1 % 50 == 7 ? sprintf("%03000d", $1) : "small " $1; print $1 "\t" s "\t" ($1 == 107 ? s : "\\N") }''';
SELECT count(*) AS rows, count(*) FILTER (WHERE id = number) AS in_order, count(*) FILTER (WHERE length(data) = 3000 AND data::numeric = id) AS large,
    count(*) FILTER (WHERE data = 'small ' || id) AS small, count(*) FILTER (WHERE other = data) AS both
    FROM (SELECT row_number() OVER () AS number, found[1]::integer AS id, found[2] AS data, found[3] AS other
          FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line,
              regexp_matches(line, ' id=(\d+) data=''(.*?)'' other=''?(.*?)''?$') found) rows;
INSERT INTO toast_copied SELECT i, large(i), NULL FROM generate_series(1000, 1003) i;
:changes;

-- updates of one, none and all of several, through ON CONFLICT too; what is set to itself counts as unchanged
TRUNCATE toast_copied;
INSERT INTO toast_copied VALUES (1, large(1), large(2));
UPDATE toast_copied SET other = large(3);
UPDATE toast_copied SET id = 2;
UPDATE toast_copied SET data = data, other = other;
UPDATE toast_copied SET data = other, other = data;
INSERT INTO toast_copied VALUES (2, 'new', 'new') ON CONFLICT (id) DO UPDATE SET data = EXCLUDED.data || right(toast_copied.data, 4);
INSERT INTO toast_copied VALUES (2, 'new', large(4)) ON CONFLICT (id) DO UPDATE SET other = EXCLUDED.other;
INSERT INTO toast_copied VALUES (2, large(5), large(6)) ON CONFLICT (id) DO NOTHING;
:changes;

-- undone rows leave nothing to the next ones
BEGIN;
SAVEPOINT a;
INSERT INTO toast_copied VALUES (3, large(7), large(8));
ROLLBACK TO a;
INSERT INTO toast_copied VALUES (3, large(9), NULL);
SAVEPOINT b;
UPDATE toast_copied SET other = large(10) WHERE id = 3;
ROLLBACK TO b;
UPDATE toast_copied SET other = 'small' WHERE id = 3;
COMMIT;
BEGIN;
INSERT INTO toast_copied VALUES (4, large(11), NULL);
INSERT INTO toast_copied VALUES (4, large(12), NULL);
ROLLBACK;
INSERT INTO toast_copied VALUES (5, large(13), NULL);
:changes;

-- a large key: as it is, changed, and old rows of it
CREATE TABLE toast_large_key (key text PRIMARY KEY, large text, n integer);
ALTER TABLE toast_large_key ALTER key SET STORAGE EXTERNAL, ALTER large SET STORAGE EXTERNAL;
INSERT INTO toast_large_key VALUES (repeat('k', 2300), large(1), 1);
UPDATE toast_large_key SET n = 2;
UPDATE toast_large_key SET large = NULL;
UPDATE toast_large_key SET key = key || '!';
UPDATE toast_large_key SET key = 'small';
DELETE FROM toast_large_key;
:changes;

-- old rows that are larger than any row in a page
CREATE TABLE toast_whole (id integer, a text, b text, c text);
ALTER TABLE toast_whole ALTER a SET STORAGE EXTERNAL, ALTER b SET STORAGE EXTERNAL, ALTER c SET STORAGE EXTERNAL;
ALTER TABLE toast_whole REPLICA IDENTITY FULL;
INSERT INTO toast_whole VALUES (1, large(1, 3000), NULL, NULL);
UPDATE toast_whole SET b = a;
UPDATE toast_whole SET c = large(2, 3000), id = 2;
UPDATE toast_whole SET id = 3;
DELETE FROM toast_whole;
:changes;

-- the same in a transaction that the server puts on disk
SET logical_decoding_work_mem = '64kB';
BEGIN;
INSERT INTO toast_whole VALUES (1, large(1, 3000), NULL, NULL);
INSERT INTO toast_whole (id) SELECT generate_series(10, 3000);
UPDATE toast_whole SET b = a WHERE id = 1;
DELETE FROM toast_whole WHERE id = 1;
COMMIT;
SELECT count(*) FILTER (WHERE line ~ '^insert \S+ id=\d+ a=null b=null c=null$') AS small_rows
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line;
SELECT shorten(line) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line
    WHERE line !~ '^insert \S+ id=\d+ a=null b=null c=null$';
RESET logical_decoding_work_mem;

-- the column is dropped, the table is written anew, the table is gone
BEGIN;
INSERT INTO toast_whole VALUES (4, large(1), large(2), large(3));
ALTER TABLE toast_whole DROP COLUMN b;
UPDATE toast_whole SET id = 5 WHERE id = 4;
ALTER TABLE toast_whole ALTER id TYPE bigint;
UPDATE toast_whole SET id = 6 WHERE id = 5;
COMMIT;
VACUUM FULL toast_whole;
ALTER TABLE toast_whole DROP COLUMN c;
ALTER TABLE toast_whole REPLICA IDENTITY NOTHING;
UPDATE toast_whole SET id = 7 WHERE id = 6;
DROP TABLE toast_whole;
:changes;

DROP TABLE toast_copied, toast_large_key;
DROP FUNCTION shorten, large;

SELECT pg_drop_replication_slot('regression_slot');
