"""Writes interleaved transactions from several connections, and judges what arrived against what was committed.

The ground truth is in the database itself: a trigger notes every change of `items` in `audit`, in the same transaction,
so whatever was rolled back (a savepoint, a transaction, a crash) is gone from both. Each change of a row raises its
counter under the row's lock, so the audit's order per key is the order in which a sink must have seen it.
"""

import collections
import itertools
import json
import random
import threading

import psycopg

SCHEMA = """
CREATE SEQUENCE counter_seq;
CREATE TABLE items (id bigint PRIMARY KEY, counter bigint NOT NULL DEFAULT nextval('counter_seq'), note text);
CREATE TABLE audit (seq bigserial PRIMARY KEY, op text NOT NULL, id bigint NOT NULL, counter bigint);
CREATE FUNCTION note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO audit (op, id, counter) VALUES ('c', NEW.id, NEW.counter);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO audit (op, id) VALUES ('d', OLD.id);
    ELSIF OLD.id <> NEW.id THEN  -- a changed key is the end of one row and the beginning of another
        INSERT INTO audit (op, id) VALUES ('d', OLD.id);
        INSERT INTO audit (op, id, counter) VALUES ('c', NEW.id, NEW.counter);
    ELSE
        INSERT INTO audit (op, id, counter) VALUES ('u', NEW.id, NEW.counter);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON items FOR EACH ROW EXECUTE FUNCTION note_change();
"""
HOT_IDS = range(1, 9)  # rows that all writers update
TABLES = ["public.items"]


class Aborted(Exception):
    """The writer takes its transaction back, on purpose."""


class Writer(threading.Thread):
    """Two connections whose transactions overlap in every order; goes on after errors and lost connections."""

    def __init__(self, number, connect, seed):
        super().__init__(daemon=True)
        self.random = random.Random(seed)
        self.ids = itertools.count(number * 1_000_000_000)
        self.connect = connect
        self.stopping = threading.Event()
        self.live = [[], []]  # ids that each connection may update, known to be committed
        self.failure = None

    def run(self):
        try:
            while not self.stopping.is_set():
                try:
                    with self.connect() as first, self.connect() as second:
                        while not self.stopping.is_set():
                            self.overlap((first, second))
                except psycopg.OperationalError:
                    self.stopping.wait(0.05)  # the server is away; what is committed is for the audit to tell
        except Exception as error:  # noqa: BLE001 - told by Load.stop(), or it would be lost with the thread
            self.failure = error

    def overlap(self, connections):
        """begin A, begin B, then commit in either order."""
        transactions = [Transaction(self, connection, index) for index, connection in enumerate(connections)]
        if self.random.random() < 0.5:
            transactions.reverse()
        for transaction in transactions:
            transaction.begin()
        for _ in range(self.random.randint(1, 4)):
            self.random.choice(transactions).step()
        if self.random.random() < 0.5:
            transactions.reverse()
        for transaction in transactions:
            transaction.end()

    def stop(self):
        self.stopping.set()


class Transaction:
    def __init__(self, writer, connection, index):
        self.writer, self.connection = writer, connection
        self.random = writer.random
        self.committed = writer.live[index]
        self.live = list(self.committed)
        self.is_aborted = False

    def begin(self):
        self.connection.execute("BEGIN")
        self.connection.execute("SET LOCAL lock_timeout = '100ms'")

    def step(self):
        if self.is_aborted:
            return
        try:
            with_savepoint = self.random.random() < 0.3
            kept = list(self.live)
            if with_savepoint:
                self.connection.execute("SAVEPOINT s")
            for _ in range(self.random.randint(1, 3)):
                self.random.choices((self.insert, self.update, self.delete, self.copy, self.rekey, self.touch_hot), (4, 6, 2, 1, 1, 2))[0]()
            if with_savepoint and self.random.random() < 0.5:
                self.connection.execute("ROLLBACK TO SAVEPOINT s")
                self.live = kept
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            self.is_aborted = True  # the other connection holds a hot row

    def end(self):
        if self.is_aborted or self.random.random() < 0.1:
            self.connection.execute("ROLLBACK")
            return
        self.connection.execute("COMMIT")
        self.committed[:] = self.live[-200:]

    def note(self):
        # Now and then long enough to be stored out of line, so that updates leave it unchanged.
        return self.random.randbytes(3000).hex() if self.random.random() < 0.03 else f"n{self.random.random()}"

    def insert(self):
        row_id = next(self.writer.ids)
        self.connection.execute("INSERT INTO items (id, note) VALUES (%s, %s)", (row_id, self.note()))
        self.live.append(row_id)

    def update(self):
        if self.live:
            statement = "UPDATE items SET counter = nextval('counter_seq') WHERE id = ANY(%s)"
            self.connection.execute(statement, (self.random.sample(self.live, min(len(self.live), 3)),))

    def delete(self):
        if self.live:
            row_id = self.live.pop(self.random.randrange(len(self.live)))
            self.connection.execute("DELETE FROM items WHERE id = %s", (row_id,))

    def rekey(self):
        if self.live:
            position = self.random.randrange(len(self.live))
            new_id = next(self.writer.ids)
            self.connection.execute(
                "UPDATE items SET id = %s, counter = nextval('counter_seq') WHERE id = %s", (new_id, self.live[position]))
            self.live[position] = new_id

    def copy(self):
        """Rows of one COPY share WAL records, and with them their LSN; now and then they fill several frames."""
        ids = [next(self.writer.ids) for _ in range(self.random.choices((5, 40, 2000), (20, 20, 1))[0])]
        with self.connection.cursor().copy("COPY items (id, note) FROM STDIN") as copy:
            for row_id in ids:
                copy.write_row((row_id, "copied"))
        self.live += ids[:20]

    def touch_hot(self):
        self.connection.execute("UPDATE items SET counter = nextval('counter_seq') WHERE id = %s", (self.random.choice(HOT_IDS),))


class Load:
    """Several writers at once, until stopped."""

    def __init__(self, database, writers=3, seed=1):
        self.database = database
        self.writers = [Writer(number, database.connect, seed * 100 + number) for number in range(1, writers + 1)]

    def __enter__(self):
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, *_):
        for writer in self.writers:
            writer.stop()
        for writer in self.writers:
            writer.join(60)
            assert not writer.is_alive(), "a writer hangs"
            if writer.failure is not None:
                raise writer.failure


def prepare(database):
    database.execute(SCHEMA)


def insert_hot_rows(database):
    """After the slot exists, or their first event would not be in the stream."""
    database.execute("INSERT INTO items (id, note) SELECT unnest(%s::bigint[]), 'hot'", (list(HOT_IDS),))


def committed_changes(database):
    """key -> [(op, counter), ...] in the order in which they happened."""
    truth = collections.defaultdict(list)
    for op, row_id, counter in database.query("SELECT op, id, counter FROM audit ORDER BY seq"):
        truth[row_id].append((op, counter))
    return truth


class Verdict:
    """What arrived in one sink, compared with what was committed."""

    def __init__(self, name, events, truth):
        self.name = name
        self.contents = {}
        self.duplicates = 0
        self.problems = []
        first_seen = []
        for event in events:
            content = json.dumps(event, sort_keys=True)
            known = self.contents.setdefault(event["_event_id"], content)
            if known is content:
                first_seen.append(event)
                continue
            self.duplicates += 1
            if known != content:
                self.problems.append(f"{event['_event_id']} has two contents: {known} and {content}")
        self.first_seen = first_seen
        self._compare(truth)

    def _compare(self, truth):
        arrived = collections.defaultdict(list)
        for event in self.first_seen:
            counter = event["data"].get("counter")
            arrived[int(event["data"]["id"])].append((event["_op"], int(counter) if event["_op"] != "d" else None))
        for key in truth.keys() | arrived.keys():
            if arrived.get(key) == truth.get(key):
                continue
            missing = collections.Counter(truth.get(key, [])) - collections.Counter(arrived.get(key, []))
            surplus = collections.Counter(arrived.get(key, [])) - collections.Counter(truth.get(key, []))
            what = f"missing {dict(missing)}" if missing else f"not committed {dict(surplus)}" if surplus else "out of order"
            self.problems.append(f"key {key}: {what}")

    def transactions_are_contiguous(self):
        """Only where the whole sink is in order: the first deliveries of a transaction stand together."""
        runs = [xid for xid, _ in itertools.groupby(event["_xid"] for event in self.first_seen)]
        return len(runs) == len(set(runs))

    def assert_sound(self):
        shown = "\n  ".join(self.problems[:20])
        assert not self.problems, f"sink {self.name}: {len(self.problems)} problems, {self.duplicates} duplicates:\n  {shown}"
