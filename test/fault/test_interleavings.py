"""Random histories and random faults against a ledger of what was committed: whatever comes together, nothing is lost.

Each seed is a history (interleaving.py) read through frames of 1 KiB into a file and into an HTTP API that hangs now and
then, while the collector is killed and its walsender ended at moments of the seed's choosing. A failure prints its seed;
GLASSFLOW_SEED=N runs that one alone, GLASSFLOW_SEED=N-M these. Fifty seeds in `make test`, a thousand in `make test-soak`.
"""

import collections
import dataclasses
import json
import os
import random
import shutil
import signal

import pytest

from checkpoints import path_of, position, wait_released
from conftest import REPLICATOR, Database, add_log
from interleaving import CAPTURED, NUMBERS_PER_SEED, History, by_key, create_tables, told
from services.collector import Collector, Sandbox, file_sink, glassflow_sink, read_events
from services.postgres import PostgresCluster, make_directory, poll_until

SOAK = os.environ.get("GLASSFLOW_SOAK") == "1"
FIRST_SEED, _, LAST_SEED = (os.environ.get("GLASSFLOW_SEED") or ("1-1000" if SOAK else "1-50")).partition("-")
SEEDS = range(int(FIRST_SEED), int(LAST_SEED or FIRST_SEED) + 1)
STEPS = 60
TIMEOUT_S = 120

duplicates_seen = {}  # seed -> how many in its file
api_offsets = []  # how many events the API had after each history


@dataclasses.dataclass
class Start:
    """A start of the collector: how many events the file had then, and which transactions were confirmed for good."""

    events_before: int
    confirmed: int


@pytest.fixture(scope="module")
def shared(private_install):
    """One server, one database and one API for all seeds."""
    cluster = PostgresCluster(make_directory("glassflow-pg-"), private_install, {"max_prepared_transactions": 20}).create().start()
    cluster.create_role(REPLICATOR)
    sandbox = Sandbox(make_directory("glassflow-api-"))
    start_api(sandbox)
    yield Database(cluster).create(), sandbox
    sandbox.close()
    shutil.rmtree(sandbox.directory, ignore_errors=True)
    cluster.remove()


def start_api(sandbox):
    sandbox.start().wait_ready()
    hang_now_and_then(sandbox)
    api_offsets[:] = [0]


def hang_now_and_then(sandbox):
    sandbox.misbehave(hang_ms=20, probability=0.15, count=-1)


@pytest.fixture
def run_of(shared, collector_binary, tmp_path, request):
    """run_of(seed) -> a Run; what it leaves behind is cleared for the next seed."""
    database, sandbox = shared
    add_log(request, "server log", database.cluster.log_tail)
    made = []

    def make(seed):
        made.append(Run(seed, database, sandbox, tmp_path, collector_binary))
        add_log(request, "log of the collector", made[-1].one.tail)
        return made[-1]

    yield make
    for run in made:
        run.close()


class Run:
    """One history with its collector; the faults come between its steps."""

    def __init__(self, seed, database, sandbox, directory, binary):
        self.chance = random.Random(f"faults of {seed}")
        self.seed, self.database, self.sandbox, self.path = seed, database, sandbox, directory / "events.jsonl"
        create_tables(database)
        if api_offsets[-1] > 20_000:  # it keeps all of them in memory
            sandbox.kill()
            start_api(sandbox)
        self.api_offset = api_offsets[-1]
        source = {**database.source(), "tables": CAPTURED, "frame_bytes": "1KiB", "status_interval": "100ms",
                  "reconnect_initial": "10ms", "reconnect_max": "100ms"}
        sinks = [file_sink(self.path), glassflow_sink(sandbox, retry_initial="10ms", retry_max="50ms")]
        self.one = Collector(directory / "collector", {"source": source, "sinks": sinks}, binary=binary)
        self.starts = []
        self.start()
        self.one.wait_ready(TIMEOUT_S)
        self.history = History(database, seed)

    def close(self):
        self.one.close()
        self.history.close()
        wait_released(self.database)
        self.database.query("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s", (self.database.slot,))

    def go_through(self):
        moments = set(self.chance.sample(range(STEPS), self.chance.randint(2, 4)))
        for step in range(STEPS):
            self.history.step()
            if step in moments:
                faults = (self.kill, self.kill_with_a_backlog, self.kill_with_answers_held, self.end_walsender, self.cut_off)
                self.chance.choices(faults, (3, 4, 2, 2, 2))[0]()
        self.history.finish()
        if self.chance.random() < 0.5:
            self.kill()
        end = self.database.wal_position()
        self.one.wait_for(lambda: (self.database.confirmed_position() or 0) >= end, "everything is confirmed", TIMEOUT_S)
        assert self.one.stop(TIMEOUT_S) == 0, self.one.tail()

    # --- faults ----------------------------------------------------------------------------------------------------

    def kill(self):
        """Right after the last step, or some events later."""
        self.wait_for_some()
        self.one.kill()
        self.start()

    def kill_with_a_backlog(self):
        """More is written while nobody reads; then it is killed again somewhere in it."""
        self.one.kill()
        for _ in range(self.chance.randint(3, 15)):
            self.history.step()
        self.start()
        self.kill()

    def kill_with_answers_held(self):
        """The file has everything and the API has answered to nothing of it; the server has told how far its WAL goes."""
        self.one.wait_ready(TIMEOUT_S)
        self.sandbox.misbehave(hang_ms=10_000, count=-1)
        self.history.step()
        wanted = len(self.history.expected())
        poll_until(lambda: self.lines() >= wanted or not self.one.is_running(), f"{wanted} events in the file", TIMEOUT_S)
        end = int(self.database.query("SELECT pg_current_wal_flush_lsn() - '0/0'")[0][0])
        self.one.wait_for(lambda: self.one.status()["server_lsn_bytes"] >= end, "the server has told its position", TIMEOUT_S)
        self.one.kill()
        hang_now_and_then(self.sandbox)
        self.start()

    def end_walsender(self):
        """Between transactions, most of the time."""
        self.wait_for_some()
        self.terminate_walsender()

    def cut_off(self):
        """In the middle of a transaction that has been taken in part: the process goes on and must know how far it was."""
        self.one.process.send_signal(signal.SIGSTOP)
        self.history.wide_copy()
        sent = "SELECT wait_event FROM pg_stat_activity WHERE pid = (SELECT active_pid FROM pg_replication_slots WHERE slot_name = %s)"
        # Or to say farewell: one that an earlier fault ended may have begun this transaction before it noticed.
        waits = ([("WalSenderWriteData",)], [("ClientWrite",)], [])
        poll_until(lambda: self.database.query(sent, (self.database.slot,)) in waits, "the walsender to wait for us", TIMEOUT_S)
        self.terminate_walsender()  # it goes as soon as it can say so to us
        self.one.process.send_signal(signal.SIGCONT)

    def terminate_walsender(self):
        self.database.query("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = %s AND active", (self.database.slot,))

    def wait_for_some(self):
        present = self.lines()
        missing = max(0, len(self.history.expected()) - present)
        wanted = present + int(self.chance.random() * missing / 2)  # one number, or what follows would hang on the time
        poll_until(lambda: self.lines() >= wanted or not self.one.is_running(), f"{wanted} events in the file", TIMEOUT_S, 0.001)
        assert self.one.is_running(), self.one.tail()

    def start(self):
        wait_released(self.database)
        has_checkpoint = path_of(self.one, self.database).exists()
        self.starts.append(Start(self.lines(), position(self.one, self.database) if has_checkpoint else 0))
        self.one.start()

    def lines(self):
        return self.path.read_bytes().count(b"\n") if self.path.exists() else 0

    def api_events(self):
        """Of this history alone: an answer that hung may be late, from the one before."""
        events = self.sandbox.events(self.api_offset)
        api_offsets.append(self.api_offset + len(events))
        return [event for event in events if number_of(event) // NUMBERS_PER_SEED == self.seed]


def number_of(event):
    return int(event["data"]["content"] if event["_op"] == "m" else event["data"]["id"])


# --- the verdict -------------------------------------------------------------------------------------------------------

def first_deliveries(events, problems):
    """What came, once each; one _event_id may have but one content."""
    contents = {}
    for event in events:
        content = json.dumps(event, sort_keys=True)
        if contents.setdefault(event["_event_id"], content) != content:
            problems.append(f"altered: {event['_event_id']} was {contents[event['_event_id']]} and is {content}")
    return contents


def compare_in_order(name, arrived, expected, problems):
    if arrived != expected:
        at = next((i for i, (a, b) in enumerate(zip(arrived, expected)) if a != b), min(len(arrived), len(expected)))
        problems.append(f"{name}: {len(arrived)} events for {len(expected)}; number {at} is {arrived[at:at + 3]}, not {expected[at:at + 3]}")


def compare_by_key(arrived, expected, problems):
    arrived, expected = by_key(arrived), by_key(expected)
    for key in arrived.keys() | expected.keys():
        if arrived.get(key) != expected.get(key):
            problems.append(f"API: key {key}: {arrived.get(key)}, not {expected.get(key)}")


def repeated_in_vain(run, events):
    """Events that came again although they were confirmed before that start, or twice within one run of the process."""
    ends, number = {}, 0
    first_seen = list(dict.fromkeys(event["_event_id"] for event in events))
    for one in run.history.ledger:
        for _ in one.events:
            if number < len(first_seen):
                ends[first_seen[number]] = one.end
            number += 1
    again = []
    bounds = [start.events_before for start in run.starts[1:]] + [len(events)]
    for start, until in zip(run.starts, bounds):
        ids = [event["_event_id"] for event in events[start.events_before:until]]
        again += [event_id for event_id, count in collections.Counter(ids).items() if count > 1]
        again += [event_id for event_id in ids if event_id in ends and ends[event_id] <= start.confirmed]
    return again


def judge(run):
    problems = []
    expected = run.history.expected()
    in_file, in_api = read_events(run.path), run.api_events()
    contents = first_deliveries(in_file, problems)
    api_contents = first_deliveries(in_api, problems)
    compare_in_order("file", [told(json.loads(content)) for content in contents.values()], expected, problems)
    compare_by_key([told(json.loads(content)) for content in api_contents.values()], expected, problems)
    if contents != api_contents:
        problems.append("the file and the API were told different things under the same _event_id, or not the same events")
    if again := repeated_in_vain(run, in_file):
        problems.append(f"duplicates are not bounded: {again[:5]} ({len(again)}) came again although they were confirmed")
    duplicates_seen[run.seed] = len(in_file) - len(contents)
    return problems


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_history_with_kills(run_of, seed):
    print(f"GLASSFLOW_SEED={seed}")
    run = run_of(seed)
    run.go_through()
    problems = judge(run)
    assert not problems, f"GLASSFLOW_SEED={seed}: {len(problems)} problems:\n  " + "\n  ".join(problem[:600] for problem in problems[:10])


def test_the_kills_found_something_in_flight():
    """Or all of the above proved nothing."""
    if len(duplicates_seen) < 50:
        pytest.skip("judged over fifty seeds and more")
    print(f"{sum(duplicates_seen.values())} duplicates in {len(duplicates_seen)} histories")
    assert sum(1 for count in duplicates_seen.values() if count > 0) >= len(duplicates_seen) // 20
