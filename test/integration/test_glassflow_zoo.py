"""Every event of every table of the zoo passes GlassFlow: no dead letter, and each value is what Postgres says.

The collector delivers in the forms `envelope` and `flat`, and over OTLP to a strict receiver; `pipeline` writes the documents;
the strict model answers what becomes of each event. What a typed ClickHouse column cannot hold must be exactly what the
documentation says instead, and nothing else may differ.
"""

import base64
import collections
import json
import re
import struct

import pytest

import array_text
from services import glassflow_etl
from services.collector import file_sink
from services.otlp_receiver import OtlpReceiver, otlp_sink
from test_pipeline_documents import FORMS, Pipelines
from test_type_faithfulness import EXTENSIONS, SETTINGS, SETUP, TypeTable, array_value, make_tables, scalar_value

INFINITY = float("inf")
FLOAT_MAX = {"float4": 3.4028234663852886e38, "float8": 1.7976931348623157e308}
SENTINELS = {"bool": False, "int2": 0, "int4": 0, "int8": 0, "oid": 0, "float4": 0, "float8": 0, "date": "1970-01-01", "timestamp": "1970-01-01T00:00:00Z",
             "timestamptz": "1970-01-01T00:00:00Z", "uuid": "00000000-0000-0000-0000-000000000000"}
LAST_YEAR = {"date": 2299, "timestamp": 2261, "timestamptz": 2261}


def expected_moment(printed, base, is_clamped):
    """Within the years that the column holds: the same. Else NULL, or the nearest: in keys, and in the flat form."""
    year = re.match(rb"(\d+)-", printed)
    is_early = printed == b"-infinity" or printed.endswith(b"BC") or (year and int(year[1]) < 1900)
    is_late = printed == b"infinity" or (not is_early and int(year[1]) > LAST_YEAR[base])
    if (is_early or is_late) and not is_clamped:
        return None
    if is_early or is_late:
        end = "1900-01-01" if is_early else f"{LAST_YEAR[base]}-12-31"
        return end if base == "date" else end + ("T00:00:00Z" if is_early else "T23:59:59.999999Z")
    if base == "date":
        return printed.decode()
    text = printed.decode().removesuffix("+00").replace(" ", "T")
    return (text.rstrip("0").rstrip(".") if "." in text else text) + "Z"


def as_float4(number):
    return struct.unpack("f", struct.pack("f", number))[0]


def expected_float(printed, base, form):
    number = float(printed)
    if form == "flat":
        return 0.0 if number != number else max(-FLOAT_MAX[base], min(FLOAT_MAX[base], number))
    return None if number != number or abs(number) == INFINITY else number


def expected(printed, table, form, is_key):
    """What the ClickHouse column gets of what the server prints."""
    base = table.base
    if printed is None:
        return 0 if form == "flat" and base in ("xid", "cid") else ("[]" if is_json_array(table) else SENTINELS.get(base, "")) if form == "flat" else None
    if base == "bool":
        return printed == b"t"
    if base in ("int2", "int4", "int8", "oid"):
        return int(printed)
    if base in ("xid", "cid"):
        return int(printed)
    if base == "xid8" and form != "flat":
        return int(printed) if int(printed) < 2**63 else None
    if base in FLOAT_MAX:
        return expected_float(printed, base, form)
    if base in LAST_YEAR:
        return expected_moment(printed, base, is_key or form == "flat")
    if base == "bytea":
        return base64.b64encode(bytes.fromhex(printed.decode()[2:])).decode()
    return printed.decode()


def is_json_array(table):
    return bool(table.elements) and table.name.split(".")[1] not in {f"_{name}" for name in ("colon_integer", "parcel", "deep6", "deep7", "deep8")}


def same(got, printed, table, form, is_key):
    if is_key and form != "flat" and (table.base in FLOAT_MAX or table.base == "xid8"):
        return same_text(got, printed, table)  # what a typed column cannot hold must not fall together in a key
    if is_json_array(table) and printed is not None:
        return array_value(json.loads(got, parse_int=str, parse_float=str), printed, table.elements) == printed
    wanted = expected(printed, table, form, is_key)
    if isinstance(wanted, float):
        rounded = float if table.base == "float8" else as_float4
        return type(got) in (int, float) and rounded(got) == rounded(wanted)
    return got == wanted and type(got) is type(wanted)


def same_text(got, printed, table):
    try:
        return isinstance(got, str) and scalar_value(got, printed, table.base) == printed
    except (ValueError, AttributeError):  # in another form
        return False


class Zoo:
    """The tables of every type, with their changes, and what the server printed after the first and the second."""

    def __init__(self, database):
        self.database = database
        with database.connect(options=SETTINGS.replace("=pg_catalog", "=public")) as connection:
            for extension in EXTENSIONS:
                connection.execute(f"CREATE EXTENSION {extension}")
            connection.execute(SETUP)
            with connection.transaction():
                self.tables = list(make_tables(connection))
        database.create_slot()
        states = []
        with database.connect(options=SETTINGS) as connection:
            for phase in (TypeTable.insert, TypeTable.update, TypeTable.delete):
                with connection.transaction():
                    for table in self.tables:
                        phase(table, connection)
                states.append({row: value for table in self.tables for row, value in table.printed(connection).items()})
            connection.execute("TRUNCATE " + ", ".join(table.full for table in self.tables[:5]))
        self.before, self.after, _ = states

    @property
    def names(self):
        return {name.split(".")[1]: (name, table) for table in self.tables for name in table.tables}

    def kafka_events(self, path):
        """{table: values of its records}"""
        events = collections.defaultdict(list)
        for line in path.read_text().split("\n")[:-1]:
            events[json.loads(line)["_table"]].append(line)
        return events


def check_table(zoo, name, form, document, events, directory):
    """The differences between what GlassFlow stores of the table's events and what the server printed."""
    full_name, table = zoo.names[name]
    is_key = full_name == table.key
    column = {mapping["column_name"]: mapping["name"] for mapping in document["sink"]["mapping"]}
    assert {"_version", "_is_deleted", "id", "v"} == set(column)
    answers = glassflow_etl.answers(directory, document, events)
    differences = [f"{form} {name} ({table.name}): {answer} of {str(event)[:300]}" for answer, event in zip(answers, events)
                   if answer["outcome"] not in ("row", "filtered")]
    rows = [answer["row"] for answer in answers if answer["outcome"] == "row"]
    printed = {row: value for (one, row), value in zoo.before.items() if one == full_name}
    updated = {row: value for (one, row), value in zoo.after.items() if one == full_name}
    # In order: an insert of each row; an update, which is a delete and an insert where the key changes; a delete.
    if len(rows) != len(printed) * (4 if is_key else 3):
        differences.append(f"{form} {name}: {len(rows)} rows of {len(printed)}")
    seen = collections.Counter()
    for row in rows:
        if row["id"] not in {**printed, **updated}:
            differences.append(f"{form} {name} ({table.name}): row {row} has an id that there is not")
            continue
        if row["_is_deleted"] and not is_key:
            continue
        state = printed if row["id"] in printed and (not is_key or row["id"] < 1000) else updated
        if not is_key and not row["_is_deleted"]:
            state = printed if seen[row["id"]] == 0 else updated
        seen[row["id"]] += 1
        if not same(row["v"], state[row["id"]], table, form, is_key):
            differences.append(f"{form} {name} ({table.name}): {str(row['v'])[:200]!r} is not {str(state[row['id']])[:200]}")
    return differences


@pytest.fixture
def zoo(database):
    return Zoo(database)


def test_every_event_of_every_type(zoo, database, collector, collector_binary, tmp_path, request):
    pipelines = Pipelines(collector_binary, database.cluster, database.name, tmp_path)
    receiver = OtlpReceiver(tmp_path / "receiver").start().wait_ready()
    request.addfinalizer(receiver.close)
    sinks = [file_sink(tmp_path / form, format=form) | {"name": form} for form in ("envelope", "flat")] + [otlp_sink(receiver)]
    assert collector(sinks=sinks, command=("run", "--drain")).wait(120) == 0

    events = {form: zoo.kafka_events(tmp_path / form) for form in ("envelope", "flat")}
    events["row"] = collections.defaultdict(list)
    for stored in receiver.events():
        events["row"][stored["scope_name"].split(".")[1]].append({key: value for key, value in stored.items() if key != "pipeline"})
    tables = [f"public.{name}" for name in zoo.names]
    differences, checked = [], collections.Counter()
    for form, arguments in FORMS.items():
        documents, _ = pipelines.documents(*arguments, *tables)
        by_table = {document["name"].split(".")[1]: document for document in documents}
        assert set(by_table) == set(zoo.names)
        for name in zoo.names:
            differences += check_table(zoo, name, form, by_table[name], events[form][name], tmp_path)
            checked[form] += len(events[form][name])
    assert not differences, f"{len(differences)} differences:\n" + "\n".join(differences[:60])
    assert min(checked.values()) > 5000, checked


def test_an_unchanged_large_value_is_never_null(database, collector, collector_binary, tmp_path):
    large = "(SELECT string_agg(md5(i::text), '') FROM generate_series(1, 300) i)"
    identities = {"by_default": "DEFAULT", "by_full": "FULL", "by_index": "USING INDEX by_index_u", "by_nothing": "NOTHING"}
    for name in identities:
        database.execute(f"CREATE TABLE {name} (id integer PRIMARY KEY, n integer NOT NULL, v text, w integer[]); ALTER TABLE {name} ALTER COLUMN v SET STORAGE EXTERNAL,"
                         f" ALTER COLUMN w SET STORAGE EXTERNAL; CREATE UNIQUE INDEX {name}_u ON {name} (n, id); GRANT SELECT ON {name} TO replicator")
        database.execute(f"ALTER TABLE {name} REPLICA IDENTITY {identities[name]}; INSERT INTO {name} VALUES (1, 0, {large}, array_fill(7, ARRAY[2000]))")
    database.create_slot()
    for name in identities:
        database.execute(f"UPDATE {name} SET n = 1")  # the key of by_index
    sinks = [file_sink(tmp_path / form, format=form, toast="reselect") | {"name": form} for form in ("envelope", "flat")]
    assert collector(sinks=sinks, command=("run", "--drain")).wait(60) == 0
    pipelines = Pipelines(collector_binary, database.cluster, database.name, tmp_path)
    wanted = database.query(f"SELECT {large}")[0][0]
    for form in ("envelope", "flat"):
        events = [line for line in (tmp_path / form).read_text().split("\n")[:-1]]
        for document in pipelines.documents(*FORMS[form], *(f"public.{name}" for name in identities))[0]:
            name = document["name"].split(".")[1]
            rows = glassflow_etl.rows(tmp_path, document, [event for event in events if json.loads(event)["_table"] == name])
            assert [row["_is_deleted"] for row in rows] == ([1, 0] if name == "by_index" else [0])
            assert (rows[-1]["v"], json.loads(rows[-1]["w"])) == (wanted, [7] * 2000), (form, name)
