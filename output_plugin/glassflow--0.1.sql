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

-- What each slot of the plugin costs the server and how far its reader is behind, of all databases. Where the server's
-- version does not know a thing the column is NULL: spill, stream and total counters before 14, inactive_since and
-- invalidation_reason before 17. Reads only what every role may read of slots.
DO $extension$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    counters constant text[] := ARRAY['spill_txns', 'spill_count', 'spill_bytes', 'stream_txns', 'stream_count', 'stream_bytes',
                                      'total_txns', 'total_bytes'];
BEGIN
    EXECUTE format($view$
        CREATE VIEW glassflow.slots AS
        SELECT slot.slot_name, slot.database, slot.active_pid, slot.temporary,
               slot.confirmed_flush_lsn, slot.restart_lsn,
               pg_catalog.pg_wal_lsn_diff(server.wal_end, slot.confirmed_flush_lsn)::bigint AS lag_bytes,
               pg_catalog.pg_wal_lsn_diff(server.wal_end, slot.restart_lsn)::bigint AS retained_wal_bytes,
               slot.wal_status, slot.safe_wal_size, %s, %s
        FROM pg_catalog.pg_replication_slots slot
             CROSS JOIN (SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                                     ELSE pg_catalog.pg_current_wal_lsn() END AS wal_end) server
             %s
        WHERE slot.plugin = 'glassflow'$view$,
        CASE WHEN version >= 170000 THEN 'slot.inactive_since, slot.invalidation_reason'
             ELSE 'NULL::timestamptz AS inactive_since, NULL::text AS invalidation_reason' END,
        (SELECT string_agg(CASE WHEN version >= 140000 THEN 'counted.' || counter ELSE 'NULL::bigint AS ' || counter END, ', ')
         FROM unnest(counters) counter),
        CASE WHEN version >= 140000
             THEN 'LEFT JOIN pg_catalog.pg_stat_replication_slots counted ON counted.slot_name = slot.slot_name' END);
END
$extension$;

COMMENT ON VIEW glassflow.slots IS
    'slots of the output plugin glassflow: how far behind, how much WAL they retain, and what decoding them has cost';

-- Schema changes in the stream, if the DBA wants them: event triggers that put each into the WAL as a logical message of
-- its transaction. They run with the rights of whoever changes the schema.
CREATE FUNCTION glassflow.ddl_command_end() RETURNS event_trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'glassflow_ddl_command_end';

CREATE FUNCTION glassflow.sql_drop() RETURNS event_trigger
    LANGUAGE c SET search_path = pg_catalog, pg_temp
    AS 'MODULE_PATHNAME', 'glassflow_sql_drop';

CREATE FUNCTION glassflow.stop_capturing_ddl() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    name name;
BEGIN
    FOR name IN SELECT evtname FROM pg_event_trigger
                WHERE evtfoid IN ('glassflow.ddl_command_end'::regproc, 'glassflow.sql_drop'::regproc) LOOP
        EXECUTE format('DROP EVENT TRIGGER %I', name);
    END LOOP;
END $$;

CREATE FUNCTION glassflow.capture_ddl() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    PERFORM glassflow.stop_capturing_ddl();
    CREATE EVENT TRIGGER glassflow_ddl_command_end ON ddl_command_end EXECUTE FUNCTION glassflow.ddl_command_end();
    CREATE EVENT TRIGGER glassflow_sql_drop ON sql_drop EXECUTE FUNCTION glassflow.sql_drop();
END $$;

COMMENT ON FUNCTION glassflow.capture_ddl() IS
    'makes the event triggers that tell schema changes to the plugin; its option ddl sends them';
COMMENT ON FUNCTION glassflow.stop_capturing_ddl() IS 'drops the event triggers of glassflow.capture_ddl()';

REVOKE EXECUTE ON FUNCTION glassflow.capture_ddl(), glassflow.stop_capturing_ddl(), glassflow.ddl_command_end(),
    glassflow.sql_drop() FROM PUBLIC;

-- The rest of the extension is for the DBA, so that the schema is not open to all.
GRANT USAGE ON SCHEMA glassflow TO pg_monitor;
GRANT SELECT ON glassflow.slots TO pg_monitor;
