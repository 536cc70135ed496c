-- The commit time of a transaction is when it was committed, the xid the one that it had.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE commit_time (id integer);
-- later than now(), which is when a transaction begins; in microseconds, so that none is lost
BEGIN;
SELECT pg_current_xact_id() AS xid, clock_timestamp() AS begun_at \gset
INSERT INTO commit_time VALUES (1);
SELECT clock_timestamp() AS before_commit \gset
COMMIT;
SELECT clock_timestamp() AS committed_at \gset
INSERT INTO commit_time VALUES (2);
SET timezone = 'America/St_Johns';
SELECT row_number() OVER () AS number, xid = :'xid' AS has_xid, time >= :'before_commit' AS not_before, time <= :'committed_at' AS not_after
    FROM (SELECT substring(line from ' xid=(\d+)') AS xid, substring(line from ' at=(.*)$')::timestamptz AS time
          FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data) line WHERE line ~ '^begin ') t;

DROP TABLE commit_time;

SELECT pg_drop_replication_slot('regression_slot');
