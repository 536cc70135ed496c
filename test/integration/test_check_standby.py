"""`check` on a server in recovery, and about slots that are to live through a failover."""

import subprocess
import threading

import pytest

from services.care import carry_out, look
from services.postgres import make_directory, poll_until

pytestmark = pytest.mark.every_server


@pytest.fixture
def primary(cluster_factory):
    return cluster_factory(hba=["local replication all trust"])


@pytest.fixture
def standby_of(request):
    """standby_of(primary, **settings) -> its running standby."""
    made = []

    def make(primary, **settings):
        made.append(primary.standby(make_directory("glassflow-standby-"), f"standby_{len(made)}", settings).start())
        request.node.log_tails.append(("standby's log", made[-1].log_tail))
        return made[-1]

    yield make
    for standby in made:
        standby.remove()


def source_of(cluster, slot="on_standby", **settings):
    return {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": slot, **settings}


def make_slot(primary, standby, statement):
    """On a standby it waits for a snapshot of the primary."""
    making = threading.Thread(target=standby.query, args=(statement,))
    making.start()

    def is_made():
        primary.query("SELECT pg_log_standby_snapshot()")
        return not making.is_alive()

    poll_until(is_made, "the slot to be made")


def test_before_16_a_standby_does_not_decode(primary, standby_of, collector):
    if primary.install.major_version >= 16:
        pytest.skip("from 16 on it does")
    finding = look(collector, source=source_of(standby_of(primary))).one("standby", "must_be_mended")
    assert "decodes from PostgreSQL 16 on only" in finding["found"] and finding["remedy"]["advice"] == "Set source.host to the primary."
    assert not look(collector, source=source_of(primary)).all("standby")


def test_what_protects_a_slot_on_a_standby(primary, standby_of, needs_server, collector):
    needs_server(16, "slots on a standby")
    standby = standby_of(primary, hot_standby_feedback="off", primary_slot_name=None)
    source = source_of(standby, create_slot=False)
    findings = look(collector, source=source)
    told = findings.all("standby", "warning")
    assert len(told) == 2 and "hot_standby_feedback is off" in told[0]["found"] and "no primary_slot_name" in told[1]["found"]
    assert all("the slot is lost when the primary removes rows of its catalogs" in finding["found"] for finding in told)
    statement = told[1]["remedy"]["advice"].split("On the primary: ")[1].split(";")[0]
    primary.query(statement)
    with standby.connect() as connection:
        for finding in told:
            carry_out(connection, finding)
    poll_until(lambda: look(collector, source=source).is_ok("standby"), "the settings to count")
    assert look(collector, source=source_of(standby)).one("standby", "warning")["remedy"]["advice"].endswith("SELECT pg_log_standby_snapshot();")

    # The primary stops to write what decoding needs; the standby knows it as soon as it has replayed so.
    primary.configure({"wal_level": "replica"})
    primary.restart()
    poll_until(lambda: look(collector, source=source).all("standby", "must_be_mended"), "the standby to know")
    finding = look(collector, source=source).all("standby", "must_be_mended")[0]
    assert "wal_level" in finding["found"] and finding["remedy"]["advice"].startswith("On the primary, not here.")
    with primary.connect() as connection:
        carry_out(connection, finding)
    primary.restart()
    poll_until(lambda: not look(collector, source=source).all("standby", "must_be_mended"), "the standby to know")


def test_a_slot_on_a_standby_that_the_primary_has_taken_away(primary, standby_of, needs_server, collector):
    """Its VACUUM removed rows of the catalogs that the slot needs; what keeps the next one is told beside what makes it."""
    needs_server(16, "slots on a standby")
    standby = standby_of(primary, hot_standby_feedback="off")
    source = source_of(standby, create_slot=True)
    make_slot(primary, standby, "SELECT pg_create_logical_replication_slot('on_standby', 'glassflow')")
    assert look(collector, source=source).is_ok("slot")
    primary.execute("CREATE TABLE passing (id int)")
    primary.execute("DROP TABLE passing")
    primary.execute("VACUUM FULL pg_class")
    poll_until(lambda: look(collector, source=source).all("slot", "must_be_mended"), "the slot to be lost")
    findings = look(collector, source=source)
    lost = findings.one("slot", "must_be_mended")
    assert "the server has invalidated it (" in lost["found"]
    assert lost["remedy"]["advice"].startswith("First set hot_standby_feedback = on and primary_slot_name on the standby")
    with standby.connect() as connection:
        carry_out(connection, findings.one("standby", "warning"))
    poll_until(lambda: look(collector, source=source).is_ok("standby"), "the setting to count")
    drop, make = lost["remedy"]["sql"]
    standby.query(drop.rstrip(";"))
    make_slot(primary, standby, make)
    primary.execute("VACUUM FULL pg_class")
    assert look(collector, source=source).is_ok("slot")


def test_a_slot_that_is_to_fail_over(primary, standby_of, needs_server, collector):
    needs_server(17, "failover slots")
    primary.query("SELECT pg_create_logical_replication_slot('moves', 'glassflow')")
    several = source_of(primary, "moves", host=[f"{primary.sockets}", "127.0.0.1:1"])
    finding = look(collector, source=several).one("slot", "warning")
    command = finding["remedy"]["advice"].split("): ", 1)[1].split(";")[0]
    assert command == 'ALTER_REPLICATION_SLOT "moves" (FAILOVER true)'
    subprocess.run([primary.install.bindir / "psql", "-h", primary.sockets, "-p", str(primary.port), "-U", "postgres", "replication=database dbname=postgres",
                    "-c", command], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    assert look(collector, source=several).is_ok("slot")

    standby = standby_of(primary, sync_replication_slots="on")
    poll_until(lambda: standby.query("SELECT 1 FROM pg_replication_slots WHERE slot_name = 'moves' AND synced"), "the copy of the slot")
    finding = look(collector, source=source_of(standby, "moves")).one("slot", "must_be_mended")
    assert "is a copy of the primary's" in finding["found"]
    standby.promote()
    assert look(collector, source=source_of(standby, "moves")).is_ok("slot")
