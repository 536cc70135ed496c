"""A private server, a workload written once, and slots that each decode it from the beginning.

The slot `template` is made before the workload. A slot `bench` is copied from it for each measurement, so that all of
them decode the same WAL; only its plugin may differ.
"""

import contextlib
import pathlib
import shutil
import subprocess

from services.postgres import ALLOWED_PLUGINS, PG_CONFIG, PostgresCluster, PrivateInstall, make_directory, poll_until

PUBLICATION = "bench"
TEMPLATE_SLOT, SLOT = "template", "bench"


def library_directory(install):
    asked = subprocess.run([PG_CONFIG, "--pkglibdir"], capture_output=True, text=True, check=True)
    return pathlib.Path(f"{install.directory}{asked.stdout.strip()}")


@contextlib.contextmanager
def private_server(module=None, plugins=(), prepare=lambda install: None):
    """A running server. plugins: further ones that it may load; prepare(install) puts them there."""
    directory = make_directory("glassflow-bench-")
    cluster = None
    try:
        install = PrivateInstall(directory / "install", module=module)
        prepare(install)
        settings = {"autovacuum": "off", "shared_buffers": "256MB", "max_wal_size": "16GB", "checkpoint_timeout": "1d",
                    "wal_sender_timeout": "60s", "shared_preload_libraries": "glassflow", "glassflow.mask_key": "a key for the benchmark"}
        if install.knows_allow_list:
            settings["output_plugin_libraries"] = ", ".join([*ALLOWED_PLUGINS, *plugins])
        cluster = PostgresCluster(directory, install, settings).create().start()
        yield cluster
    finally:
        if cluster is not None:
            cluster.stop("immediate")
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def written_workload(cluster, workload, changes, plugin):
    """Makes the WAL; gives the LSN behind it. The slot `template`, of that plugin, stands before it."""
    with cluster.connect() as connection:
        connection.execute("DROP TABLE IF EXISTS orders, other, wide")
        workload.prepare(connection, changes)
        connection.execute(f"DROP PUBLICATION IF EXISTS {PUBLICATION}")
        tables = "FOR TABLE orders" if workload.is_filtered else "FOR ALL TABLES"
        connection.execute(f"CREATE PUBLICATION {PUBLICATION} {tables}")
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        connection.execute("SELECT pg_create_logical_replication_slot(%s, %s)", [TEMPLATE_SLOT, plugin])
        workload.run(connection, changes)
        end_lsn = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
        # Something to decode behind the end, so that the sent position is sure to pass it.
        connection.execute("CREATE TABLE behind_the_end ()")
        connection.execute("DROP TABLE behind_the_end")
    try:
        yield end_lsn
    finally:
        cluster.execute("SELECT pg_drop_replication_slot(%s)", [TEMPLATE_SLOT])


@contextlib.contextmanager
def copied_slot(cluster, plugin):
    """The slot `bench`, and a connection to ask about it; gone afterwards."""
    with cluster.connect() as connection:
        connection.execute("SELECT pg_copy_logical_replication_slot(%s, %s, false, %s)", [TEMPLATE_SLOT, SLOT, plugin])
        try:
            yield connection
        finally:
            poll_until(lambda: not slot_pid(connection), "the slot to be free")
            connection.execute("SELECT pg_drop_replication_slot(%s)", [SLOT])


def slot_pid(connection):
    """The walsender's; None while nobody streams."""
    return connection.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", [SLOT]).fetchone()[0]


def lsn_number(text):
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)
