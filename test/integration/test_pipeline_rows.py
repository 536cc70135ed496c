"""What the collector sends arrives in ClickHouse as it is in Postgres: events of real tables through the written document (the strict
model of GlassFlow, its own expression language in it) into the written table (ClickHouse itself)."""

import collections
import json
import random

import pytest

import pipeline_zoo
from services import glassflow_etl
from services.clickhouse import identifier
from services.collector import file_sink
from test_pipeline_documents import FORMS, Pipelines
from test_type_faithfulness import EXTENSIONS, SETTINGS, SETUP, TypeTable, make_tables


def pattern(schema, table):
    return ".".join('"' + name.replace('"', '""') + '"' for name in (schema, table))


def as_log(event):
    """An event of form envelope as GlassFlow's receiver has its row from the OTLP sink."""
    words = {"c": "INSERT", "u": "UPDATE", "d": "DELETE", "t": "TRUNCATE"}
    attributes = {"event_id": event["_event_id"], "lsn": event["_version"], "op": event["_op"]}
    return {"timestamp": event["_commit_ts"], "observed_timestamp": "1970-01-01T00:00:00Z", "severity_number": 9, "severity_text": words[event["_op"]],
            "body": json.dumps(event["data"]), "flags": 0, "dropped_attributes_count": 0, "resource_attributes": {},
            "scope_name": f"{event['_schema']}.{event['_table']}", "scope_attributes": {}, "attributes": attributes}


class Way:
    """From a database to ClickHouse, in one form."""

    def __init__(self, form, database, collector, clickhouse, tmp_path, binary, arrays="text"):
        self.form, self.collector, self.clickhouse, self.directory, self.name = form, collector, clickhouse, tmp_path, database.name
        self.sink = file_sink(tmp_path / "events", format="flat" if form == "flat" else "envelope", arrays=arrays)
        self.pipelines = Pipelines(binary, database.cluster, database.name, tmp_path)
        self.pipelines.common += [*FORMS[form], "--pipeline.clickhouse_database", self.name, "--pipeline.arrays", arrays]
        clickhouse.execute(f"CREATE DATABASE {self.name}")

    def events(self):
        """{(schema, table): its events as GlassFlow gets them}"""
        assert self.collector(sinks=[self.sink], command=("run", "--drain")).wait(120) == 0
        found = collections.defaultdict(list)
        with open(self.directory / "events") as file:
            for line in file:
                event = json.loads(line)
                if "_schema" in event:
                    found[event["_schema"], event["_table"]].append(as_log(event) if self.form == "row" else line.rstrip("\n"))
        return found

    def set_up(self, *patterns):
        """Makes the tables; {(schema, table): document}, and the columns of each ClickHouse table."""
        documents, _ = self.pipelines.documents(*patterns)
        statements = self.pipelines.tables(*patterns)
        for start in range(0, len(statements), 50):
            self.clickhouse.execute("; ".join(statements[start:start + 50]))
        columns = collections.defaultdict(dict)
        for row in self.clickhouse.rows(f"SELECT table, name, type FROM system.columns WHERE database = '{self.name}' AND default_kind = ''"):
            columns[row["table"]][row["name"]] = row["type"]
        return {document["name"].removeprefix("Postgres "): document for document in documents}, columns

    def drop(self):
        self.clickhouse.execute(f"DROP DATABASE {self.name}")


@pytest.fixture
def way(database, collector, clickhouse, tmp_path, collector_binary):
    made = []

    def make(form, **options):
        made.append(Way(form, database, collector, clickhouse, tmp_path, collector_binary, **options))
        return made[-1]

    yield make
    for one in made:
        one.drop()


@pytest.mark.parametrize("form", FORMS)
def test_every_type_of_the_catalog_gets_through(way, database, form, tmp_path):
    """No event of any type is a dead letter: new rows, old keys, NULL and every special value."""
    with database.connect(options=SETTINGS.replace("=pg_catalog", "=public")) as connection:
        for extension in EXTENSIONS:
            connection.execute(f"CREATE EXTENSION {extension}")
        connection.execute(SETUP)
        with connection.transaction():
            tables = list(make_tables(connection))
    database.create_slot()
    with database.connect(options=SETTINGS) as connection:
        for phase in (TypeTable.insert, TypeTable.update, TypeTable.delete):
            with connection.transaction():
                for table in tables:
                    phase(table, connection)
    one = way(form)
    events = one.events()
    documents, columns = one.set_up("public.full_*", "public.key_*")
    problems, seen = [], 0
    for table in tables:
        # Old keys are as new ones: once is enough.
        for name in table.tables if form == "envelope" else [table.full]:
            document = documents[name]
            for answer in glassflow_etl.answers(tmp_path, document, events[tuple(name.split("."))], columns[document["sink"]["table"]]):
                seen += 1
                if answer["outcome"] != "row":
                    problems.append(f"{table.name} ({name}): {answer}")
    assert not problems, f"{len(problems)} of {seen}:\n" + "\n".join(problems[:40])
    assert seen > (15_000 if form == "envelope" else 5_000)


ROWS = """
CREATE TABLE public.orders (tenant uuid, at timestamptz, no bigint, kind mood, note text, price numeric(10,2), score float8, small real, day date, doc jsonb,
                            tags text[], raw bytea, flag boolean NOT NULL, n integer NOT NULL, "Odd, `name`" text, PRIMARY KEY (no, kind, at, tenant))
"""
COMPARED = {  # column -> how Postgres and ClickHouse print the same
    "tenant": ("tenant::text", "toString(tenant)"),
    "at": ("to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')", "toString(at)"),
    "no": ("no::text", "toString(no)"), "kind": ("kind::text", "toString(kind)"), "note": ("note", "note"), "price": ("price::text", "price"),
    "price_decimal": ("price::text", "toDecimalString(price_decimal, 2)"), "score": ("score", "score"), "day": ("day::text", "toString(day)"),
    "doc": ("doc::text", "doc"), "raw": ("encode(raw, 'hex')", "lower(hex(base64Decode(raw)))"), "flag": ("flag", "flag"), "n": ("n", "n"),
    "odd": ('"Odd, `name`"', "`Odd___name_`"), "tags": ("to_json(tags)::text", "tags"),
}


def random_value(numbers):
    day = f"{numbers.randrange(1900, 2262)}-{numbers.randrange(1, 13):02}-{numbers.randrange(1, 29):02}"
    return {
        "note": numbers.choice([None, "", "it's \"x\" \\ \n ä€😀", "y" * numbers.randrange(100)]), "price": numbers.choice([None, "0.00", "-12345678.90", "99999999.99"]),
        "score": numbers.choice([None, 0.0, -1.5, 1e300, 5e-324, 0.1]), "small": numbers.choice([None, 0.25, -3.0]), "day": numbers.choice([None, day]),
        "doc": numbers.choice([None, '{"a": [1, null, "ä"]}', "null", "[]"]), "tags": numbers.choice([None, [], ["a", None, 'b"c'], ["x y"]]),
        "raw": numbers.choice([None, b"", b"\x00\xff'"]), "flag": numbers.choice([True, False]), "n": numbers.randrange(-2**31, 2**31), "Odd, `name`": numbers.choice([None, "z"]),
    }


def random_key(numbers):
    return {"no": numbers.choice([2**63 - 1, -2**63, 2**53 + 1, numbers.randrange(20)]), "kind": numbers.choice(["", "so so", "ä€😀"]),
            "at": f"{numbers.randrange(1900, 2262)}-01-01 00:00:00.{numbers.randrange(10**6):06}+00", "tenant": f"00000000-0000-0000-0000-{numbers.randrange(5):012}"}


def change_rows(connection, numbers, count):
    """Inserts, updates, key changes, deletes, in transactions."""
    keys = []
    names = list(random_value(numbers)) + list(random_key(numbers))
    columns = ", ".join(pipeline_zoo.ident(name) for name in names)
    where = "no = %(no)s AND kind = %(kind)s AND at = %(at)s AND tenant = %(tenant)s"
    for number in range(count):
        action = numbers.random()
        if action < 0.5 or not keys:
            row = {**random_value(numbers), **random_key(numbers)}
            done = connection.execute(f"INSERT INTO orders ({columns}) VALUES ({', '.join(['%s'] * len(names))}) ON CONFLICT DO NOTHING RETURNING 1",
                                      [row[name] for name in names]).fetchall()
            if done:
                keys.append({name: row[name] for name in ("no", "kind", "at", "tenant")})
        elif action < 0.75:
            value = random_value(numbers)
            sets = ", ".join(f"{pipeline_zoo.ident(name)} = %(v{i})s" for i, name in enumerate(value))
            connection.execute(f"UPDATE orders SET {sets} WHERE {where}", {**numbers.choice(keys), **{f"v{i}": v for i, v in enumerate(value.values())}})
        elif action < 0.85:
            old, new = keys.pop(numbers.randrange(len(keys))), random_key(numbers)
            if new not in keys and connection.execute("SELECT 1 FROM orders WHERE " + where, new).fetchone() is None:
                connection.execute("UPDATE orders SET no = %(n_no)s, kind = %(n_kind)s, at = %(n_at)s, tenant = %(n_tenant)s WHERE " + where,
                                   {**old, **{f"n_{name}": value for name, value in new.items()}})
                keys.append(new)
            else:
                keys.append(old)
        else:
            connection.execute(f"DELETE FROM orders WHERE {where}", keys.pop(numbers.randrange(len(keys))))


@pytest.mark.parametrize("form", ["envelope", "row"])
def test_the_rows_in_clickhouse_are_those_of_postgres(way, database, clickhouse, form, tmp_path):
    with database.connect() as connection:
        connection.execute(pipeline_zoo.TYPES + ROWS)
    database.create_slot()
    numbers = random.Random(3)
    with database.connect() as connection:
        for _ in range(6):
            with connection.transaction():
                change_rows(connection, numbers, 100)
    one = way(form)
    events = one.events()[("public", "orders")]
    documents, columns = one.set_up("public.orders")
    events += events[:50]  # delivered again
    rows = glassflow_etl.rows(tmp_path, documents["public.orders"], events, columns["orders"])
    assert len(rows) == len(events) - 50, "dedup lets each event through once"
    numbers.shuffle(rows)  # replicas, retries and merges have no order
    clickhouse.insert(one.name, "orders", rows)

    pairs = [f"{here} AS {identifier(name)}" for name, (_, here) in COMPARED.items()]
    there = ", ".join(f'{expression} AS "{name}"' for name, (expression, _) in COMPARED.items())
    with database.connect() as connection:
        cursor = connection.execute(f"SELECT {there} FROM orders")
        wanted = [dict(zip((column.name for column in cursor.description), row)) for row in cursor]
    got = clickhouse.rows(f"SELECT {', '.join(pairs)} FROM {one.name}.orders FINAL")

    def comparable(found):
        read = {"tags": json.loads, "doc": json.loads, "score": float}
        return sorted(json.dumps({name: read[name](value) if name in read and value is not None else value for name, value in row.items()}, sort_keys=True)
                      for row in found)

    assert len(wanted) > 100
    assert comparable(got) == comparable(wanted)


def test_arrays_as_arrays(way, database, clickhouse, tmp_path):
    database.execute("CREATE TABLE arrays (id integer PRIMARY KEY, b boolean[], i integer[], l bigint[], f float8[], t text[], n numeric[], u uuid[], d date[])")
    database.create_slot()
    database.execute("INSERT INTO arrays VALUES (1, '{t,f,NULL}', '{1,NULL,-2147483648}', '{9223372036854775807,NULL}', '{1.5,NaN,NULL}', '{a,NULL,\"b c\"}', '{1.50,NULL}',"
                     " '{00000000-0000-0000-0000-000000000001}', '{2024-02-29,infinity}'), (2, '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)")
    one = way("envelope", arrays="native")
    documents, columns = one.set_up("public.arrays")
    clickhouse.insert(one.name, "arrays", glassflow_etl.rows(tmp_path, documents["public.arrays"], one.events()[("public", "arrays")], columns["arrays"]))
    assert clickhouse.rows(f"SELECT * EXCEPT (_version, _is_deleted) FROM {one.name}.arrays FINAL ORDER BY id") == [
        {"id": 1, "b": [True, False, None], "i": [1, None, -2147483648], "l": ["9223372036854775807", None], "f": [1.5, None, None],
         "t": ["a", None, "b c"], "n": ["1.50", None], "u": ["00000000-0000-0000-0000-000000000001"], "d": ["2024-02-29", "infinity"]},
        *({"id": number, **{name: [] for name in "biltnfud"}} for number in (2, 3))]


def test_what_a_column_cannot_hold_is_null_and_told(way, database, clickhouse, tmp_path):
    database.execute("CREATE TABLE extremes (id integer PRIMARY KEY, f float8 NOT NULL, r real NOT NULL, d date NOT NULL, t timestamp NOT NULL, z timestamptz NOT NULL)")
    database.create_slot()
    values = [("NaN", "NaN", "infinity", "infinity", "-infinity"), ("-Infinity", "Infinity", "4714-11-24 BC", "0001-01-01", "294276-12-31 23:59:59+00"),
              ("1.7976931348623157e308", "3.4028235e38", "1900-01-01", "1900-01-01", "2261-12-31 23:59:59.999999+00"),
              ("5e-324", "-3.4028235e38", "2299-12-31", "2261-12-31 23:59:59.999999", "1899-12-31 23:59:59+00")]
    with database.connect() as connection:
        for number, row in enumerate(values):
            connection.execute("INSERT INTO extremes VALUES (%s, %s, %s, %s, %s, %s)", (number, *row))
    one = way("envelope")
    documents, columns = one.set_up("public.extremes")
    told = one.pipelines.run("public.extremes").stderr
    assert "f, r: NaN and infinities become NULL" in told.replace("r, f", "f, r") and "t, z: Infinities, BC and years outside 1900 to 2261" in told
    clickhouse.insert(one.name, "extremes", glassflow_etl.rows(tmp_path, documents["public.extremes"], one.events()[("public", "extremes")], columns["extremes"]))
    got = clickhouse.rows(f"SELECT f, toFloat64(r) AS r, toString(d) AS d, toString(t) AS t, toString(z) AS z FROM {one.name}.extremes FINAL ORDER BY id")
    assert got == [{"f": None, "r": None, "d": None, "t": None, "z": None}, {"f": None, "r": None, "d": None, "t": None, "z": None},
                   {"f": 1.7976931348623157e308, "r": 3.4028234663852886e38, "d": "1900-01-01", "t": "1900-01-01 00:00:00.000000", "z": "2261-12-31 23:59:59.999999"},
                   {"f": 5e-324, "r": -3.4028234663852886e38, "d": "2299-12-31", "t": "2261-12-31 23:59:59.999999", "z": None}]


def test_hostile_names_get_through(way, database, clickhouse, tmp_path):
    names = pipeline_zoo.HOSTILE
    database.execute("CREATE TABLE hostile (id integer PRIMARY KEY, " + ", ".join(f"{pipeline_zoo.ident(name)} text" for name in names) + ")")
    database.create_slot()
    with database.connect() as connection:
        connection.execute("INSERT INTO hostile VALUES (1" + ", %s" * len(names) + ")", [f"value {i}" for i in range(len(names))])
    one = way("envelope")
    documents, columns = one.set_up("public.hostile")
    document = documents["public.hostile"]
    (row,) = glassflow_etl.rows(tmp_path, document, one.events()[("public", "hostile")], columns["hostile"])
    mapped = [entry["column_name"] for entry in document["sink"]["mapping"]][3:]  # after version, deleted and id, in the order of the table
    assert [row[column] for column in mapped] == [f"value {i}" for i in range(len(names))]
    clickhouse.insert(one.name, "hostile", [row])
    assert clickhouse.rows(f"SELECT count() AS n FROM {one.name}.hostile FINAL") == [{"n": 1}]
