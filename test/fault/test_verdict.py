"""The judge of the fault tests is itself tried: it must notice each of the defects that it is there for."""

import copy

import pytest

from workload import Verdict

TRUTH = {1: [("c", 10), ("u", 12), ("d", None)], 2: [("c", 11)]}


def event(number, op, row_id, counter, xid=5):
    data = {"id": str(row_id)} if op == "d" else {"id": str(row_id), "counter": str(counter)}
    return {"_event_id": f"0/{number}-0", "_op": op, "_xid": xid, "data": data}


EVENTS = [event(1, "c", 1, 10), event(2, "c", 2, 11, xid=6), event(3, "u", 1, 12, xid=7), event(4, "d", 1, None, xid=7)]


def changed(position, **data):
    events = copy.deepcopy(EVENTS)
    events[position]["data"].update(data)
    return events


def test_sound_with_and_without_duplicates():
    Verdict("x", EVENTS, TRUTH).assert_sound()
    again = Verdict("x", EVENTS[:3] + EVENTS[1:], TRUTH)
    again.assert_sound()
    assert again.duplicates == 2
    assert again.transactions_are_contiguous()


@pytest.mark.parametrize("events, problem", [
    (EVENTS[:2] + EVENTS[3:], "missing"),
    (EVENTS[:3], "missing"),
    ([EVENTS[2], EVENTS[0], EVENTS[1], EVENTS[3]], "out of order"),
    (EVENTS + [event(9, "u", 2, 13)], "not committed"),
    (EVENTS + [event(9, "c", 3, 13)], "not committed"),
    (changed(0, counter="9"), "missing"),
    (EVENTS + [event(3, "u", 1, 99)], "two contents"),
])
def test_each_defect_is_noticed(events, problem):
    with pytest.raises(AssertionError, match=problem):
        Verdict("x", events, TRUTH).assert_sound()


def test_torn_transactions_are_noticed():
    assert not Verdict("x", [EVENTS[0], EVENTS[2], event(9, "u", 1, 13), EVENTS[3]], TRUTH).transactions_are_contiguous()
