"""The golden frames bind the two halves: the plugin still writes them, and a reader in another language reads them.

The collector's decoder has its own test on the same files. make_golden.py writes them.
"""

import json
import pathlib
import re

import pytest

from frame_bytes import stable_records
from frame_reader import FrameReader
from scenarios import SCENARIOS, run

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"
SOURCE = pathlib.Path(__file__).resolve().parents[2]
VOLATILE = {"xid", "oid", "lsn", "commit_lsn", "end_lsn", "commit_time_us", "server_version_num", "plugin_version"}


def load(name):
    golden = json.loads((GOLDEN / f"{name}.json").read_text())
    return [bytes.fromhex(frame) for frame in golden["frames"]], golden["events"]


def read_all(frames):
    reader = FrameReader()
    return [event for frame in frames for event in reader.read(frame)]


def stable(event):
    """An event without the numbers that differ from run to run; oids of types made by users are such, too."""
    kept = {key: value for key, value in event.items() if key not in VOLATILE}
    if event["record"] == "relation":
        kept["columns"] = [{**column, "type_oid": min(column["type_oid"], 16384)} for column in event["columns"]]
    return kept


def rows(events, record):
    return [event["new"] for event in events if event["record"] == record]


def test_every_scenario_has_its_file_and_every_file_its_scenario():
    assert {path.stem for path in GOLDEN.glob("*.json")} == set(SCENARIOS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_stock_msgpack_reads_frames(name):
    frames, events = load(name)
    assert read_all(frames) == events
    # begin and commit pair up, and nothing else is outside them
    is_open = False
    for event in events:
        if event["record"] in ("begin", "commit"):
            assert is_open == (event["record"] == "commit")
            is_open = not is_open
        elif event["record"] not in ("session", "message"):
            assert is_open
    assert not is_open


@pytest.mark.parametrize("name", SCENARIOS)
def test_plugin_still_writes_the_same(name, postgres):
    frames, events = load(name)
    database = f"golden_{name}"
    postgres.execute(f"CREATE DATABASE {database} TEMPLATE template0 ENCODING '{SCENARIOS[name].encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        live = run(SCENARIOS[name], lambda: postgres.connect(database), database)
        assert [stable(event) for event in read_all(live)] == [stable(event) for event in events]
        assert stable_records(live) == stable_records(frames)
        if "frame_bytes" not in SCENARIOS[name].options:
            assert len(live) == len(frames)
    finally:
        postgres.execute(f"SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '{database}'")
        postgres.execute(f"DROP DATABASE {database}")


def test_equal_bytes_means_equal_bytes_but_for_what_is_volatile():
    commit = stable_records([bytes.fromhex("94 03 01 cd0102 05")])
    assert stable_records([bytes.fromhex("94 03 cf00000000000000ff 07 05")]) == commit  # other LSNs
    assert stable_records([bytes.fromhex("94 03 01 cd0102 06")]) != commit
    assert stable_records([bytes.fromhex("94 03 01 cd0102 cc05")]) != commit  # reads the same, is not
    assert stable_records([bytes.fromhex("dc0004 03 01 cd0102 05")]) != commit
    for cut_off in ("94 03 01 cd01", "94 03 01 cd0102", "93 08 01 a2 61"):
        with pytest.raises((IndexError, ValueError)):
            stable_records([bytes.fromhex(cut_off)])


# What the values must be, written by hand: the reader above could be wrong in the same way as the files.


def test_values_are_what_was_inserted():
    _, events = load("values")
    native = rows(events, "insert")[0:2]
    assert native[0] == [True, -32768, -2147483648, -(2**63), 0, {"real": "1.100000023841858"}, {"real": "0.1"}, "", "", "   ", "", "", "{}",
                         {"bytes": ""}, {"bytes": "00" * 16}, 0, 0, 0, 1, -65536]
    assert native[1] == [False, 32767, None, 2**63 - 1, 2**32 - 1, {"real": "nan"}, {"real": "nan"}, "ä€😀", "v", "c  ", "n", "q",
                         '{"a": [1, null]}', {"bytes": "00ff"}, {"bytes": "ff" * 15 + "fe"}, 2145031948, 9223371331199999999,
                         9223371331199999999, -1, 65534]
    infinite = {"infinity": 1}
    assert rows(events, "insert")[2][15:18] == [infinite, infinite, infinite]
    assert rows(events, "insert")[6] == [None] * 20
    printed = rows(events, "insert")[-3]
    assert printed[:11] == ["123456789012345678901234567890.123456789", "1.50", '{"a": null, "b": 1}', "{1,NULL}", "so so",
                            "1 year 2 days 03:04:05.6", "24:00:00", "12:00:00-08", "[1,5)", "101", "10.0.0.0/8"]


def test_positions_are_those_of_the_wal():
    _, events = load("copy")
    inserts = [event for event in events if event["record"] == "insert"]
    assert [event["index"] for event in inserts] == [0, 1, 2, 3, 4, 0, 1, 0, 0]
    assert len({(event["lsn"], event["index"]) for event in inserts}) == len(inserts)
    assert len({event["lsn"] for event in inserts[:5]}) == 1
    _, events = load("truncate")
    assert [event["index"] for event in events if event["record"] == "truncate"] == [0, 1, 2, 0, 1]


def test_frames_are_bounded():
    frames, events = load("frames")
    assert len(frames) > 5
    assert all(1024 <= len(frame) < 1024 + 64 for frame in frames[:-2])
    assert sum(event["record"] == "begin" for event in events) == 2
    assert [event["change_count"] for event in events if event["record"] == "commit"] == [200, 5]


def test_large_values_have_their_own_wire_values():
    _, events = load("toast")
    updates = [event for event in events if event["record"] == "update"]
    assert updates[0]["new"] == [1, {"unchanged_toast": True}, 1] and updates[0]["old"] is None
    assert updates[1]["new"] == [1, "b" * 3001, 1]
    assert updates[2]["old"] == [1, None, None]
    assert updates[4]["old"] == [1, "c" * 3000, 3000]
    _, events = load("too_large")
    assert rows(events, "insert") == [[1, {"too_large": 167772164}], [2, "101"]]


# The document: its examples are golden, its grammar names every record.


def test_document_shows_golden_frames():
    document = (SOURCE / "docs" / "wire_format.md").read_text()
    examples = re.findall(r"^    ((?:[0-9a-f]{2} ?)+)$", document, re.MULTILINE)
    assert len(examples) >= 9
    golden = " ".join(frame.hex() for name in SCENARIOS for frame in load(name)[0])
    for example in examples:
        assert example.replace(" ", "") in golden, f"not in any golden frame: {example}"


def test_document_names_every_constant():
    document = (SOURCE / "docs" / "wire_format.md").read_text()
    header = (SOURCE / "output_plugin" / "wire_format.h").read_text()
    names = re.findall(r"^\s+(\w+) = \d+,", header, re.MULTILINE)
    assert len(names) == 9 + 10 + 3
    for name in names:
        assert re.search(rf"`{name.rstrip('_')}`", document), f"wire_format.md does not name {name}"


def test_versions_agree():
    plugin = re.search(r'plugin_version = "([^"]+)"', (SOURCE / "output_plugin" / "plugin_version.h").read_text())[1]
    collector = re.search(r"project\(glassflow_collector VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text())[1]
    extension = re.search(r"default_version = '([^']+)'", (SOURCE / "output_plugin" / "glassflow.control").read_text())[1]
    assert plugin == collector
    assert plugin.startswith(extension + ".")
