"""The checkpoint as a person finds it, and a run with a choice."""

import json
import pathlib

from services.postgres import poll_until

PREFLIGHT = 3
CHOICES = ("--resume=accept-gap", "--resume=accept-repeat", "--resume=fresh")


def path_of(one, database):
    return pathlib.Path(one.configuration["state_directory"]) / f"checkpoint-{database.slot}.json"


def read(one, database):
    return json.loads(path_of(one, database).read_text())


def position(one, database):
    high, low = read(one, database)["confirmed_lsn"].split("/")
    return (int(high, 16) << 32) + int(low, 16)


def wait_confirmed(one, database, wanted):
    """Everything before the position is confirmed to the server."""
    one.wait_for(lambda: (database.confirmed_position() or 0) >= wanted, f"{wanted} is confirmed")


def wait_released(database):
    query = "SELECT 1 FROM pg_replication_slots WHERE slot_name = %s AND active"
    poll_until(lambda: not database.query(query, (database.slot,)), "the slot to be released")


def run_with(one, choice):
    """Starts it with --resume=CHOICE for this one run."""
    arguments = list(one.arguments)
    one.arguments = [*arguments, f"--resume={choice}"]
    try:
        return one.start()
    finally:
        one.arguments = arguments


def assert_refused(one, *facts):
    """Exit code 3, what was found, and the three choices."""
    before = len(one.stderr)
    assert one.wait(30) == PREFLIGHT, one.tail()
    told = one.stderr[max(0, before - 20000):]
    for text in (*facts, *CHOICES):
        assert text in told, f"no {text!r} in:\n{told}"
