-- Which relations are sent: tables, also partitions; nothing else.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE relations_plain (id integer PRIMARY KEY);
CREATE UNLOGGED TABLE relations_unlogged (id integer);
CREATE TEMPORARY TABLE relations_temporary (id integer);
CREATE SEQUENCE relations_sequence;
CREATE MATERIALIZED VIEW relations_view AS SELECT id FROM relations_plain;
CREATE UNIQUE INDEX ON relations_view (id);
CREATE TABLE relations_child (extra text) INHERITS (relations_plain);
CREATE TABLE relations_catalog (id integer PRIMARY KEY, name text) WITH (user_catalog_table = true);
CREATE TABLE relations_parted (id integer PRIMARY KEY, name text) PARTITION BY RANGE (id);
CREATE TABLE relations_low PARTITION OF relations_parted FOR VALUES FROM (0) TO (10);
CREATE TABLE relations_high (name text, id integer NOT NULL);
ALTER TABLE relations_parted ATTACH PARTITION relations_high FOR VALUES FROM (10) TO (20);
INSERT INTO relations_unlogged VALUES (1);
INSERT INTO relations_temporary VALUES (1);
SELECT nextval('relations_sequence');
:changes;

INSERT INTO relations_plain VALUES (1);
REFRESH MATERIALIZED VIEW relations_view;
INSERT INTO relations_plain VALUES (2);
REFRESH MATERIALIZED VIEW CONCURRENTLY relations_view;
INSERT INTO relations_child VALUES (3, 'child');
INSERT INTO relations_catalog VALUES (1, 'catalog');
:changes;

-- an update that moves a row to another partition is a delete and an insert
INSERT INTO relations_parted VALUES (1, 'low'), (11, 'high');
UPDATE relations_parted SET id = 12 WHERE id = 1;
ALTER TABLE relations_parted DETACH PARTITION relations_low;
INSERT INTO relations_low VALUES (2, 'alone');
:changes;

DROP TABLE relations_child, relations_plain, relations_unlogged, relations_temporary, relations_catalog, relations_parted,
    relations_low CASCADE;
DROP SEQUENCE relations_sequence;

SELECT pg_drop_replication_slot('regression_slot');

