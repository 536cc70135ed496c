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
VOLATILE = {"xid", "oid", "lsn", "commit_lsn", "end_lsn", "commit_time_us", "prepare_lsn", "prepare_time_us", "prepare_end_lsn", "rollback_lsn",
            "rollback_time_us", "server_version_num", "plugin_version"}


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
        kept["columns"] = [without_user_oids(column) for column in event["columns"]]
    return kept


def without_user_oids(described):
    kept = {**described, "type_oid": min(described["type_oid"], 16384)}
    if isinstance(described.get("detail"), dict):
        kept["detail"] = without_user_oids(described["detail"])
    elif isinstance(described.get("detail"), list):
        kept["detail"] = [without_user_oids(field) for field in described["detail"]]
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
        if event["record"] in ("begin", "commit", "begin_prepare", "prepare"):
            assert is_open == (event["record"] in ("commit", "prepare"))
            is_open = not is_open
        elif event["record"] not in ("session", "message", "commit_prepared", "rollback_prepared"):
            assert is_open
    assert not is_open


@pytest.mark.parametrize("name", SCENARIOS)
def test_plugin_still_writes_the_same(name, postgres):
    if not SCENARIOS[name].is_known_to(postgres):
        pytest.skip("the server is too old for it")
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
    assert printed == [{"text": "123456789012345678901234567890.123456789"}, {"decimal": "1.50"}, {"json": '{"a":null,"b":1}'},
                       {"array": [1, None], "shape": None}, "so so", {"interval": [12, 2, 11045600000]}, 86400000000,
                       {"timetz": [43200000000, 28800]}, {"range": [2, 1, 5]}, {"bits": "101"}, {"inet": [8, "0a000000"]}, "$1.50"]


def test_native_values_are_what_was_inserted():
    _, events = load("native_values")
    numbers, times, documents, addresses = (
        [event["new"] for event in events if event.get("relation_id") == relation_id and event["record"] == "insert"] for relation_id in (1, 2, 3, 4))
    assert numbers[0] == [{"decimal": "12.50"}, {"decimal": "999999999999999999"}, {"decimal": "0.123456789012345678"}, {"text": "1.50"},
                          {"text": "1.50000000000000000000"}, {"decimal": "3.00"}, {"text": "18446744073709551615"}, {"real": "0.5"}]
    assert numbers[1][:3] == [{"decimal": "-0.01"}, {"decimal": "-1"}, {"decimal": "-0.999999999999999999"}]
    assert numbers[3][:6] == [{"text": "NaN"}] * 6
    assert times[1] == [86400000000, {"timetz": [86400000000, 57599]}, {"interval": [14, -3, 14706700000]}]
    assert documents[2][1] == {"json": '{"a":2,"b":1}'}
    assert documents[3][1] == {"json": "[9223372036854775807,-9223372036854775808,9223372036854775808,18446744073709551616,1000,0.10,0.0]"}
    assert documents[4][1] == {"text": '"q\\"\\\\\\n\\u0001ä€😀"'}
    assert documents[5][1] == {"json": '["q\\"\\\\\\n\\u0001ä€😀"]'}
    assert documents[10][1] == {"json": "[" * 200 + "]" * 200}
    assert documents[11][1] == {"text": "[" * 201 + "]" * 201}
    assert addresses[1] == [{"bits": "000"}, {"bits": "11111111"}, {"inet": [128, "00" * 15 + "01"]}, {"cidr": [0, "00" * 16]},
                            {"macaddr": "ff" * 6}, {"macaddr": "08002bfffe010203"}]
    for table, width in ((numbers, 8), (times, 3)):
        assert table[-1] == [None] * width


def test_nested_values_are_what_was_inserted():
    _, events = load("nested_values")
    arrays, composites, ranges = (
        [event["new"] for event in events if event.get("relation_id") == relation_id and event["record"] == "insert"] for relation_id in (1, 2, 3))
    assert arrays[1][1:] == [
        {"array": [1, None, -129], "shape": None}, {"array": ["a,b", None, "NULL", "", '"'], "shape": None},
        {"array": [{"decimal": "1.50"}, {"text": "NaN"}, None], "shape": None},
        {"array": [0, {"infinity": 1}, {"infinity": -1}, None], "shape": None}, {"array": [True, False, None], "shape": None},
        {"array": ["so so"], "shape": None}, {"array": [{"bytes": "00ff"}, None], "shape": None},
        {"array": [{"composite": [1, "x", {"decimal": "2.50"}]}, None, {"composite": [None, None, None]}], "shape": None},
        {"array": [{"json": '{"a":[1.5]}'}, {"text": "1"}, None], "shape": None}, {"array": [7], "shape": None},
        {"array": [1, 2, 3, None], "shape": [2, 1, 2, 1]}]
    assert arrays[2][1:3] == [{"array": [1, 2], "shape": [2, 0]}, {"array": ["a", "b"], "shape": [2, -1, 1, 2]}]
    assert composites[0][1:] == [
        {"composite": [1, "x", {"decimal": "2.50"}]},
        {"composite": [{"array": [{"composite": [2, None, None]}, None], "shape": None}, {"range": [18, 0]}, {"json": '{"a":null}'}]},
        {"composite": []}]
    assert composites[4][1] == {"composite": [5, "late", {"decimal": "5.00"}, True]}
    assert ranges[0][1:] == [{"range": [2, 1, 5]}, {"range": [4, {"text": "1.5"}, {"text": "2.50"}]}, {"range": [2, 0, {"infinity": 1}]},
                             {"range": [18, 0]}, {"array": [{"range": [2, 1, 2]}, {"range": [1]}, None], "shape": None}]
    pair = next(column for event in events if event.get("table") == "composites" for column in event["columns"] if column["name"] == "p")
    assert [field["name"] for field in pair["detail"]] == ["number", "a name", "price"]
    _, events = load("multiranges")
    assert rows(events, "insert")[0][1:] == [
        {"multirange": [{"range": [2, 1, 2]}, {"range": [18, 5]}]},
        {"array": [{"multirange": [{"range": [6, 0, {"infinity": 1}]}]}, None], "shape": None}]


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
    assert len(frames) >= 5
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
    assert rows(events, "insert") == [[1, {"too_large": 167772188}], [2, {"array": [{"bits": "101"}], "shape": None}]]


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
    assert len(names) == 21 + 23 + 4
    for name in names:
        assert re.search(rf"`{name.rstrip('_')}`", document), f"wire_format.md does not name {name}"


def test_versions_agree():
    plugin = re.search(r'plugin_version = "([^"]+)"', (SOURCE / "output_plugin" / "plugin_version.h").read_text())[1]
    collector = re.search(r"project\(glassflow_collector VERSION ([0-9.]+)", (SOURCE / "CMakeLists.txt").read_text())[1]
    extension = re.search(r"default_version = '([^']+)'", (SOURCE / "output_plugin" / "glassflow.control").read_text())[1]
    assert plugin == collector
    assert plugin.startswith(extension + ".")
