-- exclude_tables, columns, exclude_columns, actions and messages: what of a table is sent.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE SCHEMA shop;
CREATE TABLE shop.orders (id integer PRIMARY KEY, customer text, note text, "Card" text);
CREATE TABLE shop.items (order_id integer, line integer, sku text, PRIMARY KEY (line, order_id));
CREATE TABLE shop.log (at integer, what text);
ALTER TABLE shop.log REPLICA IDENTITY FULL;
CREATE FUNCTION sent(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, VARIADIC options), glassflow.decode(data, false) line
    WHERE line !~ '^(session|begin|commit|relation)' $$;
CREATE FUNCTION described(VARIADIC options text[]) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, VARIADIC options), glassflow.decode(data, false) line
    WHERE line ~ '^relation' $$;

BEGIN;
INSERT INTO shop.orders VALUES (1, 'Ann', 'n', '4111');
INSERT INTO shop.items VALUES (1, 1, 'x'), (1, 2, 'y');
INSERT INTO shop.log VALUES (1, 'begun');
COMMIT;
UPDATE shop.orders SET note = 'paid', id = 2;
UPDATE shop.log SET what = 'done';
DELETE FROM shop.items WHERE line = 1;
DELETE FROM shop.log;
TRUNCATE shop.orders, shop.items;
SELECT 'told' FROM pg_logical_emit_message(true, 'shop.audit', 'one') a, pg_logical_emit_message(false, 'Shop.Audit', 'two') b,
    pg_logical_emit_message(true, 'it''s, odd', 'three') c;

SELECT * FROM sent('exclude_tables', 'shop.items, shop.l*', 'messages', 'off');
SELECT * FROM sent('tables', 'shop.*', 'exclude_tables', '*.items', 'actions', 'delete', 'messages', 'off');
SELECT * FROM sent('exclude_tables', '*.*', 'messages', 'off');

-- actions
SELECT * FROM sent('actions', 'insert', 'messages', 'off');
SELECT * FROM sent('actions', 'Truncate , UPDATE', 'messages', 'off');

-- columns: the key always; several rules add up; exclude_columns comes last
SELECT * FROM described('columns', 'shop.orders: note; shop.log: what;');
SELECT * FROM sent('columns', 'shop.orders: note; shop.log: what', 'exclude_tables', 'shop.items', 'messages', 'off');
SELECT * FROM described('columns', '*.orders: n*; shop.*: "Card", sku', 'tables', 'shop.orders, shop.items');
SELECT * FROM described('exclude_columns', '*.*: "Card", what; shop.items: *', 'tables', 'shop.*');
SELECT * FROM described('columns', 'shop.orders: note, customer', 'exclude_columns', 'shop.o*: customer', 'tables', 'shop.orders');
SELECT * FROM described('columns', 'shop.log: nothing', 'tables', 'shop.log');
SELECT * FROM sent('columns', 'shop.log: nothing', 'tables', 'shop.log', 'messages', 'off');
-- a name that is not there: a warning, once, where one table is named
SELECT count(*) FROM sent('columns', 'shop.orders: note, card, "c""d"; *.*: nothing, *x', 'exclude_columns', 'shop.orders: "card"');

-- messages
SELECT * FROM sent('messages', 'all', 'exclude_tables', '*.*');
SELECT * FROM sent('messages', 'shop.audit', 'exclude_tables', '*.*');
SELECT * FROM sent('messages', 'Shop.*, ''it''''s, odd''', 'exclude_tables', '*.*');
SELECT * FROM sent('messages', '*.*udit,''s*''', 'exclude_tables', '*.*');
SELECT * FROM sent('messages', 'off', 'exclude_tables', '*.*');

-- positions are the same whatever is chosen
SELECT count(*) FROM
    (SELECT substring(line, '\d+/\w+ \d+|\w+/\w+-\d+') AS position, line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'columns', '*.*: line'),
        glassflow.decode(data) line WHERE line LIKE 'insert%') narrow
    JOIN (SELECT substring(line, '\d+/\w+ \d+|\w+/\w+-\d+') AS position, line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL),
        glassflow.decode(data) line WHERE line LIKE 'insert%') whole USING (position);

-- what is refused
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
SELECT format('SELECT sent(''exclude_tables'', %L)', value) FROM unnest(ARRAY['', 'a', 'a.b,']) value \gexec
SELECT format('SELECT sent(''columns'', %L)', value) FROM unnest(ARRAY['', ';', 'public.a', 'public.a:', 'public.a: ,', 'public.a: b,', 'public.a: b c',
    'public.a: b; c', 'public.a: b;;', 'public.a b', 'public.a: "b', 'public.a: "b""', 'public.a: (b)', 'public.a: b = 1', 'a.b.c: d', 'public.a: "b"c', 'public.a: ""']) value \gexec
SELECT sent('columns', 'public.a: ' || repeat('n', 64));
SELECT sent('columns', 'public.a: ' || repeat('n, ', 1600) || 'n');
SELECT sent('columns', repeat('public.a: b; ', 10001));
SELECT sent('columns', 'public.a: b' || repeat(' ', 1048576));
SELECT format('SELECT sent(''actions'', %L)', value) FROM unnest(ARRAY['', 'select', 'insert,', 'insert update', 'insert, insert', 'inserted', 'insert, "update"']) value \gexec
SELECT format('SELECT sent(''messages'', %L)', value) FROM unnest(ARRAY['', 'all, off extra', ',', 'a,,b', '''a', 'a b', 'a''b''']) value \gexec
SELECT sent('messages', repeat('a,', 100) || 'a');
SELECT sent('messages', repeat('a', 64));
\pset tuples_only off
\pset format aligned

DROP FUNCTION sent, described;
DROP SCHEMA shop CASCADE;
SELECT pg_drop_replication_slot('regression_slot');
