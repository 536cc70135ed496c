-- Text of databases that are not in UTF-8: converted, and sent as bytes where it has no UTF-8 form.
SET client_min_messages = warning;
SELECT current_database() AS home \gset
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'

CREATE DATABASE regression_win1252 TEMPLATE template0 ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C';
\c regression_win1252
\encoding UTF8
SET client_min_messages = warning;
SET synchronous_commit = on;
CREATE EXTENSION glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE TABLE "Bücher" ("Größe" text, v varchar(10), c char(3), n name, j json, jb jsonb, a text[], b bytea);
INSERT INTO "Bücher" VALUES ('äöü€', 'é', 'é', 'é', '"é"', '"é"', '{é}', '\xe9');
-- 0x81 is no character of WIN1252: the server stores it and cannot convert it
INSERT INTO "Bücher" ("Größe") SELECT convert_from('\x6181e9', 'WIN1252');
INSERT INTO "Bücher" ("Größe") VALUES (repeat('é', 3));
SELECT 'sent' FROM pg_logical_emit_message(false, 'präfix', 'ä');
SELECT 'sent' FROM pg_logical_emit_message(true, 'präfix', 'ä');
:changes;
SELECT pg_drop_replication_slot('regression_slot');

\c :home
SET client_min_messages = warning;
CREATE DATABASE regression_sql_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C';
\c regression_sql_ascii
\encoding SQL_ASCII
SET client_min_messages = warning;
SET synchronous_commit = on;
CREATE EXTENSION glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE TABLE anything (t text, c char(3), a text[]);
INSERT INTO anything VALUES ('valid ä', 'ä', '{ä}'), (E'a\xff', E'\xe9', ARRAY[E'\xe9']);
SELECT 'sent' FROM pg_logical_emit_message(false, E'a\xff', E'\xe9');
SELECT 'sent' FROM pg_logical_emit_message(true, E'a\xff', 'ä');
:changes;
SELECT pg_drop_replication_slot('regression_slot');

\c :home
DROP DATABASE regression_win1252;
DROP DATABASE regression_sql_ascii;
