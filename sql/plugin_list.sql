-- The server's list of plugins that may be named, which minor releases since August 2026 have; plugin_list_1.out: without.
SELECT count(*) = 0 AS has_no_list FROM pg_settings WHERE name = 'output_plugin_libraries' \gset
\if :has_no_list
\quit
\endif
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');
CREATE TABLE plugin_list (id integer);
INSERT INTO plugin_list VALUES (1);
-- not on it: no slot is made, none copied, and one that is there is not read
SET output_plugin_libraries = 'pgoutput';
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot2', 'glassflow');
SELECT 'copied' FROM pg_copy_logical_replication_slot('regression_slot', 'regression_slot2');
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);
SELECT slot_name FROM pg_replication_slots WHERE slot_name LIKE 'regression%';
-- on it again: nothing is lost
SET output_plugin_libraries = pgoutput, glassflow;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);

DROP TABLE plugin_list;
SELECT pg_drop_replication_slot('regression_slot');
