"""What test_decoding, the server's own example of a plugin, prints -> the same tuples as `changes_of` makes of our frames.

("begin", xid), ("commit", xid, time), (operation, table, old row, new row), ("truncate", table, flags), ("message", is transactional, prefix,
content), ("prepare", gid, xid, time) and so on. Rows are {column: text, or None for NULL}. An old row holds no NULLs, as test_decoding leaves
them out; it is None where nothing was logged.
"""

import re

from frame_reader import FrameReader
from value_printer import Type, UNCHANGED, msgpack, print_timestamp, printed

UNCHANGED_TOAST = "unchanged-toast-datum"
NAME = r'"(?:[^"]|"")+"|[^"\s\[.,]+'
VALUE = re.compile(rf"""\ (?P<name>{NAME})\[(?P<type>.*?)\]:(?P<value>B?'(?:[^']|'')*'|[^ ']+)""", re.VERBOSE | re.DOTALL)
CHANGE = re.compile(rf"table (?P<tables>(?:(?:{NAME})\.(?:{NAME})(?:, )?)+): (?P<action>INSERT|UPDATE|DELETE|TRUNCATE):(?P<rest>.*)", re.DOTALL)
MESSAGE = re.compile(r"(?:streaming )?message: transactional: (\d) prefix: (.*?), sz: (\d+)(?: content:(.*))?", re.DOTALL)
AT = r"(?: \(at (.*)\))?"
# {our name of it: what it looks like}; the groups are told as they are.
ENDS = {
    "begin": re.compile(r"BEGIN (\d+)"), "commit": re.compile(rf"COMMIT (\d+){AT}"), "prepare": re.compile(rf"PREPARE TRANSACTION '(.*)', txid (\d+){AT}"),
    "commit_prepared": re.compile(rf"COMMIT PREPARED '(.*)', txid (\d+){AT}"), "rollback_prepared": re.compile(rf"ROLLBACK PREPARED '(.*)', txid (\d+){AT}"),
    "stream_start": re.compile(r"opening a streamed block for transaction TXN (\d+)"), "stream_stop": re.compile(r"closing a streamed block for transaction TXN \d+"),
    "stream_abort": re.compile(r"aborting streamed \(sub\)transaction TXN (\d+)"), "stream_commit": re.compile(rf"committing streamed transaction TXN (\d+){AT}"),
    "stream_prepare": re.compile(rf"preparing streamed transaction TXN '(.*)', txid (\d+){AT}"),
    "change": re.compile(r"streaming (?:change|truncate) for TXN \d+"),
}


def unquoted(name):
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def value_of(text):
    """Numbers and booleans are bare, bits are B'01', all else is in quotes."""
    if text == "null":
        return None
    return text[text.index("'") + 1:-1].replace("''", "'") if text.endswith("'") else text


def row_of(text):
    row, at = {}, 0
    while at < len(text):
        found = VALUE.match(text, at)
        assert found, f"no column at {at} of {text!r}"
        row[unquoted(found["name"])] = value_of(found["value"])
        at = found.end()
    return row


def rows_of(action, rest):
    """(old, new)"""
    if rest == " (no-tuple-data)":
        return None, None
    if action == "DELETE":
        return row_of(rest), None
    old, divider, new = rest.partition(" new-tuple:") if rest.startswith(" old-key:") else ("", "", rest)
    return row_of(old[len(" old-key:"):]) if divider else None, row_of(new)


def told_by(line):
    """The tuples of one row of pg_logical_slot_get_changes()."""
    for kind, form in ENDS.items():
        if found := form.fullmatch(line):
            return [(kind, *found.groups())]
    if found := MESSAGE.fullmatch(line):
        assert found[4] is None or len(found[4].encode()) == int(found[3])
        return [("message", found[1] == "1", found[2], found[4])]
    found = CHANGE.fullmatch(line)
    assert found, f"test_decoding says {line!r}"
    tables = [".".join(map(unquoted, pair)) for pair in re.findall(rf"({NAME})\.({NAME})", found["tables"])]
    if found["action"] == "TRUNCATE":
        return [("truncate", table, {"cascade": " cascade" in found["rest"], "restart_identity": " restart_seqs" in found["rest"]}) for table in tables]
    return [(found["action"].lower(), tables[0], *rows_of(found["action"], found["rest"]))]


class RowReader(FrameReader):
    """The frames' own reader, with rows as Postgres prints them."""

    def _relation(self, relation_id, oid, schema, table, identity, columns, *rest):
        event = super()._relation(relation_id, oid, schema, table, identity, columns, *rest)
        self.relations[relation_id] |= {"name": f"{schema}.{table}", "types": [Type(column, is_column=True) for column in columns]}
        return event

    def _position(self, relation_id, position):
        return {**super()._position(relation_id, position), "table": self.relations[relation_id]["name"]}

    def _row(self, relation_id, values):
        super()._row(relation_id, values)
        return {a_type.field: self._text(value, a_type) for value, a_type in zip(values, self.relations[relation_id]["types"])}

    def _old_row(self, relation_id, values):
        if super()._old_row(relation_id, values) is None:
            return None
        relation = self.relations[relation_id]
        types = relation["types"] if relation["identity"] == "f" else [relation["types"][place] for place in relation["key"]]
        return {a_type.field: self._text(value, a_type) for value, a_type in zip(values, types) if value is not None}

    @staticmethod
    def _text(value, a_type):
        if isinstance(value, msgpack.ExtType) and value.code == UNCHANGED:
            return UNCHANGED_TOAST
        text = printed(value, a_type)
        return {"t": "true", "f": "false"}[text] if a_type.name == "boolean" and text else text


def time_of(time_us):
    return print_timestamp(time_us, Type([None, "timestamp with time zone", 1184, -1, 9], is_field=True))


def changes_of(frames):
    """Our own frames, of a whole session, as told_by() tells test_decoding's lines. Transactions in progress are told when they end."""
    reader = RowReader()
    told, xid, time = [], None, None
    for event in (event for frame in frames for event in reader.read(bytes(frame))):
        kind = event["record"]
        if kind in ("begin", "begin_prepare"):
            xid, time = str(event["xid"]), time_of(event.get("commit_time_us", event.get("prepare_time_us")))
            gid = event.get("gid")
            told.append(("begin", xid))
        elif kind == "commit":
            told.append((kind, xid, time))
        elif kind == "prepare":
            told.append((kind, gid, xid, time))
        elif kind in ("commit_prepared", "rollback_prepared"):
            told.append((kind, event["gid"], str(event["xid"]), time_of(event.get("commit_time_us", event.get("rollback_time_us")))))
        elif kind in ("insert", "update", "delete"):
            told.append((kind, event["table"], event.get("old"), event.get("new")))
        elif kind == "truncate":
            told.append((kind, event["table"], {"cascade": event["cascade"], "restart_identity": event["restart_identity"]}))
        elif kind == "message":
            told.append((kind, event["is_transactional"], event["prefix"], bytes.fromhex(event["content"]["bytes"]).decode()))
        else:
            assert kind in ("session", "relation"), event
    return told
