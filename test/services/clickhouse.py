"""ClickHouse in this process (chdb), for tests: statements run for real, tables live in a directory of their own.

ClickHouseHttp is the part of its HTTP interface that makes and alters tables: one statement per POST, user and key in headers.
"""

import http.server
import json
import shutil
import tempfile
import threading

from chdb import session as chdb_session


class ClickHouse:
    """One at a time in a process."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="glassflow-clickhouse-")
        self._session = chdb_session.Session(self.directory)
        self._lock = threading.Lock()

    def execute(self, statement):
        with self._lock:
            self._session.query(statement)

    def rows(self, query):
        """As dicts; 64-bit integers as Python's."""
        with self._lock:
            text = str(self._session.query(query + " SETTINGS output_format_json_quote_64bit_integers = 0", "JSONEachRow"))
        return [json.loads(line) for line in text.splitlines()]

    def text(self, query, format):
        with self._lock:
            return str(self._session.query(query, format))

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
        # As the driver does: moments in any spelling, NULL in a column that has none is its zero.
        self.execute(f"INSERT INTO {identifier(database)}.{identifier(table)} ({names}) FROM INFILE '{path}'"
                     " SETTINGS date_time_input_format = 'best_effort', input_format_null_as_default = 1 FORMAT JSONEachRow")

    def close(self):
        self._session.close()
        shutil.rmtree(self.directory, ignore_errors=True)


def quoted(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def identifier(text):
    return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"


class ClickHouseHttp:
    """statements: what was asked, in order; refusals: {part of a statement: (status, text)} answers without running it."""

    def __init__(self, clickhouse, user="default", password="s3cr3t"):
        self.clickhouse, self.credentials = clickhouse, (user, password)
        self.statements, self.refusals = [], {}
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_POST(self):
                statement = self.rfile.read(int(self.headers["Content-Length"])).decode()
                status, text = owner.answer(statement, (self.headers["X-ClickHouse-User"], self.headers["X-ClickHouse-Key"]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]

    def answer(self, statement, credentials):
        if credentials != self.credentials:
            return 403, "Code: 516. DB::Exception: default: Authentication failed"
        for part, refusal in self.refusals.items():
            if part in statement:
                return refusal
        self.statements.append(statement)
        try:
            self.clickhouse.execute(statement)
        except Exception as error:  # what chdb raises has no name of its own
            return 500, str(error)
        return 200, ""

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
