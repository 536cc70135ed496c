"""The event handler of a GlassFlow pipeline, for events of the form `wal2json`: what is inserted becomes a row for the sink.

It knows nothing of what reads the database: GlassFlow's managed connector and glassflow-collector with `format: wal2json` hand it
the same objects.
"""


def handler(data, log):
    if data["action"] != "I":
        return {}
    return {column["name"]: column["value"] for column in data["columns"]}
