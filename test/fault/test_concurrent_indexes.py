"""CREATE, DROP and REINDEX INDEX CONCURRENTLY beside open transactions: the slot goes on, and keys are what they were.

Such a statement commits several times and waits in between for transactions that have the table open. These are decoded
later than their rows were written, when the server's idea of the table's indexes may already be that of a later change.
"""

import itertools
import threading

import pytest

from plugin_stream import Change, receive_by_sql, receive_by_walsender
from services.postgres import poll_until

STEPS_MAX = 20


class Statement(threading.Thread):
    """One that waits for transactions, in a session of its own."""

    def __init__(self, database, text):
        super().__init__(daemon=True)
        self.connection = database.connect()
        self.pid = self.connection.info.backend_pid
        self.text = text
        self.error = None

    def run(self):
        try:
            self.connection.execute(self.text)
        except Exception as error:  # told where the thread is joined
            self.error = error

    def finish(self):
        self.join(timeout=60)
        assert not self.is_alive(), f"{self.text} did not end"
        self.connection.close()
        assert self.error is None, self.error


class Transaction:
    """Writes a row, changes its key, changes something else, deletes it. changes: what must be decoded of it.

    The first half before, the second after whatever comes between. With plans made once, so that the second half need
    not look at the catalog, and may log rows by an index that is going away.
    """

    def __init__(self, database, number, key):
        self.connection = database.connect()
        self.pid = self.connection.info.backend_pid
        self.row = {"id": number, "region": "eu", "code": f"c{number}", "mood": "calm", "note": None}
        self.key = key
        self.changes = []

    def begin(self):
        self.connection.execute("SET plan_cache_mode = force_generic_plan")
        self.connection.execute("BEGIN")
        self.connection.execute("INSERT INTO items (id, region, code) VALUES (%(id)s, %(region)s, %(code)s)", self.row)
        self._expect("insert", dict(self.row), None)
        self._update(note="kept its key early")
        self._update(id=self.row["id"] + 1_000_000, code="early " + self.row["code"])
        return self

    def insert(self):
        """Nothing else, in one go: looks at the table's indexes but not at what is in them."""
        self.connection.execute("INSERT INTO items (id, region, code) VALUES (%(id)s, %(region)s, %(code)s)", self.row)
        self.connection.close()
        self._expect("insert", dict(self.row), None)
        return self.changes

    def commit(self):
        self._update(id=self.row["id"] + 1_000_000, code="late " + self.row["code"])
        self._update(note="kept its key")
        self.connection.execute("DELETE FROM items WHERE id = %(id)s", self.row)
        self._expect("delete", None, self._known(self.row))
        self.connection.execute("COMMIT")
        self.connection.close()
        return self.changes

    def _update(self, **values):
        before = dict(self.row)
        self.row.update(values)
        self.connection.execute("UPDATE items SET id = %(id)s, code = %(code)s, note = %(note)s WHERE id = %(old)s", {**self.row, "old": before["id"]}, prepare=True)
        key_is_kept = all(before[name] == self.row[name] for name in self.key)
        self._expect("update", dict(self.row), None if key_is_kept else self._known(before))

    def _known(self, row):
        return {name: row[name] for name in self.key}

    def _expect(self, action, new, old):
        self.changes.append(Change("items", action, new, old))


def prepare(database, identity):
    database.execute("""
        CREATE TYPE mood AS ENUM ('calm');
        CREATE TABLE items (id integer PRIMARY KEY, region text NOT NULL, code text NOT NULL, mood mood NOT NULL DEFAULT 'calm', note text);
        CREATE UNIQUE INDEX items_code ON items (code, region);
        CREATE INDEX items_note ON items (note)""")
    if identity == "index":
        database.execute("ALTER TABLE items REPLICA IDENTITY USING INDEX items_code")
    database.create_slot()


def race(database, text, key):
    """Runs the statement with a transaction open over each of its steps -> the changes, in the order of the commits."""
    changes = []
    numbers = itertools.count(100_000)  # one type of parameter, one plan
    open_one = Transaction(database, next(numbers), key).begin()
    statement = Statement(database, text)
    statement.start()
    with database.connect() as connection:
        for step in range(STEPS_MAX):
            poll_until(lambda: not statement.is_alive() or connection.execute(
                "SELECT %s = ANY (pg_blocking_pids(%s))", (open_one.pid, statement.pid)).fetchone()[0], f"{text} to wait for {open_one.pid}")
            # Committed, and so decoded, before the open one. Then the indexes and the plan of the table, not the table
            # itself, are forgotten: they are looked up again when the open one is decoded, where some do not exist yet.
            changes += Transaction(database, next(numbers), key).insert() if step % 2 == 0 else Transaction(database, next(numbers), key).begin().commit()
            connection.execute("UPDATE pg_class SET reltuples = reltuples WHERE oid IN (SELECT indexrelid FROM pg_index WHERE indrelid = 'items'::regclass)")
            connection.execute(f"ALTER TYPE mood ADD VALUE 'mood {step}'")
            following = Transaction(database, next(numbers), key).begin()
            changes += open_one.commit()
            open_one = following
            if not statement.is_alive():
                break
    statement.finish()
    assert step > 0, "the statement waited for nobody: there was no race"
    return changes + open_one.commit()


CASES = {
    "create": ("default", "CREATE INDEX CONCURRENTLY ON items (mood)"),
    "create unique": ("index", "CREATE UNIQUE INDEX CONCURRENTLY ON items (id, note)"),
    "drop another": ("index", "DROP INDEX CONCURRENTLY items_note"),
    "reindex another": ("default", "REINDEX INDEX CONCURRENTLY items_note"),
    "reindex primary key": ("default", "REINDEX INDEX CONCURRENTLY items_pkey"),
    "reindex identity": ("index", "REINDEX INDEX CONCURRENTLY items_code"),
    "reindex table": ("default", "REINDEX TABLE CONCURRENTLY items"),
    "reindex table with identity": ("index", "REINDEX TABLE CONCURRENTLY items"),
}
KEYS = {"default": ["id"], "index": ["code", "region"]}


@pytest.mark.parametrize("name", CASES)
def test_keys_are_carried_through(name, database):
    identity, text = CASES[name]
    prepare(database, identity)
    changes = race(database, text, KEYS[identity])
    for receiver in (receive_by_sql(database, database.slot), receive_by_walsender(database, database.slot)):
        assert receiver.changes == changes


def test_dropping_the_identity_gives_no_wrong_key(database):
    """From then on the primary key is the key; a row that was still logged by the old one has no old row."""
    prepare(database, "index")
    changes = race(database, "DROP INDEX CONCURRENTLY items_code", KEYS["index"])
    for receiver in (receive_by_sql(database, database.slot), receive_by_walsender(database, database.slot)):
        assert [(one.action, one.new) for one in receiver.changes] == [(one.action, one.new) for one in changes]
        unknown = [one for one, wanted in zip(receiver.changes, changes) if one.old != wanted.old]
        assert all(one.old is None for one in unknown)
        assert 0 < len(unknown) < len([one for one in changes if one.old])
