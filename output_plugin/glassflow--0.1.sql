-- The extension is for looking: the output plugin itself needs no CREATE EXTENSION.
\echo Use "CREATE EXTENSION glassflow" to load this file. \quit

-- Stateful within one query (what earlier frames said about relations), so it must see all frames in one process.
CREATE FUNCTION glassflow.decode(data bytea, positions boolean DEFAULT true)
    RETURNS SETOF text
    LANGUAGE c VOLATILE STRICT PARALLEL RESTRICTED ROWS 100
    AS 'MODULE_PATHNAME', 'glassflow_decode';

COMMENT ON FUNCTION glassflow.decode(bytea, boolean) IS
    'records of a frame of the output plugin glassflow, one line each; positions: with LSNs, xids, times and oids';

CREATE FUNCTION glassflow.options()
    RETURNS TABLE (name text, type text, "default" text, range text, description text)
    LANGUAGE c IMMUTABLE STRICT PARALLEL SAFE ROWS 2
    AS 'MODULE_PATHNAME', 'glassflow_options';

COMMENT ON FUNCTION glassflow.options() IS 'options of the output plugin glassflow';
