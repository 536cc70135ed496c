-- No columns, 1600 columns, and as many dropped ones.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE columns_none ();
ALTER TABLE columns_none REPLICA IDENTITY FULL;
INSERT INTO columns_none DEFAULT VALUES;
DELETE FROM columns_none;
-- none is left, then one comes back
CREATE TABLE columns_left (id integer PRIMARY KEY, note text);
ALTER TABLE columns_left REPLICA IDENTITY FULL;
INSERT INTO columns_left VALUES (1, 'one'), (2, 'two');
ALTER TABLE columns_left DROP COLUMN id, DROP COLUMN note;
INSERT INTO columns_left DEFAULT VALUES;
ALTER TABLE columns_left ADD COLUMN again text DEFAULT 'again';
UPDATE columns_left SET again = 'changed';
DELETE FROM columns_left;
TRUNCATE columns_none;
:changes;

SELECT format('CREATE TABLE columns_most (%s)', string_agg(format('c%s %s', i, (ARRAY['boolean', 'smallint', '"char"'])[1 + i % 3]), ', ' ORDER BY i))
    AS statement FROM generate_series(1, 1600) i \gset
:statement;
ALTER TABLE columns_most REPLICA IDENTITY FULL;
INSERT INTO columns_most DEFAULT VALUES;
SELECT format('INSERT INTO columns_most VALUES (%s)', string_agg((ARRAY['true', i::text, '''x'''])[1 + i % 3], ', ' ORDER BY i))
    AS statement FROM generate_series(1, 1600) i \gset
:statement;
UPDATE columns_most SET c1600 = 16 WHERE c1 IS NOT NULL;
DELETE FROM columns_most;
SELECT verb, part, count(*) AS columns, count(*) FILTER (WHERE value = 'null') AS nulls, bool_and(number = position) AS in_order,
    string_agg(value, ' ' ORDER BY position) FILTER (WHERE position < 4 OR position > 1598) AS ends,
    count(*) FILTER (WHERE value = (ARRAY['true', number::text, '''x'''])[1 + number % 3]) AS as_written
    FROM (SELECT row_number() OVER () AS record, split_part(line, ' ', 1) AS verb, line
          FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line
          WHERE line ~ '^(insert|update|delete) ') records,
        regexp_split_to_table(line, ' old:') WITH ORDINALITY parts (values_of_part, part),
        LATERAL (SELECT found[1]::integer AS number, found[2] AS value, row_number() OVER () AS position
                 FROM regexp_matches(values_of_part, 'c(\d+)=(\S+)', 'g') found) columns
    GROUP BY record, verb, part ORDER BY record, part;

-- 1599 of them are gone and none can be added
SELECT format('ALTER TABLE columns_most %s', string_agg('DROP COLUMN c' || i, ', ' ORDER BY i)) AS statement FROM generate_series(1, 1599) i \gset
:statement;
ALTER TABLE columns_most ADD COLUMN c1601 integer;
INSERT INTO columns_most VALUES (7);
UPDATE columns_most SET c1600 = 8;
:changes;

DROP TABLE columns_none, columns_left, columns_most;

SELECT pg_drop_replication_slot('regression_slot');
