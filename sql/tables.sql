-- The option tables: patterns, case, quotes, and renames.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL)'
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE SCHEMA shop;
CREATE SCHEMA "Shop";
CREATE TABLE shop.orders (id integer);
CREATE TABLE shop.orders_archive (id integer);
CREATE TABLE shop."Orders" (id integer);
CREATE TABLE "Shop".orders (id integer);
CREATE TABLE shop."a*b" (id integer);
CREATE TABLE shop.axb (id integer);
INSERT INTO shop.orders VALUES (1);
INSERT INTO shop.orders_archive VALUES (1);
INSERT INTO shop."Orders" VALUES (1);
INSERT INTO "Shop".orders VALUES (1);
INSERT INTO shop."a*b" VALUES (1);
INSERT INTO shop.axb VALUES (1);

CREATE FUNCTION wanted(list text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(split_part(line, ':', 1), ', ' ORDER BY number)
    FROM (SELECT line, row_number() OVER () AS number
          FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', list), glassflow.decode(data, false) line) l
    WHERE line LIKE 'insert %' $$;
SELECT list, wanted(list) FROM unnest(ARRAY['*.*', 'shop.*', 'SHOP.ORDERS', '"Shop".*', '*."Orders"', 'shop.orders*', 'shop.*_archive',
    'shop.*r*e*s*', 'shop.o*s', 'shop."a*b"', 'shop.a*b', '*."orders*"', 'sho.orders', 'shop.order', 'shop.orders_', 'shop.axb, "Shop".orders',
    '**.**', 'nothing.here', 'shop.*orders', 'shop.*ord*ord*', 's*p.a*']) list;

-- a table is judged by the name it had
ALTER TABLE shop.axb RENAME TO wanted;
INSERT INTO shop.wanted VALUES (2);
ALTER SCHEMA shop RENAME TO store;
INSERT INTO store.wanted VALUES (3);
BEGIN;
INSERT INTO store.wanted VALUES (4);
ALTER TABLE store.wanted RENAME TO unwanted;
INSERT INTO store.unwanted VALUES (5);
COMMIT;
SELECT glassflow.decode(data, false) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', 'shop.axb,*.wanted');

-- transactions of other tables only are not sent at all
SELECT count(*) FROM pg_logical_slot_peek_binary_changes('regression_slot', NULL, NULL, 'tables', 'x.*');
SELECT count(*) FROM pg_logical_slot_get_binary_changes('regression_slot', NULL, NULL);

DROP FUNCTION wanted;
DROP SCHEMA store, "Shop" CASCADE;

SELECT pg_drop_replication_slot('regression_slot');

