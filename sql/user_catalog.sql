-- A table that is marked as a catalog is sent like any other, while it is one, before and after.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE user_catalog (id integer PRIMARY KEY, name name NOT NULL, options text[]) WITH (user_catalog_table = true);
INSERT INTO user_catalog VALUES (1, 'as a catalog', '{a,b}');
ALTER TABLE user_catalog RESET (user_catalog_table);
INSERT INTO user_catalog VALUES (2, 'as a table', '{}');
BEGIN;
UPDATE user_catalog SET options = NULL WHERE id = 1;
ALTER TABLE user_catalog SET (user_catalog_table = true);
INSERT INTO user_catalog VALUES (3, 'again', NULL);
UPDATE user_catalog SET id = 30 WHERE id = 3;
DELETE FROM user_catalog WHERE id = 30;
COMMIT;
-- a catalog may not be written anew
ALTER TABLE user_catalog ADD COLUMN added integer;
ALTER TABLE user_catalog ALTER added TYPE text;
INSERT INTO user_catalog VALUES (4, 'after a refusal', NULL, 4);
ALTER TABLE user_catalog SET (user_catalog_table = false);
ALTER TABLE user_catalog ALTER added TYPE text;
INSERT INTO user_catalog VALUES (5, 'written anew', NULL, 'five');
:changes;

DROP TABLE user_catalog;

SELECT pg_drop_replication_slot('regression_slot');
