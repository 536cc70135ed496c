-- The option origin: changes that were made here, and changes that replication brought, by the name of their origin.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE TABLE places (name text);
SELECT 'made' FROM pg_replication_origin_create('regress_east') a, pg_replication_origin_create('regress_west, far') b;
CREATE FUNCTION sent(origin text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT line FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'origin', origin), glassflow.decode(data, false) line
    WHERE line ~ '^(insert|message)' $$;

SELECT 'told' FROM pg_logical_emit_message(false, 'here', 'out');
INSERT INTO places VALUES ('here');
SELECT pg_replication_origin_session_setup('regress_east');
INSERT INTO places VALUES ('east');
SELECT 'told' FROM pg_logical_emit_message(true, 'east', 'in') a, pg_logical_emit_message(false, 'east', 'out') b;
SELECT pg_replication_origin_session_reset();
SELECT pg_replication_origin_session_setup('regress_west, far');
BEGIN;
INSERT INTO places VALUES ('west');
INSERT INTO places VALUES ('far west');
COMMIT;
SELECT pg_replication_origin_session_reset();

SELECT sent('any');
SELECT sent('none');
SELECT sent('regress_east');
SELECT sent('''regress_west, far''');
SELECT sent('none, regress_east');
SELECT sent('None,''none''');
SELECT sent('nobody');
-- one that is gone has the name that it had
SELECT pg_replication_origin_drop('regress_east');
SELECT sent('regress_east');

\set SHOW_CONTEXT never
SELECT sent('');
SELECT sent('any, none');
SELECT sent('none none');
SELECT sent('''a');
SELECT sent(repeat('a,', 100) || 'a');

DROP FUNCTION sent;
DROP TABLE places;
SELECT pg_replication_origin_drop('regress_west, far');
SELECT pg_drop_replication_slot('regression_slot');
