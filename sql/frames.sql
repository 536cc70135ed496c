-- Rows are packed into frames of bounded size, and every size says the same.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE frames (id integer PRIMARY KEY, name text);
INSERT INTO frames SELECT i, 'row ' || i FROM generate_series(1, 10000) i;
INSERT INTO frames VALUES (10001, repeat('x', 3000));
INSERT INTO frames VALUES (10002, 'last');

-- small transactions are one frame each, the large one is several
SELECT count(*) BETWEEN 5 AND 8 AS has_several_frames, max(length(data)) BETWEEN 65536 AND 65536 + 100 AS is_bounded
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT count(*) BETWEEN 100 AND 400 AS has_many_frames, count(*) FILTER (WHERE length(data) > 1024 + 100) AS larger_than_one_record_more,
    max(length(data)) BETWEEN 3000 AND 4000 AS has_large_row
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'frame_bytes', '1024');
SELECT count(*) AS frames
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'frame_bytes', '16777216');

CREATE TEMPORARY TABLE lines AS
    SELECT 65536 AS frame_bytes, row_number() OVER () AS number, line
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line;
INSERT INTO lines
    SELECT 1024, row_number() OVER (), line
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'frame_bytes', '1024'), glassflow.decode(data) line;
INSERT INTO lines
    SELECT 16777216, row_number() OVER (), line
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'frame_bytes', '16777216'), glassflow.decode(data) line;
SELECT count(*) FILTER (WHERE frame_bytes = 65536) AS line_count, count(DISTINCT (number, line)) AS distinct_lines,
    count(*) AS all_lines FROM lines;
SELECT count(*) AS begins FROM lines WHERE frame_bytes = 1024 AND line LIKE 'begin%';
SELECT line ~ '^commit changes=10000 ' AS counts_its_rows FROM lines WHERE frame_bytes = 1024 AND line LIKE 'commit%'
    ORDER BY number LIMIT 1;

DROP TABLE frames;

SELECT pg_drop_replication_slot('regression_slot');

