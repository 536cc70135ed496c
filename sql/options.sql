-- Options: what is refused, and what the refusal says.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE FUNCTION try(VARIADIC options text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    PERFORM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, VARIADIC options);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN format('%s %s | %s | %s', SQLSTATE, SQLERRM, detail, hint);
END $$;
\pset format unaligned
SELECT try('nonsense', '1');
SELECT try('Tables', 'public.*');
SELECT try('frame_bytes', '1024', 'frame_bytes', '1024');
SELECT try('frame_bytes', '1024'), try('frame_bytes', '16777216');
SELECT try('frame_bytes', value) FROM unnest(ARRAY['', '1023', '16777217', '-1', '1024 ', ' 1024', '0x400', '1e4', '1024.5',
    '99999999999999999999', 'many']) value;
SELECT value, try('tables', value) FROM unnest(ARRAY['public.a', 'public.*', '*.*', ' public . a , b.c ', '"Odd"."na.me"',
    '"with ""quotes"""."x,y"', 'a*b*.*c', '""".".x']) value;
SELECT value, try('tables', value) FROM unnest(ARRAY['', ' ', 'a', 'public.', '.a', 'public.a,', ',public.a', 'public.a,,b.c',
    'public.a b', 'a.b.c', '"public.a', 'public."a', '""."a"', 'public."a"b', 'pub"lic.a', 'public.a;drop', 'public..a']) value;
SELECT try('tables', 'public.' || repeat('n', 63)), try('tables', 'public.' || repeat('n', 64)),
    try('tables', '"' || repeat('n', 64) || '".x'), try('tables', 'public.' || repeat('*', 64));
SELECT try('tables', repeat('a.b,', 9999) || 'a.b'), try('tables', repeat('a.b,', 10000) || 'a.b'),
    try('tables', 'a.b' || repeat(' ', 1048576));
-- without a value, as only the replication protocol can say it; in SQL a NULL is refused before us
SELECT pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', NULL);
\pset format aligned

-- a slot can be made and read after all of this
CREATE TABLE options (id integer);
INSERT INTO options VALUES (1);
:changes;

-- the list for people
SELECT name, type, "default", range FROM glassflow.options();
-- options are the business of each call, not of the backend
INSERT INTO options VALUES (2);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', 'x.y');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL);
DROP TABLE options;
DROP FUNCTION try;

SELECT pg_drop_replication_slot('regression_slot');

