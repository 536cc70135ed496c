-- The text of an array is separated by what its element type says. A receiver knows that of box; an array of any other
-- type with a delimiter of its own is sent as its text.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
CREATE TYPE slashed;
CREATE FUNCTION slashed_in(cstring) RETURNS slashed AS 'textin' LANGUAGE internal STRICT IMMUTABLE;
CREATE FUNCTION slashed_out(slashed) RETURNS cstring AS 'textout' LANGUAGE internal STRICT IMMUTABLE;
CREATE TYPE slashed (INPUT = slashed_in, OUTPUT = slashed_out, LIKE = text, DELIMITER = '/');
CREATE DOMAIN square AS box;
CREATE TABLE separated (plain text[], boxes box[], squares square[], slashes slashed[]);
SELECT 'made' FROM pg_create_logical_replication_slot('array_delimiter', 'glassflow');
INSERT INTO separated VALUES ('{a/b,c}', '{(2,2),(1,1);(4,4),(3,3)}', '{(2,2),(1,1);(4,4),(3,3)}', '{a,b/c}');
SELECT * FROM separated;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('array_delimiter', NULL, NULL);
DROP TABLE separated;
DROP DOMAIN square;
DROP TYPE slashed CASCADE;
SELECT pg_drop_replication_slot('array_delimiter');
