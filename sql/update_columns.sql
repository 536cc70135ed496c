-- Updates under REPLICA IDENTITY FULL, of the columns that changed alone.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\pset format unaligned
\pset tuples_only on
\set changes 'SELECT regexp_replace(glassflow.decode(data, false), ''(large|other){3,}'', ''\\1...'', ''g'') FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL, ''update_columns'', ''changed'')'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE TABLE changed (a text, id integer, gone integer, n numeric, b boolean, f float8, u uuid, na name, x bytea, large text, PRIMARY KEY (id));
ALTER TABLE changed ALTER large SET STORAGE EXTERNAL;
ALTER TABLE changed DROP COLUMN gone;
ALTER TABLE changed REPLICA IDENTITY FULL;
INSERT INTO changed VALUES ('a', 1, 1.50, true, 0.5, '00112233-4455-6677-8899-aabbccddeeff', 'name', '\x00', repeat('large', 1000));
UPDATE changed SET a = 'b';
UPDATE changed SET a = a;
UPDATE changed SET a = NULL, n = 1.5, b = false;
UPDATE changed SET a = 'back', f = -0.0, u = NULL, na = 'other', x = '\x0001';
UPDATE changed SET id = 2;
UPDATE changed SET large = repeat('other', 1000);
UPDATE changed SET large = large || 'x', id = 3;
DELETE FROM changed;
:changes;

-- an added column: its default is in rows of before, which do not have it
INSERT INTO changed (id, a) VALUES (1, 'x');
ALTER TABLE changed ADD COLUMN added integer DEFAULT 5;
UPDATE changed SET a = 'y';
UPDATE changed SET added = 6;
:changes;
-- where it does not apply: no key, other identities
CREATE TABLE changed_keyless (a text, b integer);
ALTER TABLE changed_keyless REPLICA IDENTITY FULL;
INSERT INTO changed_keyless VALUES ('a', 1);
UPDATE changed_keyless SET a = 'b';
ALTER TABLE changed REPLICA IDENTITY DEFAULT;
UPDATE changed SET a = 'z';
:changes;
-- with masks and with columns left out: bits are of the columns that are described
ALTER TABLE changed REPLICA IDENTITY FULL;
UPDATE changed SET a = 'secret', added = 7, n = 3;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'update_columns', 'changed',
    'masks', 'public.changed: a = redact(''-''), id = keep_last(0)', 'exclude_columns', 'public.changed: n');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'update_columns', 'all', 'columns', 'public.changed: a');
-- more than eight columns, and many
SELECT count(*) > 0 AS skipped FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
DO $$ BEGIN
    EXECUTE (SELECT 'CREATE TABLE changed_wide (' || string_agg('c' || i || ' integer', ', ') || ', PRIMARY KEY (c600, c3))' FROM generate_series(1, 1000) i);
END $$;
ALTER TABLE changed_wide REPLICA IDENTITY FULL;
INSERT INTO changed_wide (c3, c600, c1000) VALUES (3, 600, 1000);
UPDATE changed_wide SET c1 = 1, c8 = 8, c9 = 9, c1000 = NULL;
SELECT line FROM (SELECT glassflow.decode(data, false) AS line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'update_columns', 'changed')) l
    WHERE line LIKE 'update%';

DROP TABLE changed, changed_keyless, changed_wide;
SELECT pg_drop_replication_slot('regression_slot');
