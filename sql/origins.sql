-- Transactions that were replayed from elsewhere (with a replication origin) come like those of users.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE origins (id integer PRIMARY KEY, note text);
SELECT 'made' FROM pg_replication_origin_create('regress_glassflow');
INSERT INTO origins VALUES (1, 'ours');
SELECT pg_replication_origin_session_setup('regress_glassflow');
INSERT INTO origins VALUES (2, 'theirs');
SELECT 'sent' FROM pg_logical_emit_message(false, 'origins', 'outside');
BEGIN;
SELECT pg_replication_origin_xact_setup('0/AABBCCDD', '2013-01-31 00:00:00+00');
INSERT INTO origins VALUES (3, 'theirs, of another time');
SAVEPOINT a;
UPDATE origins SET note = 'changed there' WHERE id = 1;
RELEASE a;
SELECT 'sent' FROM pg_logical_emit_message(true, 'origins', 'inside');
TRUNCATE origins;
COMMIT;
-- a frame of it written to a table in the origin's name
CREATE TABLE origins_frames AS SELECT data FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT pg_replication_origin_session_reset();
INSERT INTO origins VALUES (4, 'ours again');
SELECT regexp_replace(line, '\\x[0-9a-f]+', '...') AS line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line;
SELECT pg_replication_origin_drop('regress_glassflow');

DROP TABLE origins, origins_frames;

SELECT pg_drop_replication_slot('regression_slot');
