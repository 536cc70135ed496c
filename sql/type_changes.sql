-- Types that change between rows: names, labels, fields and bounds are those of the moment of each row.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TYPE type_mood AS ENUM ('sad', 'ok', 'happy');
CREATE DOMAIN type_small AS integer CHECK (VALUE < 100);
CREATE TYPE type_pair AS (a integer, b text);
CREATE TABLE type_changes (id integer PRIMARY KEY, mood type_mood, moods type_mood[], small type_small, pair type_pair);
ALTER TABLE type_changes REPLICA IDENTITY FULL;
-- labels, in transactions of their own
INSERT INTO type_changes VALUES (1, 'sad', '{sad,happy}', 1, '(1,one)');
ALTER TYPE type_mood RENAME VALUE 'sad' TO 'blue';
INSERT INTO type_changes VALUES (2, 'blue', '{blue,NULL}', 2, NULL);
ALTER TYPE type_mood ADD VALUE 'so so' BEFORE 'ok';
INSERT INTO type_changes VALUES (3, 'so so', '{"so so"}', 3, NULL);
-- the old row reads as it does today
UPDATE type_changes SET mood = 'ok' WHERE id = 1;
:changes;

-- in the middle of one
BEGIN;
INSERT INTO type_changes VALUES (4, 'happy', NULL, 4, '(4,four)');
ALTER TYPE type_mood RENAME VALUE 'happy' TO 'glad';
INSERT INTO type_changes VALUES (5, 'glad', '{glad}', 5, NULL);
SAVEPOINT s;
ALTER TYPE type_mood RENAME VALUE 'glad' TO 'never';
INSERT INTO type_changes VALUES (6, 'never', '{never}', 6, NULL);
ROLLBACK TO s;
INSERT INTO type_changes VALUES (6, 'glad', NULL, 6, NULL);
ALTER TYPE type_mood RENAME TO type_state;
DELETE FROM type_changes WHERE id = 4;
COMMIT;
-- two labels change places
BEGIN;
ALTER TYPE type_state RENAME VALUE 'blue' TO 'spare';
ALTER TYPE type_state RENAME VALUE 'glad' TO 'blue';
ALTER TYPE type_state RENAME VALUE 'spare' TO 'glad';
COMMIT;
INSERT INTO type_changes VALUES (7, 'blue', '{glad,blue}', 7, NULL);
:changes;

-- a domain: name, schema, constraint
BEGIN;
INSERT INTO type_changes (id, small) VALUES (8, 8);
ALTER DOMAIN type_small RENAME TO type_tiny;
INSERT INTO type_changes (id, small) VALUES (9, 9);
ALTER DOMAIN type_tiny DROP CONSTRAINT type_small_check;
INSERT INTO type_changes (id, small) VALUES (10, 1000);
COMMIT;
CREATE SCHEMA type_schema;
ALTER DOMAIN type_tiny SET SCHEMA type_schema;
ALTER TYPE type_state SET SCHEMA type_schema;
INSERT INTO type_changes (id, mood, small) VALUES (11, 'blue', 11);
ALTER SCHEMA type_schema RENAME TO type_schema_2;
INSERT INTO type_changes (id, mood, small) VALUES (12, 'ok', 12);
:changes;

-- a row type: fields come, go and change names; a value is as long as it was when it was written
INSERT INTO type_changes (id, pair) VALUES (13, '(13,thirteen)');
ALTER TYPE type_pair ADD ATTRIBUTE c date;
INSERT INTO type_changes (id, pair) VALUES (14, '(14,fourteen,2020-01-31)');
UPDATE type_changes SET small = 0 WHERE id = 13;
BEGIN;
INSERT INTO type_changes (id, pair) VALUES (15, '(15,,2020-01-31)');
ALTER TYPE type_pair DROP ATTRIBUTE b;
INSERT INTO type_changes (id, pair) VALUES (16, '(16,2020-01-31)');
DELETE FROM type_changes WHERE id = 15;
ALTER TYPE type_pair RENAME ATTRIBUTE a TO first;
INSERT INTO type_changes (id, pair) VALUES (17, '(17,)');
COMMIT;
ALTER TYPE type_pair RENAME TO type_couple;
INSERT INTO type_changes (id, pair) VALUES (18, '(,)');
DELETE FROM type_changes WHERE id IN (13, 14);
:changes;

-- a table's own row type as a column's
CREATE TABLE type_table (x integer, y text);
CREATE TABLE type_of_table (id integer PRIMARY KEY, t type_table, ts type_table[]);
INSERT INTO type_of_table VALUES (1, '(1,one)', '{"(1,one)",NULL}');
ALTER TABLE type_table DROP COLUMN x;
INSERT INTO type_of_table VALUES (2, '(two)', '{(two)}');
ALTER TABLE type_table RENAME COLUMN y TO z;
ALTER TABLE type_table ADD COLUMN w integer;
INSERT INTO type_of_table VALUES (3, '(three,3)', '{"(three,3)"}');
ALTER TABLE type_table RENAME TO type_table_2;
INSERT INTO type_of_table VALUES (4, NULL, '{}');
:changes;

-- ranges
CREATE TYPE type_span AS RANGE (subtype = type_schema_2.type_state);
CREATE TABLE type_ranges (r type_span);
INSERT INTO type_ranges VALUES ('[glad,ok)'), ('empty'), ('(,ok]');
ALTER TYPE type_schema_2.type_state RENAME VALUE 'ok' TO 'fine';
ALTER TYPE type_span RENAME TO type_interval;
INSERT INTO type_ranges VALUES ('[glad,fine)');
:changes;

-- types within types: what changes is levels below the column
CREATE TYPE type_inner AS (state type_schema_2.type_state, n integer);
CREATE DOMAIN type_inner_domain AS type_inner;
CREATE TYPE type_outer AS (one type_inner, many type_inner[], domain type_inner_domain);
CREATE TABLE type_nested (o type_outer, os type_outer[], ds type_inner_domain[]);
CREATE FUNCTION nested(inner_value type_inner) RETURNS void LANGUAGE sql AS $$
    INSERT INTO type_nested SELECT o, ARRAY[o], ARRAY[inner_value, NULL]
        FROM (SELECT ROW(inner_value, ARRAY[inner_value], inner_value)::type_outer AS o) s $$;
SELECT nested('(glad,1)');
BEGIN;
SELECT nested('(blue,2)');
ALTER TYPE type_inner ADD ATTRIBUTE t text;
SELECT nested('(glad,3,three)');
ALTER TYPE type_schema_2.type_state RENAME VALUE 'glad' TO 'merry';
SELECT nested('(merry,4,four)');
ALTER TYPE type_inner RENAME ATTRIBUTE n TO number;
SELECT nested('(,5,five)');
SAVEPOINT s;
ALTER TYPE type_outer DROP ATTRIBUTE domain;
ROLLBACK TO s;
SELECT nested('(,6,)');
COMMIT;
ALTER TYPE type_inner RENAME TO type_core;
ALTER DOMAIN type_inner_domain RENAME TO type_core_domain;
SELECT nested('(merry,7,)');
:changes;

-- the type is gone before anyone read
CREATE TYPE type_brief AS ENUM ('x', 'y');
CREATE TABLE type_brief_rows (b type_brief, bs type_brief[], p type_couple);
INSERT INTO type_brief_rows VALUES ('x', '{x,y}', NULL);
DROP TABLE type_brief_rows;
DROP TYPE type_brief;
BEGIN;
CREATE TYPE type_brief AS ENUM ('z');
CREATE TABLE type_brief_rows (b type_brief);
INSERT INTO type_brief_rows VALUES ('z');
DROP TABLE type_brief_rows;
DROP TYPE type_brief;
COMMIT;
:changes;

DROP FUNCTION nested;
DROP TABLE type_changes, type_of_table, type_table_2, type_ranges, type_nested;
DROP TYPE type_outer;
DROP DOMAIN type_core_domain;
DROP TYPE type_core;
DROP TYPE type_couple, type_interval;
DROP SCHEMA type_schema_2 CASCADE;

SELECT pg_drop_replication_slot('regression_slot');
