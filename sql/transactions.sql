-- Savepoints, rollbacks, empty transactions.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE transactions (id integer PRIMARY KEY);
-- rolled back savepoints leave no trace
BEGIN;
INSERT INTO transactions VALUES (1);
SAVEPOINT a;
INSERT INTO transactions VALUES (2);
SAVEPOINT b;
INSERT INTO transactions VALUES (3);
ROLLBACK TO b;
INSERT INTO transactions VALUES (4);
RELEASE a;
SAVEPOINT c;
DELETE FROM transactions;
ROLLBACK TO c;
INSERT INTO transactions VALUES (5);
COMMIT;
:changes;

-- rolled back, empty, without rows, with catalog changes only: nothing
BEGIN;
INSERT INTO transactions VALUES (6);
ROLLBACK;
BEGIN;
COMMIT;
BEGIN;
SELECT 'assigned' FROM pg_current_xact_id();
COMMIT;
CREATE TABLE transactions_other ();
BEGIN;
SAVEPOINT a;
INSERT INTO transactions VALUES (7);
ROLLBACK TO a;
COMMIT;
:changes;

-- an exception block is a savepoint
DO $$
BEGIN
    INSERT INTO transactions VALUES (8);
    BEGIN
        INSERT INTO transactions VALUES (9);
        INSERT INTO transactions VALUES (8);
    EXCEPTION WHEN unique_violation THEN
        INSERT INTO transactions VALUES (10);
    END;
END $$;
:changes;

DROP TABLE transactions, transactions_other;

SELECT pg_drop_replication_slot('regression_slot');

