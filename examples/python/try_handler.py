#!/usr/bin/env python3
"""Runs the event handler of a pipeline over events that the collector wrote, to see what the sink would get.

    glassflow-collector run --config to_file.yaml --drain
    python try_handler.py handler.py events.jsonl

Prints one JSON object for each event, as handler(data, log) returns it.
"""

import argparse
import importlib.util
import json
import logging
import pathlib


def load(path):
    specification = importlib.util.spec_from_file_location(pathlib.Path(path).stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("handler", help="a Python file with handler(data, log)")
    parser.add_argument("events", help="events of the form wal2json, one JSON object a line")
    arguments = parser.parse_args()
    handler = load(arguments.handler)
    with open(arguments.events) as file:
        for line in file:
            print(json.dumps(handler(json.loads(line), logging.getLogger("handler"))))


if __name__ == "__main__":
    main()
