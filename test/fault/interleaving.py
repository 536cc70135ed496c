"""A random history of transactions, made by one thread over several connections, and the ledger of what it committed.

Everything is decided by the seed: which connection acts, what it does, in which order transactions end. Rows are written
by at most one open transaction at a time, so that nothing ever waits for a lock. The ledger is a list of transactions in
the order of their commits, each with the events that a sink must see: what was taken back (a savepoint, a transaction, a
prepared one) is not in it.
"""

import collections
import dataclasses
import random

import psycopg

CONNECTIONS = 3
SHARED = "shared"  # all write to it; the other tables belong to a connection each, which may change their columns
TABLES = (SHARED, *(f"own_{number}" for number in range(CONNECTIONS)))
CAPTURED = [f"public.{table}" for table in TABLES]
PREFIX = "interleaving"
NUMBERS_PER_SEED = 1_000_000  # ids, values and messages tell which history they are of


def create_tables(database):
    with database.connect() as connection:
        for table in TABLES:
            connection.execute(f"DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (id bigint PRIMARY KEY, n bigint NOT NULL, note text)")


@dataclasses.dataclass
class Committed:
    """events: (table, op, what is known of the row) in the order of the changes. end: a position at or after the commit's."""

    events: list
    end: int


class Overlay:
    """What an open transaction sees beyond what is committed; copied at each savepoint."""

    def __init__(self):
        self.events = []
        self.rows = {}  # (table, id) -> n, or None when it is deleted
        self.columns = {}  # table -> names

    def copy(self):
        other = Overlay()
        other.events, other.rows = list(self.events), dict(self.rows)
        other.columns = {table: list(names) for table, names in self.columns.items()}
        return other


class Transaction:
    def __init__(self, history, connection, number):
        self.history, self.connection, self.number = history, connection, number
        self.random = history.random
        self.seen = Overlay()
        self.savepoints = []
        connection.execute("BEGIN")

    # --- what may be done in it ------------------------------------------------------------------------------------

    def step(self):
        actions = ((self.insert, 5), (self.update, 6), (self.delete, 2), (self.rekey, 2), (self.copy, 2), (self.savepoint, 2),
                   (self.roll_back_to_savepoint, 2), (self.release, 1), (self.message, 1), (self.change_columns, 1))
        self.random.choices([action for action, _ in actions], [weight for _, weight in actions])[0]()

    def insert(self):
        table, row_id, n = self._table(), self.history.next_id(), self.history.next_n()
        self.connection.execute(f"INSERT INTO {table} (id, n, note) VALUES (%s, %s, %s)", (row_id, n, self._note()))
        self._put(table, "c", row_id, n)

    def update(self):
        table = self._table()
        for row_id in self._some_rows(table, 3):
            n = self.history.next_n()
            self.connection.execute(f"UPDATE {table} SET n = %s WHERE id = %s", (n, row_id))
            self._put(table, "u", row_id, n)

    def delete(self):
        table = self._table()
        for row_id in self._some_rows(table, 1):
            self.connection.execute(f"DELETE FROM {table} WHERE id = %s", (row_id,))
            self._put(table, "d", row_id, None)

    def rekey(self):
        """A changed key is the end of one row and the beginning of another."""
        table = self._table()
        for row_id in self._some_rows(table, 1):
            new_id, n = self.history.next_id(), self.history.next_n()
            self.connection.execute(f"UPDATE {table} SET id = %s, n = %s WHERE id = %s", (new_id, n, row_id))
            self._put(table, "d", row_id, None)
            self._put(table, "c", new_id, n)

    def copy(self):
        """Rows of one COPY share WAL records, and with them their LSN; now and then they fill several frames."""
        table = self._table()
        count = self.random.choices((5, 20, 150), (5, 4, 2))[0]
        rows = [(self.history.next_id(), self.history.next_n()) for _ in range(count)]
        with self.connection.cursor().copy(f"COPY {table} (id, n, note) FROM STDIN") as copy:
            for row_id, n in rows:
                copy.write_row((row_id, n, "copied"))
        for row_id, n in rows:
            self._put(table, "c", row_id, n)

    def savepoint(self):
        self.connection.execute(f"SAVEPOINT s{len(self.savepoints)}")
        self.savepoints.append(self.seen.copy())

    def roll_back_to_savepoint(self):
        if self.savepoints:
            level = self.random.randrange(len(self.savepoints))
            self.connection.execute(f"ROLLBACK TO SAVEPOINT s{level}")
            del self.savepoints[level + 1:]
            self.seen = self.savepoints[level].copy()

    def release(self):
        if self.savepoints:
            level = self.random.randrange(len(self.savepoints))
            self.connection.execute(f"RELEASE SAVEPOINT s{level}")
            del self.savepoints[level:]

    def message(self):
        if self.random.random() < 0.4:
            self.history.message_at_once(self.connection)
            return
        content = str(self.history.next_n())
        self.connection.execute("SELECT pg_logical_emit_message(true, %s, %s)", (PREFIX, content))
        self.seen.events.append((None, "m", content))

    def change_columns(self):
        """In the middle of the rows of the same transaction, and taken back with it."""
        table = TABLES[1 + self.number]
        if self.number in self.history.owners_with_prepared:
            return  # its table is locked by a prepared transaction
        names = self._columns(table)
        if len(names) > 3 and self.random.random() < 0.5:
            self.connection.execute(f"ALTER TABLE {table} DROP COLUMN {names[-1]}")
            self.seen.columns[table] = names[:-1]
        else:
            added = f"added_{self.history.next_n()}"
            self.connection.execute(f"ALTER TABLE {table} ADD COLUMN {added} integer DEFAULT 7")
            self.seen.columns[table] = [*names, added]

    # --- its end ---------------------------------------------------------------------------------------------------

    def commit(self):
        self.connection.execute("COMMIT")
        self.history.committed(self)

    def roll_back(self):
        self.connection.execute("ROLLBACK")

    def prepare(self):
        self.name = f"interleaving_{self.history.next_n()}"
        self.connection.execute(f"PREPARE TRANSACTION '{self.name}'")

    def _table(self):
        own = TABLES[1 + self.number]
        # What is prepared keeps its locks, and the next one of this connection must not wait for a change of columns.
        return SHARED if self.number in self.history.owners_with_prepared or self.random.random() < 0.4 else own

    def _note(self):
        # Now and then long enough to be stored out of line, so that updates leave it unchanged.
        return self.random.randbytes(3000).hex() if self.random.random() < 0.1 else "short"

    def _some_rows(self, table, count_max):
        known = [row_id for (its_table, row_id) in self.history.rows if its_table == table and (table, row_id) not in self.seen.rows
                 and self.history.may_write(self, (table, row_id))]
        known += [row_id for (its_table, row_id), n in self.seen.rows.items() if its_table == table and n is not None]
        return self.random.sample(known, min(len(known), self.random.randint(1, count_max)))

    def _columns(self, table):
        return list(self.seen.columns.get(table) or self.history.columns[table])

    def _put(self, table, op, row_id, n):
        self.history.writer_of[(table, row_id)] = self
        self.seen.rows[(table, row_id)] = n
        known = {"id": row_id} if op == "d" else {"id": row_id, "n": n, "columns": tuple(sorted(self._columns(table)))}
        self.seen.events.append((table, op, known))


class History:
    """The committed state, who may write what, and the ledger."""

    def __init__(self, database, seed):
        self.random = random.Random(seed)
        self.database = database
        self.connections = [database.connect() for _ in range(CONNECTIONS)]
        self.observer = database.connect()
        self.open = [None] * CONNECTIONS
        self.prepared = []
        self.rows = {}  # (table, id) -> n
        self.columns = {table: ["id", "n", "note"] for table in TABLES}
        self.writer_of = {}  # (table, id) -> the open or prepared transaction that has written it
        self.ledger = []
        self.numbers = seed * NUMBERS_PER_SEED

    def next_id(self):
        self.numbers += 1
        return self.numbers

    next_n = next_id

    @property
    def owners_with_prepared(self):
        return {transaction.number for transaction in self.prepared}

    def may_write(self, transaction, key):
        writer = self.writer_of.get(key)
        return writer in (None, transaction) or not self._is_alive(writer)

    def _is_alive(self, transaction):
        return transaction in self.open or transaction in self.prepared

    def step(self):
        """One action of one connection."""
        number = self.random.randrange(CONNECTIONS)
        transaction = self.open[number]
        if transaction is None:
            self._begin_something(number)
        elif self.random.random() < 0.25:
            self._end(number)
        else:
            transaction.step()

    def _begin_something(self, number):
        chance = self.random.random()
        if self.prepared and chance < 0.3:
            self._end_prepared(self.connections[number], self.prepared.pop(self.random.randrange(len(self.prepared))))
        elif chance < 0.4:
            self.message_at_once(self.connections[number])
        else:
            self.open[number] = Transaction(self, self.connections[number], number)

    def _end(self, number):
        transaction, self.open[number] = self.open[number], None
        ending = self.random.choices((transaction.commit, transaction.roll_back, transaction.prepare), (7, 2, 2))[0]
        ending()
        if ending == transaction.prepare:
            self.prepared.append(transaction)

    def _end_prepared(self, connection, transaction):
        if self.random.random() < 0.75:
            connection.execute(f"COMMIT PREPARED '{transaction.name}'")
            self.committed(transaction)
        else:
            connection.execute(f"ROLLBACK PREPARED '{transaction.name}'")

    def message_at_once(self, connection):
        """Of no transaction, wherever it is written: in its place by its LSN, before the transactions that are open now."""
        content = str(self.next_n())
        connection.execute("SELECT pg_logical_emit_message(false, %s, %s)", (PREFIX, content))
        self._note([(None, "m", content)])

    def wide_copy(self):
        """A transaction of its own that is more than a socket takes at once."""
        rows = [(self.next_id(), self.next_n(), self.random.randbytes(2000).hex()) for _ in range(160)]
        with self.observer.cursor().copy(f"COPY {SHARED} (id, n, note) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        self.rows.update({(SHARED, row_id): n for row_id, n, _ in rows[:3]})  # few that others may write: names are drawn from all of them
        columns = tuple(sorted(self.columns[SHARED]))
        self._note([(SHARED, "c", {"id": row_id, "n": n, "columns": columns}) for row_id, n, _ in rows])

    def committed(self, transaction):
        for key, n in transaction.seen.rows.items():
            if n is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = n
        self.columns.update(transaction.seen.columns)
        if transaction.seen.events:
            self._note(transaction.seen.events)

    def _note(self, events):
        position = self.observer.execute("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn").fetchone()[0]
        self.ledger.append(Committed(events, int(position)))

    def finish(self):
        """Ends all that is open. The last commit flushes the messages before it."""
        for number, transaction in enumerate(self.open):
            if transaction is not None:
                self._end(number)
        while self.prepared:
            self._end_prepared(self.connections[0], self.prepared.pop())
        last = self.open[0] = Transaction(self, self.connections[0], 0)
        last.insert()
        self.open[0] = None
        last.commit()

    def close(self):
        for connection in [*self.connections, self.observer]:
            try:
                connection.execute("ROLLBACK")
            except psycopg.Error:
                pass  # the test has failed already, and says why
            connection.close()
        leave_nothing_prepared(self.database)

    def expected(self):
        return [event for one in self.ledger for event in one.events]


def leave_nothing_prepared(database):
    with database.connect() as connection:
        for (name,) in connection.execute("SELECT gid FROM pg_prepared_xacts WHERE database = current_database()").fetchall():
            connection.execute(f"ROLLBACK PREPARED '{name}'")


def told(event):
    """An event of a sink in the ledger's words."""
    op = event["_op"]
    if op == "m":
        return None, op, event["data"]["content"]
    known = {"id": int(event["data"]["id"])}
    if op != "d":
        # A large note that did not change is left out of an update: the column was there all the same.
        known.update(n=int(event["data"]["n"]), columns=tuple(sorted({*event["data"], "note"})))
    return event["_table"], op, known


def by_key(events):
    keys = collections.defaultdict(list)
    for table, op, known in events:
        keys[(table, known["id"]) if op != "m" else ("message", known)].append((op, known))
    return keys
