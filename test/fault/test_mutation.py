"""Breaks one important line at a time in a copy of the collector and expects the kill test to fail, for that reason.

A test that passes on broken code proves nothing. Slow (builds a collector per line): make test-mutation. The copy and
its build stay in build/mutation, so that a second run compiles only what it changes.
"""

import os
import shutil
import subprocess
import sys

import pytest

from services.postgres import SOURCE

COPY = SOURCE / "build" / "mutation"

# file, line as it is, line broken, what the kill test must then say
MUTATIONS = {
    "confirms before sinks have it": (
        "collector/delivery/acknowledged_lsn.cpp", " && entries_.front().outstanding == 0", "", "missing"),
    "keepalives overtake what is in flight": (
        "collector/delivery/acknowledged_lsn.cpp", "if (entries_.empty()) {", "if (true) {", "missing"),
    "changes of one row travel side by side": (
        "collector/delivery/pipeline.cpp", "payload.lane_count = lanes.count;", "payload.lane_count = 0;", "out of order"),
}


@pytest.fixture(scope="module")
def copy():
    """A copy of the sources; files that did not change keep their time, so that builds are incremental."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in ("CMakeLists.txt", "collector", "output_plugin"):
        update(SOURCE / name, COPY / name)
    return COPY


def update(source, target):
    if source.is_dir():
        target.mkdir(exist_ok=True)
        for left in {entry.name for entry in target.iterdir()} - {entry.name for entry in source.iterdir()}:
            shutil.rmtree(target / left) if (target / left).is_dir() else (target / left).unlink()
        for entry in source.iterdir():
            update(entry, target / entry.name)
    elif not target.exists() or source.read_bytes() != target.read_bytes():
        shutil.copyfile(source, target)


def build(copy):
    configure = ["cmake", "-S", copy, "-B", copy / "build", "-G", "Ninja", "-DGLASSFLOW_TESTS=OFF"]
    subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
    built = subprocess.run(["cmake", "--build", copy / "build"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-3000:]
    return copy / "build" / "glassflow-collector"


def kill_test(binary):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test/fault/test_kill.py"]
    ended = subprocess.run(command, cwd=SOURCE, env={**os.environ, "GLASSFLOW_COLLECTOR": str(binary)},
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
    return ended.returncode, ended.stdout


@pytest.mark.mutation
def test_unbroken_copy_passes(copy):
    code, output = kill_test(build(copy))
    assert code == 0, output[-3000:]


@pytest.mark.mutation
@pytest.mark.parametrize("name", MUTATIONS)
def test_kill_test_fails_when(copy, name):
    file, line, broken, reason = MUTATIONS[name]
    path = copy / file
    original = path.read_text()
    assert original.count(line) == 1, f"the line to break is not (once) in {file} any more: {line}"
    path.write_text(original.replace(line, broken))
    try:
        code, output = kill_test(build(copy))
    finally:
        path.write_text(original)
    assert code == 1, f"the kill test passed although: {name}"
    assert reason in output, output[-3000:]
