-- Options: what is refused, and what the refusal says.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

-- Each try is a statement of its own: PL/pgSQL, when it catches an error, leaves the slot acquired.
CREATE FUNCTION try(VARIADIC options text[]) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN count(*) >= 0 THEN 'accepted' END
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, VARIADIC options) $$;
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
SELECT try('nonsense', '1');
\echo :LAST_ERROR_SQLSTATE
SELECT try('Tables', 'public.*');
SELECT try('frame_bytes', '1024', 'frame_bytes', '1024');
\echo :LAST_ERROR_SQLSTATE
SELECT try('frame_bytes', '1024'), try('frame_bytes', '16777216');
SELECT format('SELECT try(''frame_bytes'', %L)', value) FROM unnest(ARRAY['', '1023', '16777217', '-1', '1024 ', ' 1024', '0x400', '1e4', '1024.5',
    '99999999999999999999', 'many']) value \gexec
-- psql of 17 on does not keep the SQLSTATE of \gexec
SELECT try('frame_bytes', 'few');
\echo :LAST_ERROR_SQLSTATE
SELECT format('SELECT try(''tables'', %L)', value) FROM unnest(ARRAY['public.a', 'public.*', '*.*', ' public . a , b.c ', '"Odd"."na.me"',
    '"with ""quotes"""."x,y"', 'a*b*.*c', '""".".x']) value \gexec
SELECT format('SELECT try(''tables'', %L)', value) FROM unnest(ARRAY['', ' ', 'a', 'public.', '.a', 'public.a,', ',public.a', 'public.a,,b.c',
    'public.a b', 'a.b.c', '"public.a', 'public."a', '""."a"', 'public."a"b', 'pub"lic.a', 'public.a;drop', 'public..a']) value \gexec
SELECT try('tables', 'public');
\echo :LAST_ERROR_SQLSTATE
SELECT try('tables', 'public.' || repeat('n', 63));
SELECT try('tables', 'public.' || repeat('n', 64));
SELECT try('tables', '"' || repeat('n', 64) || '".x');
SELECT try('tables', 'public.' || repeat('*', 64));
SELECT try('tables', repeat('a.b,', 9999) || 'a.b');
SELECT try('tables', repeat('a.b,', 10000) || 'a.b');
SELECT try('tables', 'a.b' || repeat(' ', 1048576));
SELECT format('SELECT try(''generated_columns'', %L)', value) FROM unnest(ARRAY['stored', 'none', '', 'Stored', 'stored, none', 'non',
    'virtual', ' none', ',']) value \gexec
\set SHOW_CONTEXT errors
-- without a value, as only the replication protocol can say it; in SQL a NULL is refused before us
SELECT pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', NULL);
\pset tuples_only off
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

