#!/usr/bin/env python3
"""Makes a GlassFlow pipeline, with GlassFlow's Python SDK, of a document that `glassflow-collector pipeline` wrote.

    pip install glassflow
    glassflow-collector pipeline public.orders --output .
    CLICKHOUSE_PASSWORD=... python create_pipeline.py pg-public-orders.yaml --host http://localhost:8081

Placeholders such as ${CLICKHOUSE_PASSWORD} are filled from the environment. The SDK (4.1) leaves client certificates of Kafka out; use
`glassflow-collector pipeline --apply` where they are needed.
"""

import argparse
import os
import re
import sys

import yaml
from glassflow.etl import Client


def filled(node):
    """The document with every string that is a placeholder as the environment has it."""
    if isinstance(node, dict):
        return {key: filled(value) for key, value in node.items()}
    if isinstance(node, list):
        return [filled(value) for value in node]
    name = re.fullmatch(r"\$\{([A-Z_]+)\}", node) if isinstance(node, str) else None
    if name is None:
        return node
    if name[1] not in os.environ:
        sys.exit(f"create_pipeline.py: error: {name[1]} is not set\n  The document has no secrets in it; give them in the environment.")
    return os.environ[name[1]]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("document", help="YAML, as `glassflow-collector pipeline` writes it")
    parser.add_argument("--host", default="http://localhost:8081", help="GlassFlow's API")
    arguments = parser.parse_args()
    with open(arguments.document) as file:
        document = filled(yaml.safe_load(file))
    pipeline = Client(host=arguments.host).create_pipeline(pipeline_config=document)
    print(f"{pipeline.pipeline_id}: {pipeline.status.value}")


if __name__ == "__main__":
    main()
