"""Decoding that is cut short in the middle of a change: cancelled, terminated, out of memory, in need of a missing library.

Whatever cuts it short: no server process dies, nothing is left behind in the backend, and the next reader of the slot
gets exactly the bytes that an undisturbed one gets.
"""

import contextlib
import hashlib
import random
import resource
import subprocess
import threading
import time

import msgpack
import psycopg
import pytest

from services.postgres import poll_until, run_as_server_user

from plugin_stream import INSERT, start_receiving

# In one transaction: many small rows, and between them rows that take long, of each kind that has a long walk.
FILL = """
CREATE TABLE small (id integer PRIMARY KEY, amount numeric, at timestamptz, tags text[]);
CREATE TABLE large (id integer, document jsonb, list numeric[], note text);
BEGIN;
INSERT INTO small SELECT n, n / 7.0, 'epoch'::timestamptz + n * interval '1 h', ARRAY['a', n::text, NULL] FROM generate_series(1, 4000) n;
INSERT INTO large SELECT 1, jsonb_object_agg(md5(n::text), jsonb_build_array(n, n / 3.0, md5(n::text))), NULL, NULL FROM generate_series(1, 10000) n;
INSERT INTO large SELECT 2, NULL, array_agg(n / 7.0), NULL FROM generate_series(1, 25000) n;
INSERT INTO large SELECT 3, NULL, NULL, string_agg(md5(n::text), '') FROM generate_series(1, 50000) n;
INSERT INTO small SELECT n, n / 7.0, NULL, NULL FROM generate_series(4001, 8000) n;
COMMIT;
"""
ROWS = 8003
PEEK = "SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)"


@pytest.fixture
def watched(database):
    """A database, with a slot behind which FILL waits; the server's log of the test is read at the end."""
    log_bytes = database.cluster.log.stat().st_size
    database.execute(f"ALTER DATABASE {database.name} SET logical_decoding_work_mem = '1MB'")  # much of it is spilled
    database.create_slot()
    with database.connect() as connection:
        connection.execute(FILL)
    yield database
    log = database.cluster.log.read_bytes()[log_bytes:]
    assert b"terminated by signal" not in log and b"PANIC" not in log, database.cluster.log_tail()


def digest(frames):
    whole = hashlib.sha256()
    for frame in frames:
        whole.update(frame)
    return whole.hexdigest()


def row_count(frames):
    # pg_recvlogical puts a newline, which is a number, after each frame
    return sum(record != 10 and record[0] == INSERT for frame in frames for record in unpacked(frame))


def unpacked(frame):
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=2**31 - 1, strict_map_key=False)
    unpacker.feed(frame)
    return unpacker


def peek(connection, slot):
    return [frame for (frame,) in connection.execute(PEEK, (slot,), binary=True)]


class Undisturbed:
    """What a reader gets that nobody disturbs, and how long it takes."""

    def __init__(self, database):
        with database.connect() as connection:
            started = time.monotonic()
            frames = peek(connection, database.slot)
            self.duration_ms = int((time.monotonic() - started) * 1000)
        assert row_count(frames) == ROWS
        self.digest = digest(frames)


def backend_memory_bytes(connection):
    # Twice: the first look fills caches itself.
    for _ in range(2):
        bytes_ = connection.execute("SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts").fetchone()[0]
    return bytes_


def test_a_cancelled_backend_keeps_nothing(watched):
    truth = Undisturbed(watched)
    chance = random.Random(1)
    cancelled = 0
    with watched.connect() as connection:
        has_view = connection.info.server_version >= 140000
        early_bytes = 0
        for attempt in range(100):
            connection.execute(f"SET statement_timeout = {chance.randint(1, max(2, truth.duration_ms))}")
            with contextlib.suppress(psycopg.errors.QueryCanceled):
                # Fetches nothing, so that all of the time is the decoding's.
                connection.execute("SELECT count(*) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)", (watched.slot,))
                cancelled -= 1
            cancelled += 1
            connection.execute("SET statement_timeout = 0")
            if attempt == 10 and has_view:
                early_bytes = backend_memory_bytes(connection)
        assert cancelled >= 30, f"only {cancelled} of 100 were cut short"
        if has_view:
            assert backend_memory_bytes(connection) < early_bytes + 256 * 1024
        assert connection.execute("SHOW datestyle").fetchone()[0] == "ISO, MDY"
        assert digest(peek(connection, watched.slot)) == truth.digest


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_signals_at_random_moments_leave_the_slot_as_it_was(watched, function):
    truth = Undisturbed(watched)
    chance = random.Random(2)
    disturbed = 0
    with watched.connect() as control:
        for _ in range(20):
            with contextlib.ExitStack() as stack:
                reader = watched.connect()
                stack.callback(reader.close)
                pid = reader.info.backend_pid
                reading = threading.Thread(target=read_until_disturbed, args=(reader, watched.slot))
                reading.start()
                poll_until(lambda: is_read_by(control, watched.slot, pid) or not reading.is_alive(), "the reader to read")
                moment = time.monotonic() + chance.random() * truth.duration_ms / 1000
                poll_until(lambda: time.monotonic() >= moment or not reading.is_alive(), "a random moment", interval_s=0.001)
                disturbed += control.execute(f"SELECT {function}(pid) FROM pg_stat_activity WHERE pid = %s AND state = 'active'", (pid,)).rowcount
                reading.join(30)
                assert not reading.is_alive(), f"{function} has not ended the reader"
            poll_until(lambda: not is_read_by(control, watched.slot), "the slot to be released")
        assert disturbed >= 5, f"only {disturbed} of 20 were disturbed"
        assert digest(peek(control, watched.slot)) == truth.digest


def is_read_by(control, slot, pid=None):
    reader = control.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (slot,)).fetchone()[0]
    return reader is not None and (pid is None or reader == pid)


def read_until_disturbed(connection, slot):
    with contextlib.suppress(psycopg.errors.QueryCanceled, psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)", (slot,))


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_walsender_stopped_in_the_middle_begins_anew(watched, function):
    with watched.connect() as control:
        end = control.execute("SELECT pg_current_wal_insert_lsn()::text").fetchone()[0]
        undisturbed = stream(watched, end)
        assert row_count([undisturbed]) == ROWS
        rewind(control, watched)
        chance = random.Random(3)
        for _ in range(20):
            # --fsync-interval 0 and a signal: the client confirms nothing of a transaction that it has not got the end of
            process = start_receiving(watched.cluster, watched.name, watched.slot, end=end, stdout=subprocess.PIPE, bufsize=0)
            wanted = chance.randrange(len(undisturbed) * 3 // 4)
            while wanted > 0 and (chunk := process.stdout.read(min(wanted, 65536))):
                wanted -= len(chunk)
            assert wanted <= 0, "the stream ended before anybody disturbed it"
            pid = control.execute("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", (watched.slot,)).fetchone()[0]
            assert pid is not None and control.execute(f"SELECT {function}(%s)", (pid,)).fetchone()[0]
            process.stdout.close()
            process.communicate(timeout=30)
            poll_until(lambda: not is_read_by(control, watched.slot), "the slot to be released")
        assert hashlib.sha256(stream(watched, end)).digest() == hashlib.sha256(undisturbed).digest()


def rewind(control, database):
    """A slot cannot go back: the one that has been read is replaced by the copy made before."""
    control.execute("SELECT pg_drop_replication_slot(%s)", (database.slot,))
    control.execute("SELECT pg_copy_logical_replication_slot(%s, %s)", (database.slot + "_kept", database.slot))


def stream(database, end):
    """All bytes up to end; a copy of the slot, as it was, is kept."""
    with database.connect() as control:
        kept = control.execute("SELECT count(*) FROM pg_replication_slots WHERE slot_name = %s", (database.slot + "_kept",)).fetchone()[0]
        if not kept:
            control.execute("SELECT pg_copy_logical_replication_slot(%s, %s)", (database.slot, database.slot + "_kept"))
    process = start_receiving(database.cluster, database.name, database.slot, end=end, stdout=subprocess.PIPE)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    return output


def test_out_of_memory_is_an_error_and_no_more(watched):
    """The memory that a backend may have is taken from it, more and less, and given back."""
    truth = Undisturbed(watched)
    errors = 0
    with watched.connect() as connection:
        pid = connection.info.backend_pid
        count = "SELECT count(*) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)"
        connection.execute(count, (watched.slot,))
        used_bytes = int(open(f"/proc/{pid}/statm").read().split()[0]) * resource.getpagesize()
        chance = random.Random(4)
        for _ in range(40):
            limit_memory(pid, used_bytes + chance.choice((0, 1, 2, 4, 8, 16)) * chance.randint(0, 1024) * 1024)
            try:
                connection.execute(count, (watched.slot,))
            except psycopg.errors.OutOfMemory:
                errors += 1
        assert errors >= 12, "memory hardly ever ran out"
        limit_memory(pid, "unlimited")
        assert digest(peek(connection, watched.slot)) == truth.digest


def limit_memory(pid, bytes_):
    """The soft limit, which the owner of a process may also raise; not even root may touch those of others everywhere."""
    process = run_as_server_user(["prlimit", f"--pid={pid}", f"--as={bytes_}:"], stderr=subprocess.PIPE)
    assert process.wait(10) == 0, process.stderr.read()
    process.stderr.close()


@pytest.fixture
def fragile(database, private_install):
    """A database with a type whose output function comes from a library, and hide(): without that library."""
    library = next(private_install.directory.rglob("hstore.so"))
    hidden = library.with_suffix(".away")
    database.execute("CREATE EXTENSION hstore")
    database.execute("CREATE TABLE pairs (id integer, value hstore); CREATE TABLE plain (id integer)")
    database.create_slot()

    @contextlib.contextmanager
    def hide():
        library.rename(hidden)
        try:
            yield
        finally:
            hidden.rename(library)

    database.hide = hide
    return database


def test_a_type_that_cannot_be_printed_stops_the_slot_only_until_it_can(fragile):
    fragile.execute("INSERT INTO plain VALUES (1)")
    fragile.execute("INSERT INTO pairs VALUES (1, 'a=>1'), (2, NULL)")
    fragile.execute("INSERT INTO plain VALUES (2)")
    with fragile.connect() as connection:
        with fragile.hide():
            for _ in range(5):
                with pytest.raises(psycopg.errors.UndefinedFile, match="hstore"):
                    peek(connection, fragile.slot)
                # what needs no such type goes on in the same backend
                assert connection.execute("SELECT count(*) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, 'tables', 'public.plain')",
                                          (fragile.slot,)).fetchone()[0] == 2
            process = start_receiving(fragile.cluster, fragile.name, fragile.slot, file="/dev/null")
            assert process.wait(30) != 0 and b"hstore" in process.stderr.read()
            process.stderr.close()
            poll_until(lambda: not is_read_by(connection, fragile.slot), "the slot to be released")
        frames = peek(connection, fragile.slot)
        rows = [record[-1] for frame in frames for record in unpacked(frame) if record[0] == INSERT]
        assert rows == [[1], [1, '"a"=>"1"'], [2, None], [2]]


def test_an_error_in_one_slot_is_no_matter_of_another(fragile):
    """Two slots with different options take turns in one backend, in one transaction that has an xid."""
    other = fragile.slot + "_other"
    fragile.create_slot(name=other)
    options = {fragile.slot: ["tables", "public.plain", "frame_bytes", "1024"], other: ["tables", "public.plain,public.pairs"]}

    def read(connection, slot):
        rows = connection.execute("SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, VARIADIC %s::text[])",
                                  (slot, options[slot])).fetchall()
        return [(record[0], record[-1]) for (frame,) in rows for record in unpacked(frame) if record[0] == INSERT]

    fragile.execute("INSERT INTO plain SELECT n FROM generate_series(1, 500) n")
    plain = [(INSERT, [n]) for n in range(1, 501)]
    with fragile.connect() as writer, fragile.connect(autocommit=False) as connection:
        connection.execute("CREATE TABLE gives_an_xid ()")
        for turn in range(1, 11):
            assert read(connection, fragile.slot) == plain
            if turn == 5:
                writer.execute("INSERT INTO pairs VALUES (1, 'a=>1')")
            if turn < 5:
                assert read(connection, other) == plain
            else:
                with fragile.hide(), pytest.raises(psycopg.errors.UndefinedFile), connection.transaction():
                    connection.execute("CREATE TABLE gives_a_subtransaction_an_xid ()")
                    read(connection, other)
            # an invalidation for both
            writer.execute(f"ALTER TABLE plain ADD COLUMN c{turn} integer; ALTER TABLE plain DROP COLUMN c{turn}")
        assert connection.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL").fetchone()[0]
        assert connection.execute("SHOW datestyle").fetchone()[0] == "ISO, MDY"
        assert read(connection, other) == plain + [(INSERT, [1, '"a"=>"1"'])]
        # read in a subtransaction that is taken back: what was read stays read, and is the same
        connection.execute("SAVEPOINT s")
        connection.execute("CREATE TABLE gives_an_xid_again ()")
        got = connection.execute("SELECT count(*) FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (fragile.slot,)).fetchone()[0]
        connection.execute("ROLLBACK TO SAVEPOINT s")
        assert got > 0
        connection.rollback()
        assert read(connection, other) == plain + [(INSERT, [1, '"a"=>"1"'])]
        connection.rollback()
