-- Values do not depend on the settings of the session that reads or writes, and the session keeps its own.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE SCHEMA settings;
CREATE TYPE settings.kind AS ENUM ('a');
CREATE TABLE settings.rows (d date[], ts timestamptz[], i interval, f float8[], b bytea[], k settings.kind, r regclass);
CREATE TEMPORARY TABLE seen (line text);
INSERT INTO settings.rows VALUES ('{2020-01-31}', '{2020-01-31 12:00:00+00}', '1 year 2 days 03:04:05', '{0.1}', '{"\\x00ff"}', 'a',
    'settings.rows');
INSERT INTO seen SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);

SET datestyle = 'German';
SET timezone = 'Asia/Tokyo';
SET intervalstyle = 'sql_standard';
SET extra_float_digits = -5;
SET bytea_output = 'escape';
SET search_path = settings, public;
SET quote_all_identifiers = on;
INSERT INTO pg_temp.seen SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT current_setting('datestyle') AS datestyle, current_setting('timezone') AS timezone,
    current_setting('intervalstyle') AS intervalstyle, current_setting('extra_float_digits') AS extra_float_digits,
    current_setting('bytea_output') AS bytea_output, current_setting('search_path') AS search_path,
    current_setting('quote_all_identifiers') AS quote_all_identifiers;

-- also later in the same transaction
BEGIN;
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT current_setting('datestyle') AS datestyle, current_setting('search_path') AS search_path, '2020-01-31'::date AS date;
COMMIT;

-- after an error, too
SELECT glassflow.decode('\xc1') FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
SELECT pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'frame_bytes', '1');
SELECT current_setting('datestyle') AS datestyle, current_setting('search_path') AS search_path;
RESET ALL;
SET client_min_messages = warning;
SELECT count(*), line FROM seen GROUP BY line ORDER BY min(seen.ctid);

DROP SCHEMA settings CASCADE;

SELECT pg_drop_replication_slot('regression_slot');

