-- Subtransactions: rows come in the order they were written, whatever the nesting and whoever had the first xid.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE subtransactions (path text);
INSERT INTO subtransactions VALUES ('seed');
:changes;

-- the parent's xid is in the WAL first, by a row lock, which is not decoded
BEGIN;
SELECT path FROM subtransactions FOR UPDATE;
SAVEPOINT child;
INSERT INTO subtransactions VALUES ('child of a lock');
COMMIT;
-- the parent has an xid that is in no record before the child's
BEGIN;
SELECT pg_current_xact_id() IS NOT NULL AS assigned;
SAVEPOINT child;
INSERT INTO subtransactions VALUES ('child of an xid');
RELEASE child;
COMMIT;
-- the parent has none at all
BEGIN;
SAVEPOINT child;
INSERT INTO subtransactions VALUES ('child of nothing');
COMMIT;
:changes;

-- up and down
BEGIN;
INSERT INTO subtransactions VALUES ('0');
SAVEPOINT a;
INSERT INTO subtransactions VALUES ('0.a'), ('0.a again');
SAVEPOINT b;
INSERT INTO subtransactions VALUES ('0.a.b');
RELEASE b;
INSERT INTO subtransactions VALUES ('0.a after b');
RELEASE a;
INSERT INTO subtransactions VALUES ('0 after a');
SAVEPOINT c;
SAVEPOINT d;
INSERT INTO subtransactions VALUES ('0.c.d');
ROLLBACK TO d;
INSERT INTO subtransactions VALUES ('0.c.d once more');
SAVEPOINT e;
INSERT INTO subtransactions VALUES ('0.c.d.e, never seen');
ROLLBACK TO c;
INSERT INTO subtransactions VALUES ('0.c, all below undone');
COMMIT;
:changes;

-- deeper than the server assigns to a parent at once, the top level silent until the end
CREATE FUNCTION nest(level integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO subtransactions VALUES ('level ' || level);
    IF level < 100 THEN
        PERFORM nest(level + 1);
    END IF;
    IF level % 10 = 0 THEN
        RAISE division_by_zero;
    END IF;
    INSERT INTO subtransactions VALUES ('back at ' || level);
EXCEPTION WHEN division_by_zero THEN
    INSERT INTO subtransactions VALUES ('undone below ' || level);
END $$;
BEGIN;
SAVEPOINT top;
SELECT nest(1);
RELEASE top;
INSERT INTO subtransactions VALUES ('top');
COMMIT;
-- level 10 took back all that was below it
:changes;

-- many, one after the other, every third undone
DO $$
BEGIN
    FOR i IN 1 .. 3000 LOOP
        BEGIN
            INSERT INTO subtransactions VALUES ('sibling ' || i);
            IF i % 3 = 0 THEN
                RAISE division_by_zero;
            END IF;
        EXCEPTION WHEN division_by_zero THEN
            NULL;
        END;
    END LOOP;
END $$;
CREATE TEMPORARY TABLE seen AS
    SELECT row_number() OVER () AS number, line
    FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL), glassflow.decode(data, false) line;
SELECT line FROM seen WHERE line !~ '^insert' ORDER BY number;
SELECT count(*) AS inserts, count(*) FILTER (WHERE id % 3 = 0) AS undone, bool_and(id > before IS NOT false) AS in_order
    FROM (SELECT id, lag(id) OVER (ORDER BY number) AS before
          FROM (SELECT number, substring(line from 'sibling (\d+)')::integer AS id FROM seen WHERE line ~ '^insert') i) j;

-- what a child did to the table is there for its parent, and gone when the child is undone
BEGIN;
SAVEPOINT a;
ALTER TABLE subtransactions ADD COLUMN a integer DEFAULT 1;
INSERT INTO subtransactions VALUES ('a');
RELEASE a;
INSERT INTO subtransactions VALUES ('with a', 2);
SAVEPOINT b;
ALTER TABLE subtransactions RENAME COLUMN a TO b;
INSERT INTO subtransactions VALUES ('b, never seen');
SAVEPOINT c;
ALTER TABLE subtransactions DROP COLUMN b;
INSERT INTO subtransactions VALUES ('c, never seen');
ROLLBACK TO b;
INSERT INTO subtransactions VALUES ('still a', 3);
SAVEPOINT d;
CREATE TABLE subtransactions_made (one integer);
INSERT INTO subtransactions_made VALUES (1);
ROLLBACK TO d;
CREATE TABLE subtransactions_made (two text);
INSERT INTO subtransactions_made VALUES ('made twice');
COMMIT;
:changes;

-- nothing of the parent but DDL, in children that commit and one that does not
BEGIN;
ALTER TABLE subtransactions DROP COLUMN a;
SAVEPOINT a;
INSERT INTO subtransactions VALUES ('after DROP');
SAVEPOINT b;
ALTER TABLE subtransactions ALTER path TYPE varchar(40);
ROLLBACK TO b;
INSERT INTO subtransactions VALUES ('still text');
COMMIT;
:changes;

DROP FUNCTION nest;
DROP TABLE subtransactions, subtransactions_made;

SELECT pg_drop_replication_slot('regression_slot');
