-- Generated columns: stored ones are sent as any other, virtual ones are nowhere but in a query.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE generated (id integer PRIMARY KEY, price numeric(8, 2), gross numeric(8, 2) GENERATED ALWAYS AS (price * 1.2) STORED,
    label text GENERATED ALWAYS AS ('item ' || id) STORED);
INSERT INTO generated VALUES (1, 10);
UPDATE generated SET price = 20;
ALTER TABLE generated REPLICA IDENTITY FULL;
UPDATE generated SET id = 2;
-- it becomes a plain column with the values that it has
ALTER TABLE generated ALTER label DROP EXPRESSION;
UPDATE generated SET id = 3;
DELETE FROM generated;
:changes;

-- in a key
CREATE TABLE generated_key (id integer, code text GENERATED ALWAYS AS ('k' || id) STORED PRIMARY KEY);
INSERT INTO generated_key VALUES (1);
UPDATE generated_key SET id = 2;
DELETE FROM generated_key;
:changes;

-- virtual ones are there from 18 on: the same table without them says the same
SELECT current_setting('server_version_num')::integer >= 180000 AS has_virtual \gset
\if :has_virtual
CREATE TABLE generated_virtual (v integer GENERATED ALWAYS AS (id * 2) VIRTUAL, id integer PRIMARY KEY, w text GENERATED ALWAYS AS ('w') VIRTUAL, note text);
\else
CREATE TABLE generated_virtual (id integer PRIMARY KEY, note text);
\endif
ALTER TABLE generated_virtual REPLICA IDENTITY FULL;
INSERT INTO generated_virtual (id, note) VALUES (1, 'one');
UPDATE generated_virtual SET note = 'two';
DELETE FROM generated_virtual;
:changes;

-- a number that the server draws is a value like any other
CREATE TABLE generated_identity (id integer GENERATED ALWAYS AS IDENTITY (START 5) PRIMARY KEY, s serial);
INSERT INTO generated_identity DEFAULT VALUES;
INSERT INTO generated_identity OVERRIDING SYSTEM VALUE VALUES (1, 1);
:changes;

DROP TABLE generated, generated_key, generated_virtual, generated_identity;

SELECT pg_drop_replication_slot('regression_slot');
