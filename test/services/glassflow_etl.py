"""What GlassFlow's ETL makes of events, without GlassFlow: the strict model in glassflow_model/, built when first asked for.

GlassFlow itself needs NATS, ClickHouse and Kubernetes for filters and transforms; the model is checked against GlassFlow's own
code by hand when the contract changes. Its header says what it answers and where it is stricter.
"""

import fcntl
import functools
import json
import os
import pathlib
import subprocess

from .postgres import SOURCE

SOURCES = pathlib.Path(__file__).parent / "glassflow_model"
BINARY = SOURCE / "build" / "glassflow_model"


def go(*arguments):
    """Runs the go command in the model's module: nothing but the pinned modules may be used."""
    finished = subprocess.run(["go", *arguments], cwd=SOURCES, env={**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false"},
                              capture_output=True, text=True)
    assert finished.returncode == 0, f"go {' '.join(arguments)} failed:\n{finished.stdout}{finished.stderr}"
    return finished.stdout


@functools.cache  # asking the compiler costs more than an answer
def build():
    BINARY.parent.mkdir(exist_ok=True)
    with open(BINARY.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # several test runs may build at once
        go("build", "-o", str(BINARY), ".")
    return BINARY


class RefusedPipeline(Exception):
    """GlassFlow's API would refuse the document."""


def answers(directory, pipeline, events, columns=None):
    """What becomes of each event, in order, in a pipeline that starts empty.

    pipeline: the v3 document as Python objects. events: values of Kafka records (str), or the flat
    events that services.otlp_receiver made of log records (dict).
    columns: {column: ClickHouse type} of the real table; then values are held against these, too.
    """
    directory = pathlib.Path(directory)
    arguments = []
    for name, content in (("pipeline.json", pipeline), ("columns.json", columns)):
        if content is not None:
            path = directory / name
            path.write_text(json.dumps(content))
            arguments.append(str(path))
    lines = "".join(json.dumps({"value": event} if isinstance(event, str) else {"log": event}) + "\n" for event in events)
    finished = subprocess.run([str(build()), *arguments], input=lines, capture_output=True, text=True)
    if finished.returncode != 0:
        raise RefusedPipeline(finished.stderr.strip())
    return [json.loads(line) for line in finished.stdout.splitlines()]


def rows(directory, pipeline, events, columns=None):
    """The rows that ClickHouse gets; fails when anything becomes a dead letter."""
    given = answers(directory, pipeline, events, columns)
    bad = [(answer, event) for answer, event in zip(given, events) if answer["outcome"] in ("dead_letter", "refused")]
    assert not bad, f"{len(bad)} of {len(events)} events are refused: " + "\n".join(f"{answer} of {str(event)[:500]}" for answer, event in bad[:20])
    return [answer["row"] for answer in given if answer["outcome"] == "row"]
