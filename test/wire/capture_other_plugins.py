#!/usr/bin/env python3
"""Writes test/wire/other_plugins/: what pgoutput and wal2json of a real server sent for the statements below.

One line per message: the position in its header, and the message in hexadecimal. The decoders' unit tests read it, and the
fuzzers begin with it. Run it again after a change here: LSNs, xids, oids and times differ from run to run, so tests name none.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from services.postgres import PostgresCluster, PrivateInstall, make_directory  # noqa: E402

SETUP = """
CREATE TYPE mood AS ENUM ('so so', 'fine');
CREATE DOMAIN price AS numeric(20,4);
CREATE TABLE plain (id bigint PRIMARY KEY, t text, n numeric(10,2), b boolean, d date, at timestamptz, m mood, p price);
CREATE TABLE whole (id int PRIMARY KEY, t text); ALTER TABLE whole REPLICA IDENTITY FULL;
CREATE TABLE many (id int PRIMARY KEY, i2 int2, f4 float4, f8 float8, x bytea, u uuid, ts timestamp, ti time, tz timetz, iv interval,
    j json, jb jsonb, bi bit(3), vb varbit, ip inet, ci cidr, ma macaddr, a int[], ta text[], r int4range, l pg_lsn, td tid, x8 xid8,
    c "char", mr int4multirange, nm name, va varchar(10), ch char(5));
CREATE PUBLICATION p FOR ALL TABLES;
"""
CHANGES = [
    ["INSERT INTO plain VALUES (1, 'Ann', 12.50, true, '2024-02-29', '2024-02-29 12:34:56.5+00', 'fine', 1.5)", "INSERT INTO plain (id) VALUES (2)"],
    ["UPDATE plain SET t = 'ä€' WHERE id = 1", "UPDATE plain SET id = 10 WHERE id = 2", "DELETE FROM plain WHERE id = 1"],
    ["INSERT INTO whole VALUES (1, 'x'), (2, NULL)", "UPDATE whole SET t = 'y'", "DELETE FROM whole"],
    ["""INSERT INTO many VALUES (1, -3, 1.5, -0.1, '\\x00ff', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '0044-03-15 12:00 BC', '24:00', '12:34:56.5+05:30',
       '1 year 2 mons -3 days 04:05:06.7', '{"a": 1}', '{"b": [1.50, null]}', B'101', B'', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03',
       '{{1,2},{3,NULL}}', '[0:1]={a,"b c"}', '[1,5)', '16/B374D848', '(1,2)', '18446744073709551615', 'x', '{[1,3),[5,)}', 'n', 'v', 'c')""",
     "INSERT INTO many (id, f4, f8, ts, iv, a, r) VALUES (2, 'NaN', '-Infinity', 'infinity', '-1 mon', '{}', 'empty')"],
    ["SELECT pg_logical_emit_message(true, 'app', 'within')", "TRUNCATE plain, whole RESTART IDENTITY"],
    ["SELECT pg_logical_emit_message(false, 'app', 'alone')"],
    ["INSERT INTO whole SELECT i, repeat('x', 200) FROM generate_series(1, 200) i", "SAVEPOINT a",
     "INSERT INTO whole SELECT i, repeat('y', 200) FROM generate_series(401, 900) i", "ROLLBACK TO a", "DELETE FROM whole WHERE id > 1"],
]
SOURCES = {
    "pgoutput": ("pgoutput", {"proto_version": "1", "messages": "true"}),
    "pgoutput_binary": ("pgoutput", {"proto_version": "1", "messages": "true", "binary": "true"}),
    "pgoutput_streaming": ("pgoutput", {"proto_version": "2", "messages": "true", "streaming": "on"}),
    "wal2json_1": ("wal2json", {"format-version": "1"}),
    "wal2json_2": ("wal2json", {"format-version": "2"}),
}
WAL2JSON = dict.fromkeys(["include-xids", "include-timestamp", "include-lsn", "include-pk", "include-type-oids", "include-not-null",
                          "include-domain-data-type"], "true")
MESSAGES = 60
SESSION = "-c TimeZone=UTC -c DateStyle=ISO -c IntervalStyle=postgres -c bytea_output=hex -c search_path=pg_catalog -c logical_decoding_work_mem=64kB"


def main():
    cluster = PostgresCluster(make_directory("glassflow-capture-"), PrivateInstall(make_directory() / "install")).create().start()
    try:
        cluster.execute(SETUP)
        for name, (plugin, _) in SOURCES.items():
            cluster.query("SELECT pg_create_logical_replication_slot(%s, %s)", (name, plugin))
        for statements in CHANGES:
            with cluster.connect() as connection, connection.transaction():
                for statement in statements:
                    connection.execute(statement)
        for name, (plugin, options) in SOURCES.items():
            options = {**options, **({"publication_names": "p"} if plugin == "pgoutput" else WAL2JSON)}
            arguments = [text for option in options.items() for text in option]
            function = "pg_logical_slot_peek_binary_changes" if plugin == "pgoutput" else "pg_logical_slot_peek_changes"
            data = "data" if plugin == "pgoutput" else "convert_to(data, 'UTF8')"
            with cluster.connect(options=SESSION) as connection:
                rows = connection.execute(f"SELECT lsn, encode({data}, 'hex') FROM {function}(%s, NULL, NULL, VARIADIC %s::text[])",
                                          (name, arguments)).fetchall()
            # The last transaction is there for what is sent of it while it is in progress.
            lines = [f"{lsn} {message}\n" for lsn, message in (rows if "streaming" in name else rows[:6 if name == "wal2json_1" else MESSAGES])]
            (HERE / "other_plugins" / f"{name}.txt").write_text("".join(lines))
            print(f"{name}: {len(lines)} messages")
    finally:
        cluster.remove()


if __name__ == "__main__":
    main()
