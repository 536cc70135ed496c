-- What a row's description or text is made of is renamed or changed between rows that one session decodes.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE SCHEMA renames_types;
CREATE TYPE renames_types.mood AS ENUM ('sad', 'happy');
CREATE DOMAIN renames_types.cheer AS renames_types.mood;
CREATE TYPE renames_types.inner_pair AS (a integer, m renames_types.mood);
CREATE TYPE renames_types.pair AS (x integer, i renames_types.inner_pair);
CREATE TYPE renames_types.span AS RANGE (subtype = integer);

-- labels: of a column, through a domain, in an array, in a composite within a composite
CREATE TABLE renames_labels (m renames_types.mood, d renames_types.cheer, l renames_types.mood[], p renames_types.pair);
INSERT INTO renames_labels VALUES ('sad', 'sad', '{sad,happy}', '(1,"(2,sad)")');
ALTER TYPE renames_types.mood RENAME VALUE 'sad' TO 'glum';
INSERT INTO renames_labels VALUES ('glum', 'glum', '{glum,happy}', '(1,"(2,glum)")');
ALTER TYPE renames_types.mood ADD VALUE 'calm' BEFORE 'happy';
INSERT INTO renames_labels VALUES ('calm', 'calm', '{calm,happy}', '(1,"(2,calm)")');
:changes;

-- each kind of them alone
CREATE TABLE renames_domain (d renames_types.cheer);
CREATE TABLE renames_array (l renames_types.mood[]);
CREATE TABLE renames_composite (p renames_types.pair);
INSERT INTO renames_domain VALUES ('glum');
ALTER TYPE renames_types.mood RENAME VALUE 'glum' TO 'blue';
INSERT INTO renames_domain VALUES ('blue');
INSERT INTO renames_array VALUES ('{blue}');
ALTER TYPE renames_types.mood RENAME VALUE 'blue' TO 'low';
INSERT INTO renames_array VALUES ('{low}');
INSERT INTO renames_composite VALUES ('(1,"(2,low)")');
ALTER TYPE renames_types.mood RENAME VALUE 'low' TO 'sad';
INSERT INTO renames_composite VALUES ('(1,"(2,sad)")');
:changes;

-- names of types, of what is within them, and of their schema
CREATE TABLE renames_names (d renames_types.cheer, l renames_types.mood[], p renames_types.pair, s renames_types.span);
INSERT INTO renames_names VALUES ('sad', '{sad}', '(1,"(2,sad)")', '[1,2)');
ALTER TYPE renames_types.mood RENAME TO state;
INSERT INTO renames_names (s) VALUES ('[2,3)');
ALTER DOMAIN renames_types.cheer RENAME TO joy;
INSERT INTO renames_names (s) VALUES ('[3,4)');
ALTER TYPE renames_types.span RENAME TO stretch;
INSERT INTO renames_names (s) VALUES ('[4,5)');
ALTER TYPE renames_types.inner_pair RENAME TO inner_couple;
INSERT INTO renames_names VALUES (NULL, NULL, '(5,"(5,sad)")', '[5,6)');
CREATE SCHEMA renames_other;
ALTER TYPE renames_types.state SET SCHEMA renames_other;
INSERT INTO renames_names (s) VALUES ('[6,7)');
ALTER SCHEMA renames_types RENAME TO renames_kinds;
INSERT INTO renames_names (s) VALUES ('[7,8)');
:changes;

-- columns of a composite: of one in a column, and of one within that
CREATE TABLE renames_nested (p renames_kinds.pair);
CREATE TABLE renames_of_table (n renames_nested);
INSERT INTO renames_nested VALUES ('(1,"(1,sad)")');
ALTER TYPE renames_kinds.pair RENAME ATTRIBUTE x TO y;
INSERT INTO renames_nested VALUES ('(2,"(2,sad)")');
ALTER TYPE renames_kinds.inner_couple ADD ATTRIBUTE t text;
INSERT INTO renames_nested VALUES ('(3,"(3,sad,t)")');
ALTER TYPE renames_kinds.inner_couple DROP ATTRIBUTE a;
INSERT INTO renames_nested VALUES ('(4,"(sad,t)")');
ALTER TYPE renames_kinds.pair ADD ATTRIBUTE z numeric(5,2);
INSERT INTO renames_nested VALUES ('(5,"(sad,t)",1.5)');
INSERT INTO renames_of_table VALUES (ROW(ROW(6, NULL, 6)::renames_kinds.pair));
ALTER TABLE renames_nested RENAME COLUMN p TO q;
INSERT INTO renames_of_table VALUES (ROW(ROW(7, NULL, 7)::renames_kinds.pair));
:changes;

-- the function that prints a type
CREATE TYPE renames_kinds.printed;
CREATE FUNCTION renames_kinds.printed_in(cstring) RETURNS renames_kinds.printed LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION renames_kinds.printed_out(renames_kinds.printed) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE renames_kinds.printed (INPUT = renames_kinds.printed_in, OUTPUT = renames_kinds.printed_out, LIKE = text);
CREATE TABLE renames_printed (p renames_kinds.printed);
INSERT INTO renames_printed VALUES ('abc');
CREATE OR REPLACE FUNCTION renames_kinds.printed_out(renames_kinds.printed) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'byteaout';
INSERT INTO renames_printed VALUES ('abc');
:changes;

-- within one transaction, and taken back
BEGIN;
INSERT INTO renames_domain VALUES ('sad');
SAVEPOINT s;
ALTER TYPE renames_other.state RENAME VALUE 'sad' TO 'down';
ALTER DOMAIN renames_kinds.joy RENAME TO delight;
INSERT INTO renames_domain VALUES ('down');
ROLLBACK TO s;
INSERT INTO renames_domain VALUES ('sad');
ALTER DOMAIN renames_kinds.joy RENAME TO glee;
INSERT INTO renames_domain VALUES ('sad');
COMMIT;
:changes;

-- what has nothing to do with the table does not describe it again
INSERT INTO renames_domain VALUES ('sad');
CREATE TYPE renames_other.unrelated AS ENUM ('u');
CREATE TABLE renames_unrelated (id integer);
INSERT INTO renames_domain VALUES ('sad');
ALTER TYPE renames_other.unrelated RENAME TO still_unrelated;
ANALYZE renames_domain;
INSERT INTO renames_domain VALUES ('sad');
:changes;

-- tables that are wanted, or not, by a name that changes
CREATE TABLE renames_filtered (id integer);
INSERT INTO renames_filtered VALUES (1);
ALTER TABLE renames_filtered RENAME TO renames_wanted;
INSERT INTO renames_wanted VALUES (2);
ALTER TABLE renames_wanted SET SCHEMA renames_other;
INSERT INTO renames_other.renames_wanted VALUES (3);
ALTER SCHEMA renames_other RENAME TO renames_wanted;
INSERT INTO renames_wanted.renames_wanted VALUES (4);
SELECT glassflow.decode(data, false)
FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'tables', 'public.renames_wanted, renames_wanted.*');

DROP TABLE renames_labels, renames_domain, renames_array, renames_composite, renames_names, renames_of_table, renames_nested, renames_unrelated,
    renames_printed;
DROP SCHEMA renames_kinds, renames_wanted CASCADE;
SELECT pg_drop_replication_slot('regression_slot');
