-- Masks: what leaves the server of a masked column, whatever its type and wherever the value stands.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\pset format unaligned
\pset tuples_only on
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE FUNCTION try(masks text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN count(*) >= 0 THEN 'accepted' END FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks', masks) $$;
\set SHOW_CONTEXT never
SELECT format('SELECT try(%L)', value) FROM unnest(ARRAY['public.a: b = null', ' public . a : "B c" = NULL , c=redact(''it''''s''); *.* : *mail* = Truncate ( 0 ) ;',
    'a.b: c = keep_last(65535)', 'a.b: c = redact('''')']) value \gexec
SELECT format('SELECT try(%L)', value) FROM unnest(ARRAY['', ' ', 'a', 'a.b', 'a.b:', 'a.b: c', 'a.b: c =', 'a.b: c = d', 'a.b: = null', 'a.b: c = null,',
    'a.b: c = null d', 'a.b: c = null; ;', 'a.b: c = nullx', 'a.b: c = redact', 'a.b: c = redact(', 'a.b: c = redact(x)', 'a.b: c = redact(''x', 'a.b: c = redact(''x'';',
    'a.b: c = keep_last', 'a.b: c = keep_last()', 'a.b: c = keep_last(-1)', 'a.b: c = keep_last(65536)', 'a.b: c = keep_last(1.5)', 'a.b: c = keep_last(1e1)',
    'a.b: c = truncate(99999999999999999999)', 'a.b: c = truncate(''1'')', 'a.b: c d = null', 'a.b, c.d: e = null', 'a.b: c == null', 'a: c = null']) value \gexec
SELECT try('a.b: ' || repeat('c = null, ', 19999) || 'c = null');
SELECT try('a.b: ' || repeat('c = null, ', 20000) || 'c = null');
SELECT try(repeat('a.b: c = null;', 10001));
SELECT try('a.b: c = redact(''' || repeat('x', 1048576) || ''')');
SELECT try('a.b: ' || repeat('n', 64) || ' = null');
\set SHOW_CONTEXT errors

-- characters, not bytes; what is no longer than its end is hidden whole; NULL stays NULL
CREATE TABLE masks (id integer PRIMARY KEY, gone text NOT NULL, fixed text, ending text, beginning text, plain text);
INSERT INTO masks VALUES (1, 'secret-gone', 'secret-fixed', '4111 1111 1111 1234', 'beginning of it', 'plain'), (2, '', NULL, NULL, NULL, NULL),
    (3, 'ä', '', 'ä€😀x', 'ä€😀x', NULL), (4, 'x', 'x', '1234', '', NULL), (5, 'x', 'x', '', 'ab', NULL), (6, 'x', 'x', 'ä2345', 'abc€', NULL);
UPDATE masks SET plain = 'changed', ending = '98765' WHERE id = 1;
\set masks 'public.masks: gone = null, fixed = redact(''[-ä-]''), ending = keep_last(4), beginning = truncate(3)'
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'masks', :'masks');

-- old rows and keys
ALTER TABLE masks REPLICA IDENTITY FULL;
UPDATE masks SET beginning = 'another' WHERE id = 6;
DELETE FROM masks WHERE id = 6;
CREATE TABLE masked_key (a text, b text, c integer, PRIMARY KEY (b, a));
INSERT INTO masked_key VALUES ('secret-a', 'secret-b', 1);
UPDATE masked_key SET a = 'secret-other';
DELETE FROM masked_key;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'masks',
    :'masks' || '; public.masked_*: a = keep_last(2), b = redact(''b'')');

-- every kind of type: masked by its text
CREATE TYPE mask_mood AS ENUM ('secret mood');
CREATE DOMAIN mask_domain AS integer;
CREATE TYPE mask_pair AS (a integer, b text);
CREATE TABLE mask_types (b boolean, i integer, n numeric, f float8, d date, tz timestamptz, u uuid, x bytea, j json, jb jsonb, a text[], m mask_mood,
    o mask_domain, p mask_pair, r int4range, c char(6), na name, ch "char", ip inet, iv interval, v varchar);
INSERT INTO mask_types VALUES (true, 123456, 1234.56, 0.1, '2024-02-29', '2024-02-29 12:34:56+00', '00112233-4455-6677-8899-aabbccddeeff', '\x0011ff', '{"a":1}',
    '{"a": 1}', '{one,two}', 'secret mood', 7, '(1,x)', '[1,5)', 'abc', 'a name', 'q', '10.0.0.1/8', '1 day', 'varying');
INSERT INTO mask_types DEFAULT VALUES;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.mask_types: * = truncate(7)');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.mask_types: * = keep_last(3)');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.mask_types: * = null');

-- large values: compressed, out of line, unchanged, too large to print
CREATE TABLE mask_large (id integer PRIMARY KEY, t text, j jsonb, x text);
ALTER TABLE mask_large ALTER t SET STORAGE EXTERNAL;
INSERT INTO mask_large VALUES (1, repeat('secret', 2000) || 'end', jsonb_build_object('a', repeat('secret', 20000)), repeat('y', 3000));
UPDATE mask_large SET id = 2;
ALTER TABLE mask_large REPLICA IDENTITY FULL;
UPDATE mask_large SET id = 3;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks',
    'public.mask_large: t = keep_last(3), j = truncate(6), x = redact(''x'')');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'masks',
    'public.mask_large: t = null, j = null, x = null');

\set SHOW_CONTEXT never
-- several rules: the same is said twice, or something else; columns that are not there
INSERT INTO masked_key VALUES ('a', 'b', 1);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.*: a = null; *.masked_key: a = null');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.*: a = null; *.masked_key: a = redact(''x'')');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.masked_key: zip = null, b = null; *.*: zap = null');
ALTER TABLE masked_key RENAME COLUMN b TO renamed;
INSERT INTO masked_key VALUES ('c', 'd', 1), ('e', 'f', 2);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'masks', 'public.masked_key: b = redact(''-'')');

-- a partition that is told as its table: a rule for either name holds
CREATE TABLE mask_parts (id integer, a text, b text) PARTITION BY LIST (id);
CREATE TABLE mask_part_one (b text, a text, id integer);
ALTER TABLE mask_parts ATTACH PARTITION mask_part_one FOR VALUES IN (1);
CREATE PUBLICATION mask_publication FOR TABLE mask_parts WITH (publish_via_partition_root = true);
SELECT count(*) >= 0 AS skipped FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
INSERT INTO mask_parts VALUES (1, 'secret-a', 'secret-b');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'publications', 'mask_publication',
    'masks', 'public.mask_parts: a = keep_last(1); public.mask_part_one: b = redact(''-'')');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL,
    'masks', 'public.mask_parts: a = keep_last(1); public.mask_part_one: b = redact(''-'')');
DROP PUBLICATION mask_publication;
DROP TABLE mask_parts;

-- with masks the text of a statement is not sent: it may have values in it
SELECT glassflow.capture_ddl();
CREATE TABLE mask_default (a text DEFAULT 'secret');
SELECT glassflow.stop_capturing_ddl();
SELECT regexp_replace(glassflow.decode(data, false), 'user=\S+', 'user') FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'ddl', 'on', 'masks', 'a.b: c = null');

DROP TABLE masks, masked_key, mask_types, mask_large, mask_default;
DROP TYPE mask_mood, mask_pair;
DROP DOMAIN mask_domain;
DROP FUNCTION try;
SELECT pg_drop_replication_slot('regression_slot');
