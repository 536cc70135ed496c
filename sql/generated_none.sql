-- The option generated_columns: without stored ones, but for those that tell rows apart.
SET synchronous_commit = on;
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS glassflow;
\set changes 'SELECT glassflow.decode(data, false) FROM pg_logical_slot_get_binary_changes(''regression_slot'', NULL, NULL, ''generated_columns'', '
SELECT 'init' FROM pg_create_logical_replication_slot('regression_slot', 'glassflow');

CREATE TABLE generated_none (gross numeric(8, 2) GENERATED ALWAYS AS (price * 1.2) STORED, id integer PRIMARY KEY,
    label text GENERATED ALWAYS AS ('item ' || id) STORED, price numeric(8, 2));
INSERT INTO generated_none VALUES (DEFAULT, 1, DEFAULT, 10);
UPDATE generated_none SET id = 2, price = 20;
DELETE FROM generated_none;
:changes'none');
INSERT INTO generated_none VALUES (DEFAULT, 1, DEFAULT, 10);
:changes'stored');

-- all of an old row, without them; and a table that has nothing else
ALTER TABLE generated_none REPLICA IDENTITY FULL;
UPDATE generated_none SET price = 20;
CREATE TABLE generated_only (dropped integer, one text GENERATED ALWAYS AS ('1') STORED);
ALTER TABLE generated_only DROP dropped;
INSERT INTO generated_only DEFAULT VALUES;
:changes'none');

-- a key of which a part is generated stays whole, in its order, also when it is only an index
CREATE TABLE generated_part (id integer NOT NULL, code text NOT NULL GENERATED ALWAYS AS ('k' || id) STORED, other text GENERATED ALWAYS AS ('o') STORED,
    note text, UNIQUE (code, id));
ALTER TABLE generated_part REPLICA IDENTITY USING INDEX generated_part_code_id_key;
INSERT INTO generated_part VALUES (1, DEFAULT, DEFAULT, 'x');
UPDATE generated_part SET id = 2;
DELETE FROM generated_part;
:changes'none');

DROP TABLE generated_none, generated_only, generated_part;
SELECT pg_drop_replication_slot('regression_slot');
