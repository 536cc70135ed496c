"""SIGKILL at any moment loses nothing from slots of wal2json and pgoutput either: test_kill.py's load, and its verdict.

Several kinds of slot at once, each with a collector that is killed in its turn.
"""

import random

import pytest

from services.collector import file_sink, read_events
from services.postgres import poll_until

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare

pytestmark = pytest.mark.every_server
ROUNDS = 8
KINDS = {
    "wal2json_1": ("wal2json", {"wal2json_args": ["format-version=1"]}),
    "wal2json_2": ("wal2json", {}),
    "pgoutput": ("pgoutput", {"publications": ["everything"], "binary": True}),
    "pgoutput_streaming": ("pgoutput", {"publications": ["everything"], "streaming": True}),
}
KINDS_BEFORE_14 = {**{kind: KINDS[kind] for kind in KINDS if KINDS[kind][0] == "wal2json"}, "pgoutput": ("pgoutput", {"publications": ["everything"]})}


def slot_of(database, kind):
    return f"{database.slot}_{kind}"


@pytest.fixture
def kinds(database, collector, tmp_path):
    """kind -> (its collector, not started, and where its events are); the slots are there."""
    prepare(database)
    database.execute("CREATE PUBLICATION everything FOR ALL TABLES")
    database.execute(f"ALTER DATABASE {database.name} SET logical_decoding_work_mem = '64kB'")
    made = {}
    has_streaming = database.cluster.install.major_version >= 14
    for kind, (plugin, settings) in (KINDS if has_streaming else KINDS_BEFORE_14).items():
        database.create_slot(plugin, slot_of(database, kind))
        path = tmp_path / f"{kind}.jsonl"
        made[kind] = (collector(sinks=[file_sink(path)], source={"slot": slot_of(database, kind), "tables": TABLES, **settings},
                                memory_limit="4MiB", start=False), path)
    return made


def lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_nothing_is_missing_after_kills(kinds, database):
    chance = random.Random(21)
    for one, _ in kinds.values():
        one.start().wait_ready()
    insert_hot_rows(database)
    with Load(database, writers=2, seed=8):
        for _ in range(ROUNDS):
            for one, path in kinds.values():
                wanted = lines(path) + chance.randint(1, 300)
                one.wait_for(lambda: lines(path) >= wanted, f"{wanted} events have arrived")
                one.kill()
                one.start()
    for one, _ in kinds.values():
        one.wait_ready(60)
        one.kill()
    truth = committed_changes(database)
    before_drain = database.wal_position()
    for kind, (one, path) in kinds.items():
        one.drain(timeout_s=120)
        query = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND confirmed_flush_lsn - '0/0' >= %s"
        poll_until(lambda: database.query(query, (slot_of(database, kind), before_drain)), "the drained position to be confirmed")
        events = read_events(path)
        verdict = Verdict(kind, events, truth)
        verdict.assert_sound()
        assert verdict.transactions_are_contiguous(), f"the file of {kind} is not in commit order"
        print(f"{kind}: {len(events)} events, {verdict.duplicates} of them again")
        one.drain()
        assert len(read_events(path)) == len(events), "a second drain delivered again"
    contents = {kind: set(Verdict(kind, read_events(path), truth).contents.values()) for kind, (_, path) in kinds.items() if kind != "wal2json_1"}
    assert len(set(map(frozenset, contents.values()))) == 1, "wal2json 2 and pgoutput were not told the same"
