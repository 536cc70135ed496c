"""What `check` says of the slot and of the room for it; what it advises is carried out, and the next check passes."""

import threading

import pytest

from services.care import as_told, carry_out, look
from services.postgres import poll_until

pytestmark = pytest.mark.every_server


def source_of(cluster, slot, **settings):
    return {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": slot, **settings}


def test_a_slot_that_is_missing(database, collector):
    finding = look(collector, source={"create_slot": False}).one("slot", "must_be_mended")
    assert finding["remedy"]["settings"] == ["source.create_slot: true"]
    with database.connect() as connection:
        carry_out(connection, finding)
    assert look(collector, source={"create_slot": False}).is_ok("slot")


def test_a_slot_of_another_kind(database, collector):
    for make in ("pg_create_physical_replication_slot(%s)", "pg_create_logical_replication_slot(%s, 'test_decoding')"):
        database.query(f"SELECT {make}", (database.slot,))
        finding = look(collector).one("slot", "must_be_mended")
        with database.connect() as connection:
            carry_out(connection, finding)
        assert look(collector).is_ok("slot")


def test_a_choice_that_the_plugin_cannot_make(database, collector):
    source = {"plugin": "wal2json", "rows": ["public.a: id > 1"]}
    finding = look(collector, source=source).one("slot", "must_be_mended")
    assert finding["found"] == "source.rows is set, which the plugin wal2json cannot follow"
    assert look(collector, source={"rows": ["public.a: id > 1"]}).is_ok("slot")


def test_a_slot_that_another_program_reads(database, collector):
    database.create_slot()
    with database.connect(autocommit=True) as connection:
        pid = connection.execute("SELECT pg_backend_pid()").fetchone()[0]

        def hold():
            try:  # waits for a position that never comes
                connection.execute("SELECT count(*) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (database.slot,))
            except Exception:  # noqa: BLE001  ended by the remedy
                pass

        database.execute("CREATE TABLE big (id int); INSERT INTO big SELECT generate_series(1, 3000000)")
        thread = threading.Thread(target=hold)
        thread.start()
        poll_until(lambda: database.query("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))[0][0], "the slot in use")
        finding = look(collector).one("slot", "warning")
        assert f"in use by process {pid}" in finding["found"] and "another program reads it" in finding["found"]
        with database.connect() as other:
            carry_out(other, finding)
        thread.join()
    assert look(collector).is_ok("slot")


def test_a_slot_of_another_database_or_plugin(database, collector):
    database.cluster.query("SELECT pg_create_logical_replication_slot(%s, 'glassflow')", (database.slot,))  # of the database postgres
    try:
        sections = {"source": database.source()}
        finding = look(collector, **sections).one("slot", "must_be_mended")
        assert finding["found"].endswith('belongs to database "postgres"')
        sections = as_told(sections, finding)
        assert look(collector, **sections).is_ok("slot")

        sections["source"]["plugin"] = "wal2json"
        finding = look(collector, **sections).one("slot", "must_be_mended")
        assert 'made for the plugin "glassflow", not "wal2json"' in finding["found"]
        assert finding["remedy"]["advice"].startswith("Leave source.plugin out")
        del sections["source"]["plugin"]
        assert look(collector, **sections).is_ok("slot")
        with database.connect() as connection:
            carry_out(connection, finding)
        assert "will be made by `run`" in look(collector, **sections).all("slot")[0]["found"]
    finally:
        database.cluster.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))


def test_what_only_our_plugin_can_do(database, collector):
    """Settings that a slot of wal2json cannot follow; those that have a line that takes them back are taken back by it."""
    database.create_slot("wal2json")
    for key, value, words in (("ddl", True, "source.ddl is set"), ("update_columns", "changed", "source.update_columns is set"), ("masks", ["public.t: a = null"], "source.masks is set")):
        sections = {"source": {**database.source(), key: value}}
        finding = look(collector, **sections).one("plugin_options", "must_be_mended")
        assert finding["found"] == f'{words}, and slot "{database.slot}" is of wal2json'
        if key == "masks":
            assert "Use a slot of glassflow." in finding["remedy"]["advice"]
            database.query("SELECT pg_drop_replication_slot(%s)", (database.slot,))
            database.create_slot()
            assert look(collector, **sections).is_ok("plugin_options")
        else:
            assert not look(collector, **as_told(sections, finding)).all("plugin_options")


@pytest.mark.parametrize("has_slot", [False, True])
def test_options_that_the_plugin_refuses(database, collector, has_slot):
    """Tried on a temporary slot, as `run` would: with what the plugin says, and not only with what the collector knows."""
    if has_slot:
        database.create_slot()
    for wrong, words, right in (({"rows": ["public.t: a ~ 'x'"]}, 'option "rows"', {"rows": ["public.t: a = 'x'"]}),
                                ({"masks": ["public.t: a = scramble"]}, 'option "masks"', {"masks": ["public.t: a = redact('it''s')"]}),
                                ({"masks": ["public.t: a = hash"]}, "cannot be masked by hash", {"masks": ["public.t: a = null"]})):
        finding = look(collector, source=wrong).one("plugin_options", "must_be_mended")
        assert finding["found"].startswith("the plugin refuses what it is asked for: ") and words in finding["found"]
        assert not look(collector, source=right).all("plugin_options", "must_be_mended")
    assert database.query("SELECT count(*) FROM pg_replication_slots WHERE temporary") == [(0,)]


def test_every_replication_slot_is_in_use(cluster_factory, collector):
    """First the slot is still to be made; then it is there, and only trying the plugin takes one more."""
    cluster = cluster_factory({"max_replication_slots": 1})
    cluster.query("SELECT pg_create_physical_replication_slot('taken')")
    source = source_of(cluster, "full", create_slot=True)
    findings = look(collector, source=source)
    full = findings.one("max_replication_slots", "must_be_mended")
    assert full["found"].startswith("1 of 1 replication slots are in use") and full["remedy"]["needs_restart"]
    untried = findings.one("plugin", "unknown")
    assert untried["found"] == "no replication slot is free to try plugin glassflow with"
    assert untried["remedy"] == full["remedy"]

    cluster.query("SELECT pg_drop_replication_slot('taken')")
    cluster.query("SELECT pg_create_logical_replication_slot('full', 'glassflow')")
    findings = look(collector, source=source)
    assert findings.code == 0 and findings.is_ok("max_replication_slots") and findings.is_ok("slot")
    with cluster.connect() as connection:
        carry_out(connection, findings.one("plugin", "unknown"))
    cluster.restart()
    assert look(collector, source=source).is_ok("plugin")
    assert cluster.query("SELECT slot_name FROM pg_replication_slots") == [("full",)], "what was tried is gone again"


def test_a_lost_slot_and_one_at_the_brink(cluster_factory, collector):
    cluster = cluster_factory({"max_slot_wal_keep_size": "1MB"})
    cluster.query("SELECT pg_create_logical_replication_slot('behind', 'glassflow')")
    source = {"host": str(cluster.sockets), "port": cluster.port, "database": "postgres", "slot": "behind"}

    def fill():
        for _ in range(4):
            cluster.execute("SELECT pg_logical_emit_message(false, 'x', 'y'); SELECT pg_switch_wal()")

    def status():
        return cluster.query("SELECT wal_status FROM pg_replication_slots WHERE slot_name = 'behind'")[0][0]

    fill()
    assert status() == "unreserved"
    finding = look(collector, source=source).one("slot", "warning")
    assert "may give it up at its next checkpoint" in finding["found"]
    with cluster.connect() as connection:
        carry_out(connection, finding)
    poll_until(lambda: status() in ("reserved", "extended"), "the limit to be gone")
    assert look(collector, source=source).is_ok("slot")
    cluster.execute("ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'")
    cluster.reload()
    cluster.execute("CHECKPOINT")
    poll_until(lambda: status() == "lost", "the slot to be lost")
    finding = look(collector, source=source).one("slot", "must_be_mended")
    assert "is lost" in finding["found"] and finding["remedy"]["settings"] == ["source.on_slot_lost: recreate"]
    with cluster.connect() as connection:
        carry_out(connection, finding)
    assert look(collector, source=source).is_ok("slot")


def test_a_slot_that_nobody_read_for_too_long(cluster_factory, needs_server, collector):
    needs_server(18, "idle_replication_slot_timeout")
    cluster = cluster_factory({"idle_replication_slot_timeout": "1s", "max_slot_wal_keep_size": "1GB"})
    cluster.query("SELECT pg_create_logical_replication_slot('idle', 'glassflow')")
    source = source_of(cluster, "idle")
    about_to_be = look(collector, source=source).one("slot_limit", "warning")
    assert about_to_be["found"].startswith("idle_replication_slot_timeout is 1s: a collector that is down for longer loses its slot, and slot \"idle\" is read by nobody since 20")

    def is_given_up():
        cluster.execute("CHECKPOINT")  # which is when the server looks
        return cluster.query("SELECT invalidation_reason FROM pg_replication_slots") == [("idle_timeout",)]

    poll_until(is_given_up, "the slot to be given up", 60)
    findings = look(collector, source=source)
    lost = findings.one("slot", "must_be_mended")
    assert "the server has invalidated it (idle_timeout)" in lost["found"]
    assert lost["remedy"]["advice"].startswith("First raise idle_replication_slot_timeout, or this happens again")
    still = findings.one("slot_limit", "warning")
    assert "is read by nobody" not in still["found"], "the slot is not about to be lost any more"
    with cluster.connect() as connection:
        carry_out(connection, still)
        carry_out(connection, lost)
    poll_until(lambda: look(collector, source=source).is_ok("slot_limit"), "the setting to count")
    made = cluster.query("SELECT inactive_since FROM pg_replication_slots")[0][0]
    poll_until(lambda: cluster.query("SELECT now() - %s > '1.5s'", (made,))[0][0], "more than the second that there was")
    cluster.execute("CHECKPOINT")
    assert look(collector, source=source).is_ok("slot")
