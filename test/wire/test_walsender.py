"""The plugin in a walsender, where there is no transaction around the callbacks and no SQL function's caller."""

import subprocess
import time

import msgpack
import pytest

from frame_reader import FrameReader
from scenarios import SCENARIOS, run
from services.postgres import poll_until
from value_reader import Members

# What a walsender's client may set for its session and must not show in values.
FOREIGN_SETTINGS = ("-c datestyle=German -c timezone=Asia/Tokyo -c intervalstyle=sql_standard -c extra_float_digits=-5"
                    " -c bytea_output=escape -c search_path=nowhere -c quote_all_identifiers=on")


def receive(cluster, database, slot, options=(), settings="", end=None, timeout_s=60):
    """pg_recvlogical up to `end` -> (records, standard error, exit code)."""
    if end is None:
        with cluster.connect(database) as connection:
            connection.execute("SELECT pg_logical_emit_message(true, 'end', '')")
            end = connection.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()[0]
    command = [cluster.install.bindir / "pg_recvlogical", "--host", cluster.sockets, "--port", str(cluster.port), "--username", "postgres",
               "--dbname", f"dbname={database} options='{settings}'", "--slot", slot, "--start", "--no-loop", "--endpos", end,
               "--status-interval", "30", "--file", "-"]
    done = run_with(command, options, timeout_s)
    if b"syntax error" in done.stderr:  # older minors, 13.16 for one, leave the doubling of quotes to their caller
        done = run_with(command, [option.replace("'", "''") for option in options], timeout_s)
    unpacker = msgpack.Unpacker(raw=False, object_pairs_hook=Members, max_buffer_size=2**31 - 1)
    unpacker.feed(done.stdout)
    records, start = [], 0
    for record in unpacker:
        # pg_recvlogical ends each frame by a newline, which reads as the number 10; a record is an array.
        if record != 10:
            assert isinstance(record, list)
            records.append(Record(record))
            records[-1].data = done.stdout[start:unpacker.tell()]
        start = unpacker.tell()
    return records, done.stderr.decode(), done.returncode


def run_with(command, options, timeout_s):
    given = [word for option in options for word in ("-o", option)]
    return subprocess.run([*command, *given], stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s)


class Record(list):
    """A record, and the bytes that it came as."""


def read_all(records):
    reader = FrameReader()
    return [event for record in records for event in reader._read(record, record.data)]


@pytest.mark.parametrize("name", sorted(set(SCENARIOS) - {"not_utf8", "too_large"}))
def test_walsender_and_sql_functions_send_the_same(name, database):
    """Also with a client that has its own ideas of how dates look."""
    scenario = SCENARIOS[name]
    if not scenario.is_known_to(database.cluster):
        pytest.skip("the server is too old for it")
    frames = run(scenario, database.connect, database.slot)
    reader = FrameReader()
    expected = [event for frame in frames for event in reader.read(frame)]
    options = [f"{name}={value}" for name, value in scenario.options.items()]
    settings = FOREIGN_SETTINGS + (" -c logical_decoding_work_mem=64kB" if "streaming" in scenario.options else "")
    records, errors, code = receive(database.cluster, database.name, database.slot, options, settings)
    assert code == 0, errors
    events = read_all(records)
    assert events[:len(expected)] == expected
    assert [event["record"] for event in events[len(expected):]] == ["begin", "message", "commit"]  # the end marker's


def test_options_are_refused_with_their_names(database):
    database.create_slot()
    for option, message in {
        "tables": 'option "tables" has no value',
        "nonsense=1": 'unknown option "nonsense"',
        "frame_bytes=many": 'invalid value for option "frame_bytes"',
        "tables=orders": 'At byte 7: expected "." between schema and table',
    }.items():
        records, errors, code = receive(database.cluster, database.name, database.slot, [option], end="FFFFFFFF/0")
        assert code != 0 and records == []
        assert message in errors
        assert "HINT" in errors


def test_a_message_outside_a_transaction_is_sent_at_once(database):
    database.create_slot()
    database.query("SELECT pg_logical_emit_message(false, 'präfix', '\\x00ff'::bytea)")
    records, errors, code = receive(database.cluster, database.name, database.slot)
    assert code == 0, errors
    assert [record[3:] for record in records if record[0] == 8 and not record[2]] == [["präfix", b"\x00\xff"]]


def test_a_character_without_an_equivalent_does_not_stop_the_slot(cluster_factory):
    """0x81 is no character of WIN1252: the server stores it, and up to 13 it can only raise an ERROR when asked to convert it."""
    cluster = cluster_factory()
    cluster.execute("CREATE DATABASE win1252 TEMPLATE template0 ENCODING 'WIN1252' LC_COLLATE 'C' LC_CTYPE 'C'")
    with cluster.connect("win1252") as connection:
        connection.execute("CREATE TABLE t (id integer, name text)")
        connection.execute("SELECT pg_create_logical_replication_slot('s', 'glassflow')")
        connection.execute("INSERT INTO t VALUES (1, 'é'), (2, convert_from('\\x6181e9', 'WIN1252')), (3, 'ä')")
        connection.execute("ALTER TABLE t ADD COLUMN late text")  # needs the catalog again, after the undone conversion
        connection.execute("INSERT INTO t SELECT 4, convert_from('\\x81', 'WIN1252'), 'ü' FROM generate_series(1, 100)")
    records, errors, code = receive(cluster, "win1252", "s")
    assert code == 0, errors
    rows = [record[3] for record in records if record[0] == 4]
    assert rows == [[1, "é"], [2, b"a\x81\xe9"], [3, "ä"]] + [[4, b"\x81", "ü"]] * 100


def test_prepared_transactions_come_at_their_commit(cluster_factory):
    cluster = cluster_factory({"max_prepared_transactions": 2})
    with cluster.connect("postgres") as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY)")
        connection.execute("SELECT pg_create_logical_replication_slot('s', 'glassflow')")
        connection.execute("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'one'")
        connection.execute("BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'two'")
        connection.execute("INSERT INTO t VALUES (3)")
        connection.execute("COMMIT PREPARED 'two'")
        connection.execute("ROLLBACK PREPARED 'one'")
    records, errors, code = receive(cluster, "postgres", "s")
    assert code == 0, errors
    assert [record[3] for record in records if record[0] == 4] == [[3], [2]]
    assert sum(record[0] == 2 for record in records) == 3


def test_a_long_run_of_unwanted_rows_does_not_look_dead(cluster_factory):
    """Up to 15 the plugin itself must let the walsender answer its client, or the connection is cut after a timeout.

    Spilled in small pieces: the server answers nobody while it spills, whatever the plugin does. The first pass, which
    nothing cuts, tells how long it takes here and now; a client on a busy machine is slower to answer, too.
    """
    cluster = cluster_factory({"wal_sender_timeout": 0, "logical_decoding_work_mem": "2MB"})
    with cluster.connect("postgres") as connection:
        connection.execute("CREATE TABLE unwanted (id integer); CREATE TABLE wanted (id integer)")
        for slot in ("first", "second"):
            connection.execute("SELECT pg_create_logical_replication_slot(%s, 'glassflow')", (slot,))
        connection.execute("BEGIN; INSERT INTO unwanted SELECT generate_series(1, 1000000); INSERT INTO wanted VALUES (1); COMMIT")
    began = time.monotonic()
    for slot, timeout_ms in (("first", lambda: 0), ("second", lambda: max(200, int((time.monotonic() - began) * 1000 / 5)))):
        records, errors, code = receive(cluster, "postgres", slot, ["tables=public.wanted"], f"-c wal_sender_timeout={timeout_ms()}", timeout_s=300)
        assert code == 0, errors
        assert [record[3] for record in records if record[0] == 4] == [[1]]


def test_memory_does_not_grow_with_changes(cluster_factory):
    """A walsender's own memory after many rows and many changes of relations is what it was after some."""
    cluster = cluster_factory({"logical_decoding_work_mem": "1MB"})
    with cluster.connect("postgres") as connection:
        connection.execute("CREATE TABLE t (id integer, name text, n numeric, tags text[])")
        connection.execute("SELECT pg_create_logical_replication_slot('s', 'glassflow')")
        command = [cluster.install.bindir / "pg_recvlogical", "--host", cluster.sockets, "--port", str(cluster.port), "--username", "postgres",
                   "--dbname", "postgres", "--slot", "s", "--start", "--no-loop", "--status-interval", "1", "--fsync-interval", "1", "--file", "/dev/null"]
        receiver = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        try:
            def decode(row_count, alteration_count):
                """Unshared memory of the walsender, in kB, when it has sent that."""
                connection.execute(f"INSERT INTO t SELECT i, 'name ' || i, i, ARRAY['a', 'b'] FROM generate_series(1, {row_count}) i")
                for _ in range(alteration_count):
                    connection.execute("ALTER TABLE t ADD COLUMN extra integer; INSERT INTO t (id) VALUES (1); ALTER TABLE t DROP COLUMN extra")
                    connection.execute("CREATE TABLE passing (id integer PRIMARY KEY, name text); INSERT INTO passing VALUES (1); DROP TABLE passing")
                end = connection.execute("SELECT pg_current_wal_insert_lsn()").fetchone()[0]
                connection.execute("SELECT pg_logical_emit_message(true, 'end', '')")
                poll_until(lambda: receiver.poll() is None and connection.execute(
                    "SELECT confirmed_flush_lsn > %s FROM pg_replication_slots", (end,)).fetchone()[0], "the walsender to have sent it all", 120)
                pid = connection.execute("SELECT active_pid FROM pg_replication_slots").fetchone()[0]
                with open(f"/proc/{pid}/status") as status:
                    return int(status.read().split("RssAnon:")[1].split()[0])

            some_kb = decode(100000, 100)
            many_kb = decode(500000, 400)
        finally:
            receiver.terminate()
            receiver.wait()
    assert many_kb < some_kb + 4000, f"{some_kb} kB after some changes, {many_kb} kB after many"
