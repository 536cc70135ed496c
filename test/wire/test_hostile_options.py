"""Options from whoever may start the slot: refused with an error that says what to do, in bounded time and memory, and the slot goes on.

What else a parser refuses is in sql/options.sql, selecting.sql, rows.sql, masks.sql, origin_choice.sql and publications.sql, and what no one thought
of is for the fuzzer (`make fuzz FUZZ=options`).
"""

import os
import socket
import struct

import psycopg
import pytest

# option -> one element that is right, what separates two of them, and texts whose quotes have no end. In the lists of words double quotes are
# characters like others.
OPTIONS = {
    "tables": ("a.b", ",", ['"a.b', 'a."b', 'a.b,"', '"a"".b']),
    "exclude_tables": ("a.b", ",", ['"a.b', 'a."b', 'a.b,"', '"a"".b']),
    "columns": ("a.b:c", ";", ['a.b: "c', '"a.b: c', 'a.b: c, "', "a.b: c; \""]),
    "exclude_columns": ("a.b:c", ";", ['a.b: "c', '"a.b: c', 'a.b: c, "', "a.b: c; \""]),
    "rows": ("a.b:c=1", ";", ["a.b: c = '", "a.b: c = 'x''", "a.b: \"c = 1", "a.b: c in ('x', 'y", "a.b: c = 1; \"a"]),
    "masks": ("a.b:c=hash", ";", ["a.b: c = redact('", "a.b: c = redact('x'')", "a.b: \"c = null", "a.b: c = null, \""]),
    "messages": ("a", ",", ["'", "'a", "a, 'b''", "''''' , 'a"]),
    "origin": ("a", ",", ["'", "'a", "a, 'b''", "none, '"]),
    "publications": ("a", ",", ['"', '"a', 'a, "b""', 'a, "']),
    "actions": ("insert", ",", ['"insert', "'insert", "insert, '", 'insert, "']),
}
OTHERS = ["frame_bytes", "generated_columns", "ddl", "update_columns", "streaming", "two_phase"]
HUGE_BYTES = 64 << 20
CPU_S_MAX = 2.0  # a text of 64 MiB is made and copied in it by the server
OWN_KIB_MAX = 16 * 1024  # what the parser may take above what the server takes for such a text
ERROR_BYTES_MAX = 1500

pytestmark = pytest.mark.every_server


@pytest.fixture
def slot(database):
    database.execute("CREATE TABLE t (id int)")
    database.create_slot()
    database.execute("INSERT INTO t VALUES (1)")
    return database


def attempt(database, name, value, *parameters):
    """name, value: SQL -> (the error or None, CPU seconds, peak KiB) of a backend of its own."""
    with database.connect() as connection:
        pid = connection.info.backend_pid
        error = None
        try:
            connection.execute(f"SELECT count(*) FROM pg_logical_slot_peek_binary_changes('{database.slot}', NULL, NULL, {name}, {value})", parameters or None)
        except psycopg.Error as caught:
            error = caught
        ticks = sum(map(int, open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[11:13]))
        peak = next(int(line.split()[1]) for line in open(f"/proc/{pid}/status") if line.startswith("VmHWM"))
        return error, ticks / os.sysconf("SC_CLK_TCK"), peak


def assert_refused(error, option, cpu_s=0.0):
    assert error is not None, f"{option}: accepted"
    assert error.sqlstate == "22023", error
    assert error.diag.message_primary == f'invalid value for option "{option}"'
    assert error.diag.message_hint, "nothing says what to do"
    assert len(str(error)) < ERROR_BYTES_MAX
    assert cpu_s < CPU_S_MAX


def assert_works(database):
    assert database.query(f"SELECT count(*) FROM pg_logical_slot_peek_binary_changes('{database.slot}', NULL, NULL)")[0][0] > 0


def test_every_option_is_here(slot):
    slot.execute("CREATE EXTENSION glassflow")
    assert {name for (name,) in slot.query("SELECT name FROM glassflow.options()")} == {*OPTIONS, *OTHERS}


def test_texts_of_64_mib(slot):
    def huge(element, separator):
        text = element + separator
        return f"left(repeat('{text}', {HUGE_BYTES // len(text)}) || repeat(' ', {len(text)}), {HUGE_BYTES})"

    _, _, server_kib = attempt(slot, "'nonsense'", huge("a.b", ","))
    for option, (element, separator, _) in OPTIONS.items():
        error, cpu_s, peak_kib = attempt(slot, f"'{option}'", huge(element, separator))
        assert_refused(error, option, cpu_s)
        assert error.diag.message_detail == f"It has {HUGE_BYTES} bytes; at most 1048576 are allowed."
        assert peak_kib < server_kib + OWN_KIB_MAX, option
    for option in OTHERS[:1]:
        error, cpu_s, peak_kib = attempt(slot, f"'{option}'", huge("on", " "))
        assert_refused(error, option, cpu_s)
        assert peak_kib < server_kib + OWN_KIB_MAX, option
    assert_works(slot)


def test_a_name_of_64_mib(slot):
    error, cpu_s, _ = attempt(slot, f"repeat('n', {HUGE_BYTES})", "'1'")
    assert error.sqlstate == "22023" and error.diag.message_primary.startswith('unknown option "nnn')
    assert len(str(error)) < ERROR_BYTES_MAX and cpu_s < CPU_S_MAX
    assert_works(slot)


@pytest.mark.parametrize("option", OPTIONS)
def test_100_000_elements(slot, option):
    element, separator, _ = OPTIONS[option]
    _, _, usual_kib = attempt(slot, f"'{option}'", f"'{element}'")
    error, cpu_s, peak_kib = attempt(slot, f"'{option}'", "%s", separator.join([element] * 100_000))
    assert_refused(error, option, cpu_s)
    assert peak_kib < usual_kib + OWN_KIB_MAX
    assert_works(slot)


@pytest.mark.parametrize("option", OPTIONS)
def test_deep_nesting(slot, option):
    element = OPTIONS[option][0]
    begin = element.partition(":")[0] + ": " if ":" in element else ""
    for text in ("(" * 1_000_000, "not " * 250_000, "not(" * 250_000, "c = redact(" * 90_000, "c in (" * 150_000):
        error, cpu_s, peak_kib = attempt(slot, f"'{option}'", "%s", begin + text)
        assert_refused(error, option, cpu_s)
    assert_works(slot)


@pytest.mark.parametrize("option", OPTIONS)
def test_quotes_without_their_end(slot, option):
    for text in OPTIONS[option][2]:
        error, _, _ = attempt(slot, f"'{option}'", "%s", text)
        assert_refused(error, option)
        assert error.diag.message_detail.startswith("At byte "), text
        # at the end of as much as may be looked at
        error, cpu_s, _ = attempt(slot, f"'{option}'", "%s", " " * (1024 * 1024 - len(text)) + text)
        assert_refused(error, option, cpu_s)
    assert_works(slot)


# --- what SQL does not let through, over the replication protocol -----------------------------------------------------

class RawWalsender:
    """The protocol, byte by byte: a client library would not send this."""

    def __init__(self, database):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(f"{database.cluster.sockets}/.s.PGSQL.{database.cluster.port}")
        parameters = ["user", "postgres", "database", database.name, "replication", "database", "client_encoding", "UTF8"]
        body = struct.pack("!i", 196608) + b"".join(one.encode() + b"\0" for one in parameters) + b"\0"
        self.socket.sendall(struct.pack("!i", len(body) + 4) + body)
        self.answer()

    def query(self, text):
        self.socket.sendall(b"Q" + struct.pack("!i", len(text) + 5) + text + b"\0")
        return self.answer()

    def answer(self):
        """The fields of its error, up to when it is ready again, streams, or is gone."""
        error = {}
        while True:
            kind = self.socket.recv(1)
            body = self.exactly(struct.unpack("!i", self.exactly(4))[0] - 4) if kind else b""
            if kind in (b"", b"Z", b"W"):
                return {**error, "end": kind}
            if kind == b"E":
                error = {field[:1].decode(): field[1:].decode(errors="replace") for field in body.split(b"\0") if field}

    def exactly(self, size):
        got = b""
        while len(got) < size:
            more = self.socket.recv(size - len(got))
            assert more, "the connection ended within a message"
            got += more
        return got


@pytest.mark.parametrize("option", OPTIONS)
def test_bytes_that_are_no_text(slot, option):
    element, separator, _ = (part.encode() if isinstance(part, str) else part for part in OPTIONS[option])
    start = f'START_REPLICATION SLOT {slot.slot} LOGICAL 0/0 ("{option}" \''.encode()
    walsender = RawWalsender(slot)
    for bad in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xc0\x80"):
        refused = walsender.query(start + element + separator + bad + b"')")
        assert refused["end"] == b"Z" and refused["C"] in ("22021", "22023"), refused
    # The server takes a zero byte for the end of the command, and what is behind it for a broken message.
    refused = RawWalsender(slot).query(start + element + b"\0" + element + b"')")
    assert refused["end"] != b"W" and "C" in refused, refused
    assert walsender.query(b"IDENTIFY_SYSTEM")["end"] == b"Z"
    assert_works(slot)


def test_64_mib_over_the_replication_protocol(slot):
    option = "rows"
    element, separator, _ = OPTIONS[option]
    value = separator.join([element] * (HUGE_BYTES // (len(element) + 1))).encode()
    walsender = RawWalsender(slot)
    refused = walsender.query(f'START_REPLICATION SLOT {slot.slot} LOGICAL 0/0 ("{option}" \''.encode() + value + b"')")
    assert refused["end"] == b"Z" and refused["C"] == "22023" and refused["D"].startswith(f"It has {len(value)} bytes"), refused
    assert walsender.query(b"IDENTIFY_SYSTEM") == {"end": b"Z"}
    assert_works(slot)
