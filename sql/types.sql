-- Every encoding, the text of types that have none, and the edges of both.
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

-- decimals: those whose digits fit; others are text
CREATE TABLE types_decimal (n numeric(12, 2), whole numeric(18), fine numeric(18, 18), free numeric, wide numeric(40, 20), x xid8);
INSERT INTO types_decimal VALUES (12.5, 999999999999999999, 0.123456789012345678, 42, 1.5, '9223372036854775807'),
    (-0.01, -1, -0.999999999999999999, 1.50, 12345678901234567890.12345678901234567890, '18446744073709551615'), (0, 0, 0, 0, 0, '0'),
    (9999999999.99, 100000000000000000, 0.000000000000000001, -9223372036854775808, NULL, NULL), ('NaN', 'NaN', 'NaN', 'NaN', 'NaN', NULL),
    (NULL, NULL, NULL, 9223372036854775808, NULL, NULL);
:changes;

CREATE TABLE types_clock (t time, tz timetz, i interval);
INSERT INTO types_clock VALUES ('00:00', '00:00+00', '0'), ('24:00', '24:00-15:59:59', '1 year 2 mons -3 days 04:05:06.7'),
    ('23:59:59.999999', '12:00:00.5+05:30', '-178000000 years'), ('03:04:05.6', '23:59:59.999999+15:59', '-2147483647:00:54.775807'), (NULL, NULL, NULL);
:changes;

-- documents: trees; scalars, and what is nested deeper than 200, are text; json keeps its spaces and is text
CREATE TABLE types_document (d jsonb, j json);
INSERT INTO types_document VALUES ('{}', '{ }'), ('[]', '[]'), ('{"b": 1, "a": [null, true, -1.50, "x", {"": {}}], "a": 2, "c": {"d": [false, 1e3, 0.10]}}', '{"b":  1, "b": 2}'),
    ('[9223372036854775807, -9223372036854775808, 9223372036854775808, 1e40]', NULL), ('["q\"\\\n\u0001\u007fä😀"]', NULL),
    ('"q\"\\"', '"scalar"'), ('1.50', '1'), ('null', 'null'), ('true', NULL), (NULL, NULL);
:changes;
INSERT INTO types_document (d) SELECT (repeat('[', depth) || repeat(']', depth))::jsonb FROM unnest(ARRAY[200, 201]) depth;
SELECT left(glassflow.decode(data, false), 40) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);

CREATE TABLE types_address (b bit(3), v varbit, i inet, c cidr, m macaddr, m8 macaddr8);
INSERT INTO types_address VALUES (B'101', B'', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05'),
    (B'000', B'11111111', '::1', '::/0', 'ff:ff:ff:ff:ff:ff', '08:00:2b:01:02:03'),
    (B'111', B'111111110', '255.255.255.255', '2001:db8::/32', '00:00:00:00:00:00', '00:00:00:00:00:00:00:00'),
    (NULL, NULL, '::ffff:1.2.3.4/96', '10.0.0.1', NULL, NULL);
:changes;

CREATE TYPE mood AS ENUM ('happy', 'so so');
CREATE TYPE pair AS (a integer, b text);
CREATE TYPE tree AS (pairs pair[], days daterange, document jsonb);
CREATE TABLE types_array (i integer[], t text[], n numeric(10, 2)[], d date[], b boolean[], m mood[], x bytea[], p pair[], j jsonb[], o box[]);
INSERT INTO types_array VALUES ('{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'),
    ('{1,NULL,-129}', '{"a,b",NULL,"NULL","","\"","\\"}', '{1.5,NaN,NULL}', '{2000-01-01,infinity,0044-03-15 BC,NULL}', '{t,f,NULL}', '{so so}',
    ARRAY['\x00ff', NULL]::bytea[], '{"(1,\"x y\")",NULL,"(,)"}', ARRAY['{"a": [1.5]}', '1', NULL]::jsonb[], '{(1,1),(0,0);(3,3),(2,2)}'),
    ('[0:1]={1,2}', '[-1:0][2:2]={{a},{b}}', '{{1,2},{3,4}}', NULL, '{{{{{{t}}}}}}', NULL, NULL, NULL, NULL, NULL);
:changes;

CREATE TABLE types_composite (p pair, t tree, r int4range, n numrange, z tstzrange);
INSERT INTO types_composite VALUES ((1, 'x y'), (ARRAY[(2, NULL)::pair, NULL], '[2000-01-01,)', '{"a": "b\"c"}'), '[1,5)', '(1.5,2.50]', '[2000-01-01 00:00+00,)'),
    ((NULL, ''), ('{}', 'empty', '1'), 'empty', '(,)', '[-infinity,infinity]'), (NULL, NULL, NULL, NULL, NULL);
:changes;

-- many types in one table; what has no encoding is text
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

-- what decode() prints is what the server prints, whatever the value
CREATE TABLE everything (b boolean, i integer, l bigint, f real, d double precision, t text, x bytea, u uuid, day date, ts timestamp, tz timestamptz,
    n numeric(12, 3), tm time, tmz timetz, iv interval, bits varbit, ip inet, net cidr, mac macaddr, ivs interval[], r daterange, nr numrange, j jsonb);
CREATE TABLE types_random (v everything);
SELECT setseed(0.5);
CREATE FUNCTION random_integer(bound bigint) RETURNS bigint LANGUAGE sql AS $$ SELECT ((random() * 2 - 1) * bound)::bigint $$;
INSERT INTO everything SELECT random() < 0.5, random_integer(i), random_integer(9000000000000000000), (random() - 0.5) * 10.0 ^ (i % 30), (random() - 0.5) / 10.0 ^ (i % 300),
    substr('a b"c\d,e(f)g{h}[i] ä', 1 + i % 10, i % 15), decode(md5(i::text), 'hex'), md5(i::text)::uuid, '2000-01-01'::date + random_integer(1000000)::integer,
    'epoch'::timestamp + random_integer(100000000000) * interval '1 second' + i * interval '1 microsecond', 'epoch'::timestamptz + random_integer(50000000000) * interval '1 second',
    random_integer((10 ^ (i % 12))::bigint) / 1000.0, '00:00'::time + random_integer(86400000000) * interval '1 microsecond',
    ('00:00:00.' || i || (CASE WHEN i % 2 = 0 THEN '+' ELSE '-' END) || i % 15 || ':' || i % 60 || ':' || i % 7)::timetz,
    make_interval(months => random_integer(i % 30)::integer, days => random_integer(i % 3)::integer, secs => random_integer(i % 100000) / 10.0 ^ (i % 7)),
    right(random_integer(i)::bit(64)::text, i % 65)::varbit, (CASE WHEN i % 3 = 0 THEN '2001:db8:' || to_hex(i) || '::' || i % 7 || ':0:' || to_hex(i % 11) ELSE '10.' || i % 256 || '.0.' || i % 7 END || '/' || i % 33)::inet,
    network((('::ffff:1.2.3.4/' || i % 129))::inet), substr(md5(i::text), 1, 12)::macaddr, ARRAY[i * interval '1 day', NULL, interval '-1 hour'],
    daterange('2000-01-01', '2000-01-01'::date + i), numrange(-i, NULL), jsonb_build_object('i', i, 'n', i / 7.0, 't', substr('a b"c\d,e(f)g{h}[i] ä', 1 + i % 10, i % 15), 'a', jsonb_build_array(NULL, true))
    FROM generate_series(1, 2000) i;
INSERT INTO types_random SELECT everything FROM everything;
SET datestyle = ISO;
SET timezone = 'UTC';
SET intervalstyle = postgres;
CREATE TEMPORARY TABLE types_printed AS SELECT row_number() OVER () AS number, line FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL),
    glassflow.decode(data, false) line WHERE line LIKE 'insert public.types_random:%';
SELECT count(*) AS values, count(*) FILTER (WHERE line = 'insert public.types_random: v=' || format('%s', v)) AS same
    FROM types_printed FULL JOIN (SELECT row_number() OVER (), v FROM types_random) rows (number, v) USING (number);
SELECT line, v FROM types_printed FULL JOIN (SELECT row_number() OVER (), v FROM types_random) rows (number, v) USING (number)
    WHERE (line = 'insert public.types_random: v=' || format('%s', v)) IS NOT TRUE LIMIT 3;
RESET datestyle;
RESET timezone;
RESET intervalstyle;

DROP TABLE types_random, types_decimal, types_clock, types_document, types_address, types_array, types_composite;
DROP FUNCTION random_integer(bigint);
DROP TABLE everything;
DROP TYPE tree;
DROP TABLE types_integer, types_float, types_boolean, types_text, types_bytes, types_time, types_other, types_domain,
    types_qualified, types_columns;
DROP DOMAIN day, moods, very_positive, positive;
DROP SCHEMA types_schema CASCADE;
DROP TYPE mood, pair;

SELECT pg_drop_replication_slot('regression_slot');

