-- Who may make, read and drop a slot with the plugin.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
CREATE ROLE regress_glassflow_super SUPERUSER;
CREATE ROLE regress_glassflow_replication REPLICATION;
CREATE ROLE regress_glassflow_plain;
CREATE TABLE permissions (id integer);
\set create 'SELECT \'created\' FROM pg_create_logical_replication_slot(\'regression_slot\', \'glassflow\')'
\set read 'SELECT count(*) AS frames FROM pg_logical_slot_get_binary_changes(\'regression_slot\', NULL, NULL)'
\set drop 'SELECT \'dropped\' FROM pg_drop_replication_slot(\'regression_slot\')'
-- SQLSTATEs, because the words differ between versions
\set VERBOSITY sqlstate

SET ROLE regress_glassflow_super;
:create;
INSERT INTO permissions VALUES (1);
:read;
:drop;
-- who may replicate reads all tables, also those that it may not select from
SET ROLE regress_glassflow_replication;
:create;
TABLE permissions;
RESET ROLE;
INSERT INTO permissions VALUES (2);
SET ROLE regress_glassflow_replication;
:read;
:drop;
SET ROLE regress_glassflow_plain;
:create;
RESET ROLE;
-- slots of others
SET ROLE regress_glassflow_super;
:create;
SET ROLE regress_glassflow_plain;
:read;
:drop;
SELECT slot_name, plugin FROM pg_replication_slots WHERE slot_name = 'regression_slot';
SET ROLE regress_glassflow_replication;
:drop;
RESET ROLE;

DROP TABLE permissions;
DROP ROLE regress_glassflow_super, regress_glassflow_replication, regress_glassflow_plain;
