"""What the plugin sends, read record by record, and a walsender that can be asked what it costs.

Rows come by names: Change(table, action, new, old), where old holds the columns that are known of the old row.
"""

import contextlib
import dataclasses
import pathlib
import subprocess

import msgpack

from services.postgres import poll_until

SESSION, RELATION, BEGIN, COMMIT, INSERT, UPDATE, DELETE, TRUNCATE, MESSAGE = range(9)


@dataclasses.dataclass(frozen=True)
class Change:
    table: str
    action: str
    new: dict | None
    old: dict | None


class Receiver:
    """Takes records as docs/wire_format.md says a receiver must; keeps the changes and how often each table was described."""

    def __init__(self):
        self.changes = []
        self.descriptions = {}  # table -> how often
        self.relations = {}

    def take(self, record):
        tag = record[0]
        if tag == SESSION:
            self.relations = {}
        elif tag == RELATION:
            relation_id, _, _, table, identity, columns, key = record[1:8]
            names = [column[0] for column in columns]
            self.relations[relation_id] = (table, names, names if identity == "f" else [names[position] for position in key])
            self.descriptions[table] = self.descriptions.get(table, 0) + 1
        elif tag in (INSERT, UPDATE, DELETE):
            table, names, old_names = self.relations[record[1]]
            new = None if tag == DELETE else self._named(names, record[3])
            old = None if tag == INSERT or record[-1] is None else self._named(old_names, record[-1])
            self.changes.append(Change(table, {INSERT: "insert", UPDATE: "update", DELETE: "delete"}[tag], new, old))

    @staticmethod
    def _named(names, values):
        assert len(names) == len(values), f"{values!r} for columns {names}"
        return dict(zip(names, values))


def receive_by_sql(database, slot):
    """Peeks at all that the slot has."""
    receiver = Receiver()
    for (frame,) in database.query("SELECT data FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL)", (slot,)):
        unpacker = msgpack.Unpacker(raw=False)
        unpacker.feed(frame)
        for record in unpacker:
            receiver.take(record)
    return receiver


def start_receiving(cluster, database_name, slot, options=(), end=None, file="-", fsync_interval_s=0, **process_options):
    """Without an interval nothing is confirmed before the end."""
    command = [cluster.install.bindir / "pg_recvlogical", "--host", cluster.sockets, "--port", str(cluster.port), "--username", "postgres",
               "--dbname", database_name, "--slot", slot, "--start", "--no-loop", "--fsync-interval", str(fsync_interval_s), "--status-interval", str(fsync_interval_s or 10), "--file", file]
    for option in options:
        command += ["-o", option]
    if end is not None:
        command += ["--endpos", end]
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, **process_options)


def receive_by_walsender(database, slot, receiver=None):
    """All there is now, confirmed. Into a new Receiver, or into receiver."""
    database.query("SELECT pg_logical_emit_message(true, 'end', '')")
    end = database.query("SELECT pg_current_wal_insert_lsn()::text")[0][0]
    process = start_receiving(database.cluster, database.name, slot, end=end, stdout=subprocess.PIPE)
    output, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    receiver = receiver or Receiver()
    unpacker = msgpack.Unpacker(raw=False, max_buffer_size=2**31 - 1)
    unpacker.feed(output)
    for record in unpacker:
        if record != 10:  # the newline after each frame
            receiver.take(record)
    return receiver


class Walsender:
    """One that streams to /dev/null: what it has used of CPU and memory when it has sent all there was."""

    def __init__(self, cluster, database_name, slot, options=(), fsync_interval_s=0):
        self.connection = cluster.connect(database_name)
        self.slot = slot
        self.receiver = start_receiving(cluster, database_name, slot, options, file="/dev/null", fsync_interval_s=fsync_interval_s)
        self.pid = poll_until(lambda: self._ask("SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s", slot), "the walsender")

    def _ask(self, query, *parameters):
        row = self.connection.execute(query, parameters).fetchone()
        return row and row[0]

    def wait_until_sent(self, lsn, timeout_s=300):
        def has_sent():
            assert self.receiver.poll() is None, self.receiver.stderr.read().decode(errors="replace")
            return self._ask("SELECT sent_lsn > %s FROM pg_stat_replication WHERE pid = %s", lsn, self.pid)

        poll_until(has_sent, f"slot {self.slot} to send all", timeout_s)

    def cpu_s(self):
        """In nanoseconds where the kernel tells (it may not), else in clock ticks."""
        with contextlib.suppress(FileNotFoundError):
            return int(pathlib.Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def own_memory_kb(self):
        return int(pathlib.Path(f"/proc/{self.pid}/status").read_text().split("RssAnon:")[1].split()[0])

    def close(self):
        self.receiver.terminate()
        self.receiver.wait()
        self.receiver.stderr.close()
        self.connection.close()
