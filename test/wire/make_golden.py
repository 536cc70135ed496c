#!/usr/bin/python3
"""Writes test/wire/golden/*.json from a real server with the plugin that was built: make_golden.py [NAME ...]

One file per scenario: {"description", "frames": [hex, ...], "events": [what each record says, ...]}. LSNs, xids, times
and oids are those of the run. Run it after a deliberate change of the wire format and read the difference.
"""

import json
import pathlib
import shutil
import sys

DIRECTORY = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(DIRECTORY.parent))
from frame_reader import FrameReader  # noqa: E402
from scenarios import SCENARIOS, run  # noqa: E402
from services.postgres import PostgresCluster, PrivateInstall, make_directory  # noqa: E402


def write_golden(cluster, name, scenario):
    cluster.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{scenario.encoding}' LC_COLLATE 'C' LC_CTYPE 'C'")
    frames = run(scenario, lambda: cluster.connect(name), name)
    reader = FrameReader()
    events = [event for frame in frames for event in reader.read(frame)]
    lines = ["{", f' "description": {json.dumps(scenario.description)},', ' "frames": [']
    lines += [",\n".join(f'  "{frame.hex()}"' for frame in frames), " ],", ' "events": [']
    lines += [",\n".join("  " + json.dumps(event, ensure_ascii=False) for event in events), " ]", "}", ""]
    (DIRECTORY / "golden" / f"{name}.json").write_text("\n".join(lines))


def main(names):
    directory = make_directory("glassflow-golden-")
    try:
        cluster = PostgresCluster(directory, PrivateInstall(directory / "install")).create().start()
        for name in names or SCENARIOS:
            write_golden(cluster, name, SCENARIOS[name])
        cluster.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
