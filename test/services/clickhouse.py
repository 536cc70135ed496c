"""ClickHouse in this process (chdb), for tests: statements run for real, tables live in a directory of their own."""

import json
import shutil
import tempfile

from chdb import session as chdb_session


class ClickHouse:
    """One at a time in a process."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="glassflow-clickhouse-")
        self._session = chdb_session.Session(self.directory)

    def execute(self, statement):
        self._session.query(statement)

    def rows(self, query):
        """As dicts; 64-bit integers as Python's."""
        text = str(self._session.query(query + " SETTINGS output_format_json_quote_64bit_integers = 0", "JSONEachRow"))
        return [json.loads(line) for line in text.splitlines()]

    def columns(self, database, table):
        """{name: type} of what can be inserted."""
        return {row["name"]: row["type"] for row in self.rows(
            f"SELECT name, type FROM system.columns WHERE database = '{database}' AND table = {quoted(table)} AND default_kind = '' ORDER BY position")}

    def insert(self, database, table, rows):
        """rows: dicts of column -> value, as the strict model answers."""
        lines = "\n".join(json.dumps(row) for row in rows)
        path = f"{self.directory}/insert.jsonl"
        with open(path, "w") as file:
            file.write(lines)
        names = ", ".join(identifier(name) for name in rows[0])
        self.execute(f"INSERT INTO {identifier(database)}.{identifier(table)} ({names}) FROM INFILE '{path}' FORMAT JSONEachRow")

    def close(self):
        self._session.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(text):
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"
