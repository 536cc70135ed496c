"""Thousands of random values of the types whose text follows intricate rules, from the server to the event and back.

The plugin writes these as numbers, bytes and parts; what the collector makes of them must be what the type's output function
prints, character by character.
"""

import decimal
import json
import random

import pytest

from services.collector import file_sink
from test_type_faithfulness import SETTINGS, array_value, as_bytes, clip, read, row_of
from type_samples import quoted, random_literals

ROWS = 3000
STATEMENT_ROWS = 500
# What one of the quoting rules, or JSON, treats in its own way.
CHARACTERS = ["a", "a", "NULL", "null", "\"", "\"", "\\", "\\", "{", "}", "(", ")", "[", "]", ",", ";", ":", " ", "\t", "\n", "\v", "\f", "\r", "'",
              "\x01", "\x1f", "\x7f", "\x85", "\xa0", "é", "€", "😀"]

SETUP = """
CREATE TYPE leaf AS (t text, n numeric(9,3), i interval);
CREATE TYPE tree AS ("Leaves" leaf[], words text[], spans text_range, at timestamp, raw bytea, d jsonb);
"""


class Values:
    """Random SQL expressions, by kind."""

    def __init__(self, seed):
        self._random = random.Random(seed)

    def literal(self, name):
        return quoted(random_literals(name, self._random, 1)[0])

    def maybe(self, expression):
        return "NULL" if self._random.random() < 0.15 else expression

    def raw_text(self):
        return "".join(self._random.choice(CHARACTERS) for _ in range(self._random.choice([0, 1, 1, 2, 5, 20])))

    def text(self):
        return quoted(self.raw_text())

    def interval(self):
        return self.literal("interval") + "::interval"

    def inet(self):
        return self.literal("inet") + "::inet"

    def cidr(self):
        return f"network({self.inet()})"

    def timetz(self):
        return self.literal("timetz") + "::timetz"

    def numeric(self):
        return self._random.choice([self.literal("numeric") + "::numeric", "'NaN'", "'-Infinity'"])

    def scaled(self, digits, scale):
        units = self._random.randrange(10 ** self._random.randrange(1, digits + 1))
        return self._random.choice([f"{self._random.choice('+-')}{units}e-{scale}::numeric", "'NaN'"])

    def bits(self):
        return "B'" + "".join(self._random.choice("01") for _ in range(self._random.randrange(40))) + "'"

    def elements(self, make, count):
        return ", ".join(self.maybe(make()) for _ in range(count))

    def array(self, make, type_name):
        """One to three dimensions, with lower bounds; sometimes empty."""
        if self._random.random() < 0.1:
            return f"'{{}}'::{type_name}[]"
        lengths = [self._random.randrange(1, 4) for _ in range(self._random.choice([1, 1, 2, 3]))]

        def level(remaining):
            if len(remaining) == 1:
                return f"ARRAY[{self.elements(make, remaining[0])}]::{type_name}[]"
            return f"ARRAY[{', '.join(level(remaining[1:]) for _ in range(remaining[0]))}]"

        made = level(lengths)
        if len(lengths) > 1 or self._random.random() < 0.7:
            return made
        lower = self._random.randrange(-5, 5)
        return f"array_cat(array_fill(NULL::{type_name}, ARRAY[1], ARRAY[{lower}]), {made})"

    def text_array(self):
        return self.array(self.text, "text")

    def range(self, make, bound_type, type_name):
        if self._random.random() < 0.1:
            return f"'empty'::{type_name}"
        one, other = (f"{make()}::{bound_type}" for _ in "12")
        low, high = self.maybe(f"least({one}, {other})"), self.maybe(f"greatest({one}, {other})")
        kind = quoted(self._random.choice(["[)", "(]", "[]", "()"]))
        return f"{type_name}({low}, {high}, {kind})"

    def text_range(self):
        return self.range(self.text, "text COLLATE \"C\"", "text_range")

    def numbers(self):
        return self.range(lambda: self.scaled(6, 2), "numeric", "numrange")

    def multirange(self):
        return f"nummultirange({', '.join(self.numbers() for _ in range(self._random.randrange(4)))})"

    def document(self, depth=3):
        make = self._random
        if depth == 0 or make.random() < 0.3:
            return make.choice(["null", "true", "false", str(decimal.Decimal(random_literals("numeric", make, 1)[0])), random_literals("int8", make, 1)[0], self.json_string()])
        count = make.randrange(4)
        if make.random() < 0.5:
            return "[" + ",".join(self.document(depth - 1) for _ in range(count)) + "]"
        return "{" + ",".join(f"{self.json_string()}:{self.document(depth - 1)}" for _ in range(count)) + "}"

    def json_string(self):
        escapes = {"\"": "\\\"", "\\": "\\\\"}
        return "\"" + "".join(escapes.get(c, c if c >= " " else f"\\u{ord(c):04x}") for c in self.raw_text()) + "\""

    def jsonb(self):
        return quoted(self.document()) + "::jsonb"

    def leaf(self):
        return f"ROW({self.maybe(self.text())}, {self.maybe(self.scaled(6, 3))}, {self.maybe(self.interval())})::leaf"

    def tree(self):
        fields = [self.array(self.leaf, "leaf"), self.text_array(), self.text_range(), self.literal("timestamp") + "::timestamp", self.literal("bytea") + "::bytea",
                  self.jsonb()]
        return f"ROW({', '.join(self.maybe(field) for field in fields)})::tree"


# name: (type, what makes an expression of it)
COLUMNS = {
    "span": ("interval", Values.interval),
    "spans": ("interval[]", lambda v: v.array(v.interval, "interval")),
    "address": ("inet", Values.inet),
    "network": ("cidr", Values.cidr),
    "addresses": ("inet[]", lambda v: v.array(v.inet, "inet")),
    "clock": ("timetz", Values.timetz),
    "amount": ("numeric", Values.numeric),
    "price": ("numeric(12,2)", lambda v: v.scaled(12, 2)),
    "fine": ("numeric(30,18)", lambda v: v.scaled(30, 18)),
    "finer": ("numeric(40,19)", lambda v: v.scaled(21, 19)),
    "prices": ("numeric(8,2)[]", lambda v: v.array(lambda: v.scaled(8, 2), "numeric(8,2)")),
    "flags": ("varbit", Values.bits),
    "moment": ("timestamp(3)", lambda v: v.literal("timestamp")),
    "words": ("text[]", Values.text_array),
    "letters": ("char(4)[]", lambda v: v.array(lambda: quoted(v.raw_text()[:3]), "char(4)")),
    "boxes": ("box[]", lambda v: v.array(lambda: "box(point(random(), 1), point(0, random()))", "box")),
    "text_span": ("text_range", Values.text_range),
    "number_spans": ("nummultirange", Values.multirange),
    "document": ("jsonb", Values.jsonb),
    "documents": ("jsonb[]", lambda v: v.array(v.jsonb, "jsonb")),
    "leaf": ("leaf", Values.leaf),
    "tree": ("tree", Values.tree),
    "trees": ("tree[]", lambda v: v.array(v.tree, "tree")),
}
NUMBERS = {"amount", "price", "fine", "finer"}


def printed_rows(connection):
    result = connection.execute(f"SELECT id, {', '.join(COLUMNS)} FROM public.random_values").pgresult
    return {int(result.get_value(row, 0)): [result.get_value(row, 1 + i) for i in range(len(COLUMNS))] for row in range(result.ntuples)}


@pytest.mark.parametrize("seed", [3])
def test_random_values_are_what_the_server_prints(database, collector, tmp_path, seed):
    values = Values(seed)
    with database.connect(options=SETTINGS.replace("=pg_catalog", "=public")) as connection:
        connection.execute("CREATE TYPE text_range AS RANGE (subtype = text, collation = \"C\")")
        connection.execute(SETUP)
        columns = ", ".join(f"{name} {declared}" for name, (declared, _) in COLUMNS.items())
        connection.execute(f"CREATE TABLE random_values (id integer PRIMARY KEY, {columns})")
    database.create_slot()
    with database.connect(options=SETTINGS.replace("=pg_catalog", "=public")) as connection:
        for first in range(0, ROWS, STATEMENT_ROWS):
            rows = (f"({row}, {', '.join(values.maybe(make(values)) for _, make in COLUMNS.values())})" for row in range(first, first + STATEMENT_ROWS))
            connection.execute(f"INSERT INTO random_values VALUES {', '.join(rows)}")
    with database.connect(options=SETTINGS) as connection:
        printed = printed_rows(connection)

    sinks = [file_sink(tmp_path / form, format=form) | {"name": form} for form in ("wal2json", "envelope")]
    assert collector(sinks=sinks, command=("run", "--drain")).wait(60) == 0
    wal2json = {int(row["id"]): row for row in (row_of(event["columns"]) for event in read(tmp_path / "wal2json"))}
    envelope = {int(event["data"]["id"]): event["data"] for event in read(tmp_path / "envelope")}
    assert set(wal2json) == set(envelope) == set(printed) == set(range(ROWS))

    differences = []
    for row, expected in printed.items():
        for name, value in zip(COLUMNS, expected):
            for form, got in (("wal2json", as_bytes(wal2json[row][name])), ("envelope", as_bytes(envelope[row][name]))):
                if got is None and form == "wal2json" and name in NUMBERS and value in (b"NaN", b"Infinity", b"-Infinity"):
                    continue
                if name == "moment" and form == "envelope" and got is not None:
                    continue  # RFC 3339; compared by test_type_faithfulness.py
                if COLUMNS[name][0].endswith("[]") and form == "envelope" and got is not None:
                    base = COLUMNS[name][0].removesuffix("[]").split("(")[0]
                    got = array_value(json.loads(got, parse_int=str, parse_float=str), value, [base])
                if got != value:
                    differences.append(f"{form} {name} of row {row}: {clip(got)} is not {clip(value)}")
    assert not differences, f"{len(differences)} differences:\n" + "\n".join(differences[:30])
