-- INSERT ON CONFLICT and MERGE come as the inserts, updates and deletes that they made.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE upsert (id integer PRIMARY KEY, code text UNIQUE, hits integer DEFAULT 1);
-- a row proposed twice, an update that its condition prevents, a conflict on another constraint
INSERT INTO upsert VALUES (1, 'a'), (2, 'b') ON CONFLICT DO NOTHING;
INSERT INTO upsert VALUES (1, 'x'), (3, 'c') ON CONFLICT (id) DO UPDATE SET hits = upsert.hits + 1;
INSERT INTO upsert VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET hits = 0 WHERE upsert.hits = 100;
INSERT INTO upsert VALUES (9, 'b') ON CONFLICT (code) DO UPDATE SET id = EXCLUDED.id, code = EXCLUDED.code || '!';
INSERT INTO upsert VALUES (4, 'a'), (5, 'a'), (6, 'a') ON CONFLICT DO NOTHING;
WITH gone AS (DELETE FROM upsert WHERE id = 9 RETURNING *)
    INSERT INTO upsert SELECT id + 1, code, hits FROM gone ON CONFLICT (id) DO NOTHING;
:changes;

-- of a partitioned table
CREATE TABLE upsert_parted (id integer PRIMARY KEY, n integer) PARTITION BY LIST (id);
CREATE TABLE upsert_one PARTITION OF upsert_parted FOR VALUES IN (1);
CREATE TABLE upsert_two (n integer, id integer NOT NULL);
ALTER TABLE upsert_parted ATTACH PARTITION upsert_two FOR VALUES IN (2);
INSERT INTO upsert_parted VALUES (1, 10), (2, 20);
INSERT INTO upsert_parted VALUES (1, 11), (2, 21) ON CONFLICT (id) DO UPDATE SET n = EXCLUDED.n;
:changes;

-- MERGE is there from 15 on; before that, statements that do the same
SELECT current_setting('server_version_num')::integer >= 150000 AS has_merge \gset
CREATE TABLE upsert_source (id integer, hits integer);
INSERT INTO upsert_source VALUES (1, 5), (3, NULL), (20, 7);
BEGIN;
\if :has_merge
MERGE INTO upsert t USING (SELECT * FROM upsert_source ORDER BY id) s ON t.id = s.id
    WHEN MATCHED AND s.hits IS NULL THEN DELETE
    WHEN MATCHED THEN UPDATE SET hits = t.hits + s.hits
    WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'merged', s.hits);
\else
UPDATE upsert t SET hits = t.hits + s.hits FROM upsert_source s WHERE t.id = s.id AND s.hits IS NOT NULL;
DELETE FROM upsert t USING upsert_source s WHERE t.id = s.id AND s.hits IS NULL;
INSERT INTO upsert VALUES (20, 'merged', 7);
\endif
COMMIT;
:changes;

DROP TABLE upsert, upsert_parted, upsert_source;

SELECT pg_drop_replication_slot('regression_slot');
