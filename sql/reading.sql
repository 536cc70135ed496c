-- A slot is made and read inside transactions that write, and what it gives is written to tables.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
CREATE TABLE reading (id integer, note text);

-- made where nothing was written yet, or not at all
BEGIN;
SELECT pg_current_xact_id() IS NOT NULL AS assigned;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
ROLLBACK;
BEGIN;
INSERT INTO reading VALUES (0);
SAVEPOINT s;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
ROLLBACK TO s;
ROLLBACK;
BEGIN;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
COMMIT;

-- one's own rows are not committed, one's own DDL is not there yet
INSERT INTO reading VALUES (1, 'before');
BEGIN;
INSERT INTO reading VALUES (2, 'not committed');
ALTER TABLE reading RENAME COLUMN note TO remark;
ALTER TABLE reading ADD COLUMN added integer DEFAULT 7;
INSERT INTO reading VALUES (3, 'not committed', 3);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SAVEPOINT s;
ALTER TABLE reading DROP COLUMN remark;
:changes;
ROLLBACK TO s;
SELECT * FROM reading ORDER BY id;
COMMIT;
INSERT INTO reading VALUES (4, 'after', 4);
:changes;

-- an error of the reader in the middle, and of the statement after it: who only looks may look again
INSERT INTO reading VALUES (5, 'five', 5);
INSERT INTO reading VALUES (6, 'six', 6);
SELECT 1 / (length(data) - length(data)) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
BEGIN;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, 1);
SELECT 1 / 0;
ROLLBACK;
-- a cursor, a loop, a function
BEGIN;
DECLARE c CURSOR FOR SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
FETCH 3 FROM c;
INSERT INTO reading VALUES (7, 'meanwhile', 7);
FETCH 2 FROM c;
COMMIT;
CREATE FUNCTION reading_lines() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    frame bytea;
BEGIN
    FOR frame IN SELECT data FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL) LOOP
        INSERT INTO reading SELECT 100, 'read', length(frame);
        RETURN QUERY SELECT glassflow.decode(frame, false);
    END LOOP;
END $$;
SELECT reading_lines();
-- as many rows as frames were read
SELECT regexp_replace(line, 'added=\d+', 'added=...') FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line;

-- frames into a table: the rows of that table come next, with the frames in them
INSERT INTO reading VALUES (8, 'eight', 8);
CREATE TABLE reading_frames AS SELECT data FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
SELECT glassflow.decode(data, false) FROM reading_frames;
INSERT INTO reading_frames SELECT data FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
INSERT INTO reading_frames SELECT data FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
SELECT number, split_part(line, ':', 1) AS line,
        regexp_replace(glassflow.decode(decode(substring(line from '\\x([0-9a-f]+)'), 'hex'), false), '\\x[0-9a-f]+', '...') AS inner_line
    FROM (SELECT row_number() OVER () AS number, line
          FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line) l
    WHERE line ~ '^insert' ORDER BY number;

DROP FUNCTION reading_lines;
DROP TABLE reading, reading_frames;

SELECT pg_drop_replication_slot('regression_slot');
