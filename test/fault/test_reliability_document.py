"""docs/reliability.md names tests that exist, every breakage of test_mutation.py, and no other."""

import re

import pytest

from services.postgres import SOURCE
from test_mutation import MUTATIONS

DOCUMENT = (SOURCE / "docs" / "reliability.md").read_text()
SCENARIOS, BREAKAGES = DOCUMENT.split("## What a broken collector looks like")


def path_of(name):
    if name.startswith("sql/"):
        return SOURCE / name
    return SOURCE / "test" / (name if "/" in name else f"fault/{name}")


def named_tests():
    """(file, function or None) for each that the tables name; a function alone is of the file before it."""
    for line in (line for line in SCENARIOS.splitlines() if line.startswith("| ")):
        file = None
        for found in re.finditer(r"((?:[\w/]+/)?\w+\.(?:py|sql|spec|cpp))?(?:::(\w+))?", line):
            file = found[1] or file
            if found[1] or found[2]:
                yield file, found[2]


def test_the_tables_are_understood():
    assert len(set(named_tests())) > 70


@pytest.mark.parametrize("file, function", sorted(set(named_tests()), key=str))
def test_named_tests_exist(file, function):
    assert path_of(file).exists(), file
    if function is not None:
        assert f"def {function}(" in path_of(file).read_text(), f"{file}::{function}"


def test_every_scenario_of_the_promise_has_its_row():
    told = {int(number) for number in re.findall(r"^\| (\d+) \|", SCENARIOS, re.MULTILINE)}
    assert told == {1, *range(3, 24), *range(25, 41)}


def test_every_breakage_is_listed_with_its_test():
    listed = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in BREAKAGES.splitlines() if line.startswith("| ") and "`" in line]
    expected = [(name, f"`{file.removeprefix('collector/')}`", test.rstrip(":").removeprefix("../")) for name, (test, file, *_) in MUTATIONS.items()]
    assert listed == expected
