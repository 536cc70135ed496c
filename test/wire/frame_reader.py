"""A second reader of the wire format, in another language: docs/wire_format.md with the stock msgpack library.

It shares no code with the plugin or the collector; what it makes of a frame is what the golden files say it means.
Values become JSON: null, booleans, integers and text as they are (so are date, time, timestamp, timestamptz: integers);
{"real": "1.5"}, {"bytes": "00ff"}, {"infinity": -1}, {"unchanged_toast": true}, {"too_large": 123} for what JSON has no
form of its own for. From decimal on, structure and not PostgreSQL's text:

    decimal     {"decimal": "-12.50"}            digits, with as many decimals as the column's scale
    timetz      {"timetz": [time, zone]}         as on the wire
    interval    {"interval": [months, days, microseconds]}, or {"infinity": 1}
    json        {"json": "{\"b\":1.50,\"a\":[]}"}  the document without spaces, members in the order of the wire, numbers with
                                                 their digits; in strings only ", \\ and controls escaped (\\b \\f \\n \\r \\t \\u001f)
    bits        {"bits": "0101"}
    inet, cidr  {"inet": [24, "0a000001"]}, {"cidr": ...}   netmask bits, address
    macaddr     {"macaddr": "08002b010203"}
    array       {"array": [value, ...], "shape": null}   values neutral, in the order of the wire; shape as on the wire
    composite   {"composite": [value, ...]}
    range       {"range": [flags, value, ...]}   as on the wire, bounds neutral
    multirange  {"multirange": [{"range": ...}, ...]}
    any of them as its text: {"text": "NaN"}, or {"text_bytes": "e9"} when that is not UTF-8; also at any depth

A column has a member "detail" when its encoding has one: decimal: the scale; array, range, multirange: {"type",
"type_oid", "typmod", "encoding", "detail"}; composite: a list of these with "name". Positions are "lsn" and "index".
"""

import msgpack

from value_reader import Members, check_bounds, checked, describe, integer, neutral, text_or_bytes

TAGS = dict(enumerate(["session", "relation", "begin", "commit", "insert", "update", "delete", "truncate", "message", "stream_start", "stream_stop",
                       "stream_abort", "stream_commit", "subtransaction", "begin_prepare", "prepare"]))
TAGS |= {16: "ddl", 17: "update_of_columns", 18: "stream_prepare", 19: "commit_prepared", 20: "rollback_prepared"}
IN_A_BLOCK = {"relation", "insert", "update", "delete", "truncate", "message", "subtransaction", "ddl", "update_of_columns"}
BETWEEN_TRANSACTIONS = {"stream_start", "stream_abort", "stream_commit", "stream_prepare", "commit_prepared", "rollback_prepared"}
KEY, NOT_NULL, GENERATED, MASKED = 1, 2, 4, 8
CASCADE, RESTART_IDENTITY = 1, 2
SIGNED, STATEMENT_IS_CUT = 1, 2
DROPPED = 1
LSN_UNIT = 4
BYTES = {"encoding": "bytes"}


def lsn_text(lsn):
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def unpack(frame):
    """(record, its bytes) for the records of a frame; raises when anything but whole arrays is in it."""
    unpacker = msgpack.Unpacker(raw=False, strict_map_key=True, use_list=True, object_pairs_hook=Members)
    unpacker.feed(frame)
    records, end = [], 0
    for record in unpacker:
        assert type(record) is list, "a record is not an array"
        records.append((record, frame[end:unpacker.tell()]))
        end = unpacker.tell()
    assert end == len(frame), "the frame ends in the middle of a record"
    return records


def crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC32C = crc32c_table()


def described_origin(origin, lsn):
    return {} if origin is None else {"origin": text_or_bytes(origin), "origin_lsn": lsn_text(lsn)}


class RecordSum:
    """What a transaction's records add up to: how many bytes, and their CRC32C."""

    def __init__(self):
        self.bytes = 0
        self.crc = 0xFFFFFFFF

    def add(self, record):
        self.bytes += len(record)
        for byte in record:
            self.crc = self.crc >> 8 ^ CRC32C[(self.crc ^ byte) & 0xFF]

    def check(self, change_count, filtered_count, record_bytes, checksum, came):
        assert change_count == came, f"{change_count} changes sent, {came} came"
        checked(filtered_count, int)
        assert record_bytes == self.bytes, f"{record_bytes} bytes sent, {self.bytes} came"
        assert checksum == self.crc ^ 0xFFFFFFFF, "the checksum is not that of what came"


class Streamed:
    """A transaction in progress: the events of its blocks, each with the subtransaction it is of."""

    def __init__(self, origin):
        self.origin = origin
        self.sum = RecordSum()
        self.change_count = 0
        self.events = []
        self.aborted = set()
        self.relations = {}  # the last description told, by id

    def told(self):
        """What remains; a description that says nothing new is left out."""
        for subxid, event in self.events:
            if event["record"] == "relation":
                if self.relations.get(event["relation_id"]) != event:
                    self.relations[event["relation_id"]] = event
                    yield event
            elif subxid not in self.aborted:
                yield event


class FrameReader:
    """Keeps what a session's frames said about relations and positions.

    A transaction that is streamed while it is in progress is told when it commits, as one that came whole.
    """

    def __init__(self):
        self.relations = None  # no session yet
        self.lsn = None  # what the next distance counts from; None outside a transaction
        self.index = None  # of the previous change of the transaction
        self.change_count = 0
        self.sum = RecordSum()  # of the records of the transaction
        self.prepared = None  # the xid of the open transaction when it is to be prepared
        self.streamed = {}  # by xid
        self.block = None  # the transaction whose block is open
        self.subxid = None  # of what follows in it
        self.outer_relations = None

    def read(self, frame):
        return [event for record, data in unpack(frame) for event in self._read(record, data)]

    def _read(self, record, data):
        tag = TAGS[record[0]]
        assert tag == "session" or self.relations is not None, "the first record is not the session's"
        if tag in BETWEEN_TRANSACTIONS:
            assert self.lsn is None, f"{tag} in a transaction"
            yield from getattr(self, "_" + tag)(*record[1:])
            if tag == "stream_start":
                self.block.sum.add(data)
        elif tag == "stream_stop":
            self.block.sum.add(data)
            self.block.change_count += self.change_count
            self.relations, self.outer_relations, self.block, self.lsn = self.outer_relations, None, None, None
        elif self.block is not None:
            assert tag in IN_A_BLOCK
            self.block.sum.add(data)
            if tag == "subtransaction":
                self.subxid = record[1]
            else:
                self.block.events.append((self.subxid, {"record": tag, **getattr(self, "_" + tag)(*record[1:])}))
        else:
            event = {"record": tag, **getattr(self, "_" + tag)(*record[1:])}
            if self.lsn is not None:
                self.sum.add(data)
            yield event

    def _stream_start(self, xid, lsn, is_first, origin=None, *_):
        assert is_first == (xid not in self.streamed)
        self.block = self.streamed.setdefault(xid, Streamed(origin))
        self.subxid = xid
        self.outer_relations, self.relations = self.relations, {}
        self.lsn, self.index, self.change_count = lsn, None, 0
        return ()

    def _stream_abort(self, xid, subxid, lsn, *_):
        if xid == subxid:
            del self.streamed[xid]
        else:
            self.streamed[xid].aborted.add(subxid)
        return ()

    def _stream_commit(self, xid, commit_lsn, end_lsn, commit_time, change_count, filtered_count, record_bytes, checksum, origin_lsn=0, *_):
        streamed = self.streamed.pop(xid)
        streamed.sum.check(change_count, filtered_count, record_bytes, checksum, streamed.change_count)
        assert end_lsn > commit_lsn
        yield {"record": "begin", "xid": xid, "commit_lsn": lsn_text(commit_lsn), "commit_time_us": commit_time,
               **described_origin(streamed.origin, origin_lsn)}
        told = list(streamed.told())
        yield from told
        yield {"record": "commit", "commit_lsn": lsn_text(commit_lsn), "end_lsn": lsn_text(end_lsn),
               "change_count": sum(event["record"] != "relation" for event in told)}

    def _begin_prepare(self, xid, gid, prepare_lsn, prepare_time, origin=None, origin_lsn=0, *_):
        self._begin(xid, prepare_lsn, prepare_time)
        self.prepared = xid
        return {"xid": xid, "gid": text_or_bytes(gid), "prepare_lsn": lsn_text(prepare_lsn), "prepare_time_us": prepare_time,
                **described_origin(origin, origin_lsn)}

    def _prepare(self, prepare_lsn, end_lsn, *measures):
        assert self.prepared is not None
        self.prepared = None
        ended = self._commit(prepare_lsn, end_lsn, *measures)
        return {"prepare_lsn": ended["commit_lsn"], "end_lsn": ended["end_lsn"], "change_count": ended["change_count"]}

    def _stream_prepare(self, xid, gid, prepare_lsn, end_lsn, prepare_time, change_count, filtered_count, record_bytes, checksum, *_):
        streamed = self.streamed.pop(xid, None) or Streamed(None)
        streamed.sum.check(change_count, filtered_count, record_bytes, checksum, streamed.change_count)
        yield {"record": "begin_prepare", "xid": xid, "gid": text_or_bytes(gid), "prepare_lsn": lsn_text(prepare_lsn),
               "prepare_time_us": prepare_time, **described_origin(streamed.origin, 0)}
        told = list(streamed.told())
        yield from told
        yield {"record": "prepare", "prepare_lsn": lsn_text(prepare_lsn), "end_lsn": lsn_text(end_lsn),
               "change_count": sum(event["record"] != "relation" for event in told)}

    def _commit_prepared(self, xid, gid, commit_lsn, end_lsn, commit_time, *_):
        return [{"record": "commit_prepared", "xid": xid, "gid": text_or_bytes(gid), "commit_lsn": lsn_text(commit_lsn),
                 "end_lsn": lsn_text(end_lsn), "commit_time_us": commit_time}]

    def _rollback_prepared(self, xid, gid, prepare_end_lsn, prepare_time, rollback_lsn, end_lsn, rollback_time, *_):
        return [{"record": "rollback_prepared", "xid": xid, "gid": text_or_bytes(gid), "prepare_end_lsn": lsn_text(prepare_end_lsn),
                 "prepare_time_us": prepare_time, "rollback_lsn": lsn_text(rollback_lsn), "end_lsn": lsn_text(end_lsn),
                 "rollback_time_us": rollback_time}]

    def _session(self, protocol_version, plugin_version, server_version_num, server_encoding, *_):
        assert protocol_version == 1
        self.relations = {}
        self.lsn = None
        return {"protocol_version": protocol_version, "plugin_version": plugin_version,
                "server_version_num": server_version_num, "server_encoding": server_encoding}

    def _relation(self, relation_id, oid, schema, table, identity, columns, key, *_):
        assert identity in "difn" and relation_id > 0
        described = [self._column(*column) for column in columns]
        assert sorted(key) == [i for i, column in enumerate(described) if column["is_key"]]
        self.relations[relation_id] = {"identity": identity, "key": key, "columns": described}
        return {"relation_id": relation_id, "oid": oid, "schema": text_or_bytes(schema), "table": text_or_bytes(table),
                "identity": identity, "columns": described, "key": key}

    def _column(self, name, type_name, type_oid, typmod, encoding, flags, *rest):
        return {"name": text_or_bytes(name), "type": text_or_bytes(type_name), "type_oid": type_oid, "typmod": typmod,
                **check_bounds(describe(encoding, rest)), "is_key": bool(flags & KEY), "is_not_null": bool(flags & NOT_NULL),
                "is_generated": bool(flags & GENERATED), **({"is_masked": True} if flags & MASKED else {})}

    def _begin(self, xid, commit_lsn, commit_time, origin=None, origin_lsn=0, *_):
        assert self.lsn is None, "a transaction begins in a transaction"
        self.lsn = commit_lsn
        self.index = None
        self.change_count = 0
        self.sum = RecordSum()
        return {"xid": xid, "commit_lsn": lsn_text(commit_lsn), "commit_time_us": commit_time, **described_origin(origin, origin_lsn)}

    def _commit(self, commit_lsn, end_lsn, change_count, filtered_count, record_bytes, checksum, *_):
        assert self.lsn is not None, "a commit without a transaction"
        assert self.prepared is None, "a commit of what is to be prepared"
        assert end_lsn > commit_lsn
        self.sum.check(change_count, filtered_count, record_bytes, checksum, self.change_count)
        self.lsn = None
        return {"commit_lsn": lsn_text(commit_lsn), "end_lsn": lsn_text(end_lsn), "change_count": change_count}

    def _position(self, relation_id, position):
        assert self.lsn is not None, "a change outside a transaction"
        if isinstance(position, list):
            distance, index, *_ = position
            implied = self._implied_index(distance)
            assert index != implied, "the index need not be there"
        else:
            distance, index = position, self._implied_index(position)
            assert index is not None, "the first change is where the commit is"
        self.lsn = integer(self.lsn + LSN_UNIT * checked(distance, int), 1, 2**64 - 1)
        self.index = integer(index, 0, 2**32 - 1)
        self.change_count += 1
        return {"relation_id": relation_id, "lsn": lsn_text(self.lsn), "index": index}

    def _implied_index(self, distance):
        if distance != 0 or (self.block is not None and self.index is None):
            return 0
        return None if self.index is None else self.index + 1

    def _insert(self, relation_id, position, new, *_):
        return {**self._position(relation_id, position), "new": self._row(relation_id, new)}

    def _update(self, relation_id, position, new, old, *_):
        return {**self._position(relation_id, position), "new": self._row(relation_id, new),
                "old": self._old_row(relation_id, old)}

    def _update_of_columns(self, relation_id, position, bits, new, old, *_):
        relation = self.relations[relation_id]
        assert relation["identity"] == "f" and len(bits) == (len(relation["columns"]) + 7) // 8
        places = [place for place in range(8 * len(bits)) if bits[place // 8] >> place % 8 & 1]
        assert set(relation["key"]) <= set(places) and len(new) == len(old) == len(places)
        columns = [relation["columns"][place] for place in places]
        return {**self._position(relation_id, position), "columns": places,
                "new": [neutral(value, column) for value, column in zip(new, columns)],
                "old": [neutral(value, column) for value, column in zip(old, columns)]}

    def _delete(self, relation_id, position, old, *_):
        return {**self._position(relation_id, position), "old": self._old_row(relation_id, old)}

    def _truncate(self, relation_id, position, flags, *_):
        return {**self._position(relation_id, position), "cascade": bool(flags & CASCADE),
                "restart_identity": bool(flags & RESTART_IDENTITY)}

    def _message(self, lsn, is_transactional, prefix, content, *_):
        assert is_transactional == (self.lsn is not None)
        self.change_count += is_transactional
        return {"lsn": lsn_text(lsn), "is_transactional": checked(is_transactional, bool),
                "prefix": text_or_bytes(prefix), "content": neutral(content, BYTES)}

    def _ddl(self, lsn, flags, command, user, statement, objects, omitted_count, *_):
        assert self.lsn is not None
        self.change_count += 1
        return {"lsn": lsn_text(lsn), "is_signed": bool(flags & SIGNED), "is_statement_cut": bool(flags & STATEMENT_IS_CUT),
                "command": text_or_bytes(command), "user": text_or_bytes(user), "statement": statement and text_or_bytes(statement),
                "objects": [self._object(*one) for one in objects], "omitted_count": integer(omitted_count, 0, 2**32 - 1)}

    def _object(self, command, kind, schema, identity, flags, columns, *_):
        return {"command": text_or_bytes(command), "type": text_or_bytes(kind), "schema": schema and text_or_bytes(schema),
                "identity": text_or_bytes(identity), "is_dropped": bool(flags & DROPPED),
                "columns": columns and [{"name": text_or_bytes(name), "type": text_or_bytes(type_name), "is_not_null": bool(column_flags & NOT_NULL)}
                                        for name, type_name, column_flags, *_ in columns]}

    def _row(self, relation_id, values):
        columns = self.relations[relation_id]["columns"]
        assert len(values) == len(columns)
        return [neutral(value, column) for value, column in zip(values, columns)]

    def _old_row(self, relation_id, values):
        """One value per column, null where nothing is known; None when nothing is known at all."""
        relation = self.relations[relation_id]
        if values is None:
            return None
        if relation["identity"] == "f":
            return self._row(relation_id, values)
        assert len(values) == len(relation["key"])
        row = [None] * len(relation["columns"])
        for position, value in zip(relation["key"], values):
            row[position] = neutral(value, relation["columns"][position])
        return row
