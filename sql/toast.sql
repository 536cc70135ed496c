-- Large values: unchanged ones are not NULL, changed and compressed ones arrive whole.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

-- lengths and digests instead of pages of text
CREATE FUNCTION shorten(line text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(CASE WHEN length(word) > 200 THEN format('<%s %s %s>', substring(word, 1, 12), length(word), md5(word)) ELSE word END,
        ' ' ORDER BY number)
    FROM regexp_split_to_table(line, ' ') WITH ORDINALITY w (word, number) $$;
\set changes 'SELECT shorten(line) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL), glassflow.decode(data, false) line'

CREATE TABLE toast (id integer PRIMARY KEY, big text, bytes bytea, other integer, list text[]);
ALTER TABLE toast ALTER big SET STORAGE EXTERNAL, ALTER bytes SET STORAGE EXTERNAL, ALTER list SET STORAGE EXTERNAL;
INSERT INTO toast VALUES (1, repeat('a', 9000), NULL, 1, NULL);
UPDATE toast SET other = 2;
UPDATE toast SET big = repeat('b', 9001);
UPDATE toast SET big = NULL;
UPDATE toast SET big = repeat('c', 9002), bytes = decode(repeat('ab', 5000), 'hex');
UPDATE toast SET other = 3;
UPDATE toast SET list = ARRAY[repeat('d', 9003)];
UPDATE toast SET other = 4;
DELETE FROM toast;
:changes;

-- compressed, inline and out of line
CREATE TABLE toast_compressed (id integer PRIMARY KEY, big text, json jsonb);
INSERT INTO toast_compressed VALUES (1, repeat('a', 4000), NULL);
UPDATE toast_compressed SET id = 2;
-- digests do not compress to nothing
UPDATE toast_compressed SET big = (SELECT string_agg(md5(i::text), '' ORDER BY i) FROM generate_series(1, 400) i);
UPDATE toast_compressed SET id = 3;
UPDATE toast_compressed SET json = (SELECT to_jsonb(string_agg(md5(i::text), '' ORDER BY i)) FROM generate_series(1, 400) i);
:changes;

-- the old row of identity FULL has its large values, also those that did not change
CREATE TABLE toast_full (id integer PRIMARY KEY, big text, other integer);
ALTER TABLE toast_full ALTER big SET STORAGE EXTERNAL;
ALTER TABLE toast_full REPLICA IDENTITY FULL;
INSERT INTO toast_full VALUES (1, repeat('f', 9000), 1);
UPDATE toast_full SET other = 2;
DELETE FROM toast_full;
:changes;

-- a large key
CREATE TABLE toast_key (big text PRIMARY KEY, other integer);
ALTER TABLE toast_key ALTER big SET STORAGE EXTERNAL;
INSERT INTO toast_key VALUES (repeat('k', 2500), 1);
UPDATE toast_key SET other = 2;
DELETE FROM toast_key;
:changes;

-- text that is larger than the server can build (1.3 GB of bits from 168 MB) is sent as its size; the slot goes on
CREATE TABLE toast_bits (id integer PRIMARY KEY, bits varbit[]);
INSERT INTO toast_bits SELECT 1, ARRAY[eight || eight] FROM (SELECT four || four AS eight FROM
    (SELECT two || two AS four FROM (SELECT one || one AS two FROM
        (SELECT repeat('0', 83886080)::varbit AS one OFFSET 0) a OFFSET 0) b OFFSET 0) c OFFSET 0) d;
INSERT INTO toast_bits VALUES (2, ARRAY[B'101']);
:changes;

DROP TABLE toast, toast_compressed, toast_full, toast_key, toast_bits;
DROP FUNCTION shorten;

SELECT pg_drop_replication_slot('regression_slot');

