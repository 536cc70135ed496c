"""idle_replication_slot_timeout (PostgreSQL 18): a slot that nobody reads is given up, one that is read is not.

What the collector says of a slot that was given up is the same for every reason, and tested with max_slot_wal_keep_size in
test/fault/test_slot_loss.py.
"""

import subprocess

import pytest

from services.postgres import poll_until
from test_walsender import receive


@pytest.fixture
def impatient(private_install, cluster_factory):
    if private_install.major_version < 18:
        pytest.skip("idle_replication_slot_timeout exists since PostgreSQL 18")
    return cluster_factory({"idle_replication_slot_timeout": "1s"})


def state(cluster, slot):
    return cluster.query("SELECT wal_status, invalidation_reason FROM pg_replication_slots WHERE slot_name = %s", (slot,))[0]


def test_an_idle_slot_is_given_up_and_says_so(impatient):
    cluster = impatient
    cluster.execute("CREATE TABLE t (id integer)")
    for slot in ("idle", "read"):
        cluster.query("SELECT pg_create_logical_replication_slot(%s, 'glassflow')", (slot,))
    reader = subprocess.Popen([cluster.install.bindir / "pg_recvlogical", "--host", cluster.sockets, "--port", str(cluster.port), "--username", "postgres",
                               "--dbname", "postgres", "--slot", "read", "--start", "--status-interval", "1", "--file", "/dev/null"], stdin=subprocess.DEVNULL)
    try:
        poll_until(lambda: cluster.query("SELECT active FROM pg_replication_slots WHERE slot_name = 'read'")[0][0], "the reader")
        cluster.execute("INSERT INTO t VALUES (1)")

        def is_given_up():
            cluster.execute("CHECKPOINT")  # which is when the server looks
            return state(cluster, "idle") == ("lost", "idle_timeout")

        poll_until(is_given_up, "the idle slot to be given up", 60)
        assert state(cluster, "read")[1] is None, "the one that is read was given up"
    finally:
        reader.terminate()
        reader.wait(30)
    records, errors, code = receive(cluster, "postgres", "idle")
    assert code != 0 and records == []
    assert "can no longer access replication slot" in errors

    cluster.query("SELECT pg_drop_replication_slot('idle')")
    cluster.query("SELECT pg_create_logical_replication_slot('idle', 'glassflow')")
    cluster.execute("INSERT INTO t VALUES (2)")
    records, errors, code = receive(cluster, "postgres", "idle")
    assert code == 0, errors
    assert [record[3] for record in records if record[0] == 4] == [[2]]
