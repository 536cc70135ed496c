"""Patterns name the same tables for `pipeline`, which reads them here, as for the plugin, which reads them in the server."""

import re

from test_pipeline_documents import Pipelines

TABLES = ["public.orders", "public.order_items", 'public."Orders"', 'public."or*ders"', 'public."a.b"', 'public."a ""b"', "sales.orders", '"Sales".orders', '"ä"."ö"']
PATTERNS = ["public.orders", "PUBLIC.ORDERS", 'public."Orders"', "public.*", "*.orders", "*.*", "public.o*s", "public.*r*e*", 'public."or*ders"', 'public."a.b"',
            'public."a ""b"', " public . orders ", '"Sales".*', '"ä"."ö"', "*.ö", "s*.*", "public.**", "nothing.here"]


def test_the_plugin_and_pipeline_mean_the_same(database, collector_binary, tmp_path):
    database.execute("CREATE EXTENSION glassflow; CREATE SCHEMA sales; CREATE SCHEMA \"Sales\"; CREATE SCHEMA \"ä\"")
    for table in TABLES:
        database.execute(f"CREATE TABLE {table} (id integer PRIMARY KEY)")
    database.create_slot()
    for table in TABLES:
        database.execute(f"INSERT INTO {table} VALUES (1)")
    pipelines = Pipelines(collector_binary, database.cluster, database.name, tmp_path)
    named = set()
    for pattern in PATTERNS:
        lines = database.query("SELECT line FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, 'tables', %s), glassflow.decode(data) AS line",
                               (database.slot, pattern))
        sent = {table for table in TABLES if any(line.startswith("relation") and name in line for (line,) in lines for name in printed(table))}
        made = pipelines.run("--show", "sql", pattern)
        written = {table for table in TABLES if f"-- Postgres {title(table)}, pipeline" in made.stdout}
        assert written == sent, f"{pattern}: {made.stderr}"
        assert (made.returncode == 3) == (not sent), pattern
        named |= sent
    assert named == set(TABLES)


def names(table):
    return [(quoted or plain).replace('""', '"') for quoted, plain in re.findall(r'"((?:[^"]|"")*)"|([^."]+)', table)]


def title(table):
    """As `pipeline` calls it."""
    return ".".join(names(table))


def printed(table):
    """As glassflow.decode() may: what is not plain in double quotes, with backslashes."""
    either = [(name, '"' + name.replace('"', '\\"') + '"') for name in names(table)]
    return [f" {schema}.{name} oid=" for schema in either[0] for name in either[1]]
