-- Every native encoding, the text of all other types, and the edges of both.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE types_integer (s smallint, i integer, b bigint, o oid);
INSERT INTO types_integer VALUES (-32768, -2147483648, -9223372036854775808, 0),
    (32767, 2147483647, 9223372036854775807, 4294967295), (0, -1, 128, 255), (NULL, NULL, NULL, NULL);
:changes;

CREATE TABLE types_float (r real, d double precision);
INSERT INTO types_float VALUES ('NaN', 'NaN'), ('Infinity', '-Infinity'), ('-0', '-0'), (1.1, 0.1),
    (3.4028235e38, 1.7976931348623157e308), (1e-45, 5e-324), (NULL, NULL);
:changes;

CREATE TABLE types_boolean (b boolean);
INSERT INTO types_boolean VALUES (true), (false), (NULL);
:changes;

CREATE TABLE types_text (t text, v varchar(10), c char(5), n name, one "char", j json);
INSERT INTO types_text VALUES ('', '', '', '', '', '""'), ('ä€😀', 'ä€😀', 'ä', 'näme', 'x', '{"a":  [1, null]}'),
    (repeat('x', 40), 'v', 'c', repeat('n', 63), NULL, 'null'), (NULL, NULL, NULL, NULL, (-128)::"char", NULL);
:changes;

CREATE TABLE types_bytes (b bytea, u uuid);
INSERT INTO types_bytes VALUES ('', '00000000-0000-0000-0000-000000000000'),
    ('\x00ff27', 'ffffffff-ffff-ffff-ffff-fffffffffffe'), (NULL, NULL);
:changes;

CREATE TABLE types_time (d date, t timestamp, tz timestamptz);
INSERT INTO types_time VALUES ('infinity', 'infinity', 'infinity'), ('-infinity', '-infinity', '-infinity'),
    ('4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC'),
    ('5874897-12-31', '294276-12-31 23:59:59.999999', '294276-12-31 23:59:59.999999+00'),
    ('2000-01-01', '2000-01-01 00:00:00.000001', '1999-12-31 23:59:59.999999+00'),
    ('0001-01-01', '1969-12-31 23:59:59.5', '2024-02-29 12:00:00+14'), (NULL, NULL, NULL);
:changes;

-- everything else is text
CREATE TYPE mood AS ENUM ('happy', 'so so');
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE types_other (n numeric, n2 numeric(10, 2), i interval, t time, tz timetz, jb jsonb, a integer[], ta text[],
    m mood, p pair, r int4range, b bit(3), vb varbit, ip inet, pt point, rc regclass, tsv tsvector, da date[]);
INSERT INTO types_other VALUES (123456789012345678901234567890.123456789, 1.5, '1 year 2 days 03:04:05.6', '24:00',
    '12:00:00-08', '{"b": 1, "a": [true, null, "x"]}', '[0:1]={1,NULL}', '{"a,b",NULL,"NULL","\"q\""}', 'so so',
    '(1,"x y")', '[1,5)', B'101', B'', '10.0.0.0/8', '(1.5,-2)', 'types_text', 'a:1 b', '{2020-01-31,infinity}');
INSERT INTO types_other (n, n2) VALUES ('NaN', 0), (-0.0000001, -12345678.90), (1e100, NULL);
ALTER TYPE mood RENAME VALUE 'happy' TO 'glad';
INSERT INTO types_other (m) VALUES ('glad');
:changes;

-- domains are encoded as their base type and keep their own name
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE DOMAIN very_positive AS positive CHECK (VALUE > 10);
CREATE DOMAIN moods AS mood[];
CREATE DOMAIN day AS date NOT NULL;
CREATE TABLE types_domain (p positive, v very_positive, m moods, d day);
INSERT INTO types_domain VALUES (1, 11, '{glad}', '2020-01-01'), (NULL, NULL, NULL, 'infinity');
:changes;

-- a type of another schema says so
CREATE SCHEMA types_schema;
CREATE TYPE types_schema.mood AS ENUM ('x');
CREATE TABLE types_qualified (a mood, b types_schema.mood, c types_schema.mood[], d "char"[], e bpchar, f bit varying(7));
INSERT INTO types_qualified (b, c) VALUES ('x', '{x}');
:changes;

-- dropped columns are gone, stored generated ones are sent, columns added later have their default
CREATE TABLE types_columns (id integer PRIMARY KEY, gone text, kept text,
    twice integer GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE types_columns REPLICA IDENTITY FULL;
INSERT INTO types_columns VALUES (1, 'gone', 'kept');
ALTER TABLE types_columns DROP COLUMN gone;
ALTER TABLE types_columns ADD COLUMN added text NOT NULL DEFAULT 'default', ADD COLUMN added_null date;
UPDATE types_columns SET kept = 'changed';
INSERT INTO types_columns (id) VALUES (2);
DELETE FROM types_columns;
:changes;

DROP TABLE types_integer, types_float, types_boolean, types_text, types_bytes, types_time, types_other, types_domain,
    types_qualified, types_columns;
DROP DOMAIN day, moods, very_positive, positive;
DROP SCHEMA types_schema CASCADE;
DROP TYPE mood, pair;

SELECT pg_drop_replication_slot('regression_slot');

