-- Schema changes as records: told by event triggers of the extension, where the DBA wants them.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\pset format unaligned
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL, ''ddl'', ''on'')'
CREATE ROLE regress_glassflow_plain;
SET ROLE regress_glassflow_plain;
\set VERBOSITY sqlstate
SELECT glassflow.capture_ddl();
RESET ROLE;
\set VERBOSITY default
-- the owner's name of a test's database differs from run to run
CREATE ROLE regress_glassflow_owner SUPERUSER;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
SET ROLE regress_glassflow_owner;

-- not asked for: nothing
CREATE TABLE before_triggers (id integer);
:changes;
SELECT glassflow.capture_ddl();
SELECT glassflow.capture_ddl();
SELECT evtname, evtevent FROM pg_event_trigger ORDER BY 1;
CREATE TABLE untold (id integer);
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);

-- in order with the data
BEGIN;
CREATE TABLE public.schema_changes (id integer PRIMARY KEY, note text DEFAULT 'none');
INSERT INTO schema_changes VALUES (1);
ALTER TABLE schema_changes ADD COLUMN price numeric(10,2) NOT NULL DEFAULT 1.5, ALTER COLUMN note TYPE varchar(20);
INSERT INTO schema_changes VALUES (2);
SAVEPOINT undone;
ALTER TABLE schema_changes DROP COLUMN id;
ROLLBACK TO undone;
ALTER TABLE schema_changes DROP COLUMN price;
INSERT INTO schema_changes VALUES (3);
COMMIT;
:changes;
-- what is named, and with which words
ALTER TABLE schema_changes RENAME COLUMN note TO "a Note";
ALTER TABLE schema_changes RENAME TO "Schema ""changes""";
CREATE INDEX ON "Schema ""changes""" ("a Note");
CREATE VIEW schema_view AS SELECT id FROM "Schema ""changes""";
CREATE TYPE schema_mood AS ENUM ('so so');
ALTER TYPE schema_mood ADD VALUE 'fine';
CREATE SCHEMA schema_changes CREATE TABLE inner_table (id serial);
COMMENT ON TABLE schema_changes.inner_table IS 'ä€';
CREATE FUNCTION schema_changes.f() RETURNS void LANGUAGE sql AS 'CREATE TABLE public.made_by_function (id integer)';
SELECT schema_changes.f();
CREATE TABLE schema_changes.made AS SELECT 1 AS one;
DROP TABLE made_by_function;
DROP SCHEMA schema_changes CASCADE;
DROP TABLE "Schema ""changes""" CASCADE;
DROP TYPE schema_mood;
:changes;

-- what is nobody's business: temporary tables, scripts of extensions, what stands beside, what may hold a password
CREATE TEMP TABLE schema_temporary (id integer);
DROP TABLE schema_temporary;
CREATE ROLE regress_glassflow_other PASSWORD 'secret' \; CREATE TABLE schema_beside (id integer) \; DROP ROLE regress_glassflow_other;
CREATE TABLE schema_two (id integer) \; CREATE TABLE schema_three (id integer);
DO $$ BEGIN CREATE TABLE schema_within (id integer); END $$;
CREATE FOREIGN DATA WRAPPER regress_glassflow;
CREATE SERVER regress_glassflow FOREIGN DATA WRAPPER regress_glassflow OPTIONS (password 'secret');
CREATE USER MAPPING FOR PUBLIC SERVER regress_glassflow OPTIONS (password 'secret');
DROP FOREIGN DATA WRAPPER regress_glassflow CASCADE;
GRANT SELECT ON schema_two TO PUBLIC;
DROP TABLE schema_beside, schema_two, schema_three, schema_within;
:changes;
-- an extension is one thing
CREATE EXTENSION IF NOT EXISTS plpgsql;

-- large ones: the text is cut at a character, the list ends
\set ECHO none
SELECT 'CREATE TABLE schema_wide (' || string_agg(format('%s integer', 'c' || i), ', ') || ')' FROM generate_series(1, 1600) i \gexec
SELECT 'COMMENT ON TABLE schema_wide IS ''' || repeat('ä', 40000) || '''' \gexec
\set ECHO all
SELECT length(line), line LIKE '%c1600 integer)]' AS has_all, line LIKE '%ä''...%' AS is_cut FROM (SELECT glassflow.decode(data, false) AS line
    FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'ddl', 'on')) l WHERE line LIKE 'ddl%';
BEGIN;
\set ECHO none
SELECT format('CREATE TABLE schema_many_%s (LIKE schema_wide)', i) FROM generate_series(1, 20) i \gexec
\set ECHO all
COMMIT;
CREATE SCHEMA schema_many;
DO $$ BEGIN
    FOR i IN 1..2500 LOOP
        EXECUTE format('CREATE VIEW schema_many.%I AS SELECT 1', repeat('v', 50) || i);
    END LOOP;
END $$;
SELECT count(*) > 0 FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'ddl', 'on');
DROP SCHEMA schema_many CASCADE;
DO $$ BEGIN
    FOR i IN 1..20 LOOP
        EXECUTE 'DROP TABLE schema_many_' || i;
    END LOOP;
END $$;
DROP TABLE schema_wide;
SELECT substring(line FROM ' and \d+ more$'), length(line) > 100000 AS is_long FROM (SELECT glassflow.decode(data, false) AS line
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL, 'ddl', 'on')) l WHERE line LIKE '%schema_many.vvv%';

-- by whom
CREATE SCHEMA schema_open;
GRANT ALL ON SCHEMA schema_open TO regress_glassflow_plain;
SET ROLE regress_glassflow_plain;
-- a search path of theirs means nothing
CREATE FUNCTION schema_open.format_type(oid, integer) RETURNS text LANGUAGE sql AS 'SELECT ''misled''';
SET search_path = schema_open, pg_catalog;
CREATE TABLE schema_open.t (id integer);
RESET search_path;
SET ROLE regress_glassflow_owner;
:changes;
-- what cannot be told is a warning, and the statement goes through
REVOKE EXECUTE ON FUNCTION pg_event_trigger_ddl_commands() FROM PUBLIC;
SET ROLE regress_glassflow_plain;
CREATE TABLE schema_open.u (id integer);
SET ROLE regress_glassflow_owner;
GRANT EXECUTE ON FUNCTION pg_event_trigger_ddl_commands() TO PUBLIC;
-- only event triggers may call them
\set VERBOSITY sqlstate
SELECT glassflow.ddl_command_end();
\set VERBOSITY default
SELECT count(*) FROM pg_class WHERE relname = 'u';
:changes;

-- messages that claim to be of a trigger: what is none is not sent, and nothing fails
SELECT DISTINCT 1 FROM (SELECT pg_logical_emit_message(true, 'glassflow.ddl', ''),
    pg_logical_emit_message(true, 'glassflow.ddl', '\x01'::bytea), pg_logical_emit_message(false, 'glassflow.ddl', 'alone'),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32), 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32) || 'ffffffff', 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32) || '00000001ff' || repeat('00', 20), 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32) || '000000016100000000' || '00000002' || repeat('00', 12), 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32) || '000000016100000000' || '00000000' || 'ffffffff'
        || '00000000' || 'ffffffff', 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32) || '000000016100000000' || '00000000' || 'ffffffff'
        || '00000000' || '00000001' || repeat('00', 20) || '00100000', 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode('01' || repeat('00', 32) || '000000016100000000' || '00000000' || 'ffffffff'
        || repeat('00', 8) || 'aa', 'hex')),
    pg_logical_emit_message(true, 'glassflow.ddl', decode(repeat('01', 3000000), 'hex')),
    pg_logical_emit_message(true, 'glassflow.dd', 'another prefix'), pg_logical_emit_message(true, 'glassflow.ddl2', 'another')) m;
:changes;

SELECT glassflow.stop_capturing_ddl();
SELECT count(*) FROM pg_event_trigger;
CREATE TABLE schema_after (id integer);
:changes;
DROP TABLE schema_after, before_triggers, untold;
DROP SCHEMA schema_open CASCADE;
RESET ROLE;
DROP OWNED BY regress_glassflow_owner, regress_glassflow_plain;
DROP ROLE regress_glassflow_owner, regress_glassflow_plain;
SELECT pg_drop_replication_slot('regression_slot');
