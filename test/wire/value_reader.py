"""Types of columns and their values, from MessagePack to neutral JSON; frame_reader.py says what that looks like.

Strict: what docs/wire_format.md does not allow is an AssertionError, so that the golden files show a mistake of the plugin.
"""

import json
import re

import msgpack

ENCODINGS = ["text", "boolean", "integer", "float4", "float8", "bytes", "uuid", "date", "timestamp", "timestamptz", "decimal", "time",
             "timetz", "interval", "json", "bits", "inet", "cidr", "macaddr", "array", "composite", "range", "multirange"]
INT32, INT64 = 2**31, 2**63
DAY_US = 86400 * 1000000
MAX_TYPE_DEPTH, MAX_TYPES, MAX_JSON_DEPTH, MAX_DIMENSIONS = 8, 1000, 200, 6
EMPTY, LOWER_INFINITE, UPPER_INFINITE = 1, 8, 16
JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


class Members(list):
    """A map: its pairs in the order of the wire."""


def checked(value, wanted):
    assert type(value) is wanted, f"{value!r} is not {wanted.__name__}"
    return value


def integer(value, low, high):
    assert low <= checked(value, int) <= high, f"{value} is out of range"
    return value


def text_or_bytes(value):
    return {"bytes": value.hex()} if isinstance(value, bytes) else checked(value, str)


# Types: {"encoding", "detail"}, as members of a column or of a type within a type.


def describe(encoding_number, rest):
    """The members of a type that say how its values are written; rest: what follows in its array."""
    encoding = ENCODINGS[encoding_number]
    if encoding == "decimal":
        return {"encoding": encoding, "detail": integer(rest[0], 0, 18)}
    if encoding in ("array", "range", "multirange"):
        return {"encoding": encoding, "detail": inner_type(*rest[0])}
    if encoding == "composite":
        return {"encoding": encoding, "detail": [{"name": text_or_bytes(name), **inner_type(*described)} for name, *described in rest[0]]}
    return {"encoding": encoding}


def inner_type(name, type_oid, typmod, encoding_number, *rest):
    return {"type": text_or_bytes(name), "type_oid": integer(type_oid, 1, 2**32 - 1), "typmod": integer(typmod, -INT32, INT32 - 1),
            **describe(encoding_number, rest)}


def parts(described):
    detail = described.get("detail")
    return detail if isinstance(detail, list) else [detail] if isinstance(detail, dict) else []


def check_bounds(described):
    """Of a column's type: how deep it is nested, how many types are in it."""
    def walk(a_type, depth):
        assert depth <= MAX_TYPE_DEPTH, "types are nested too deep"
        return sum(1 + walk(part, depth + 1) for part in parts(a_type))
    assert walk(described, 0) <= MAX_TYPES, "too many types in a column"
    return described


# Values.


def neutral(value, described, is_nested=False):
    """One value, checked against what its type may hold."""
    encoding = described["encoding"]
    if value is None:
        return None
    if isinstance(value, msgpack.ExtType):
        assert not (is_nested and value.code == 1), "unchanged within a value"
        return extension(value, encoding)
    if encoding == "text":
        return text_or_bytes(value)
    if encoding == "boolean":
        return checked(value, bool)
    if encoding in ("float4", "float8"):
        return {"real": repr(checked(value, float))}
    if encoding in ("bytes", "uuid"):
        assert encoding == "bytes" or len(value) == 16
        return {"bytes": checked(value, bytes).hex()}
    if encoding in ("integer", "date", "timestamp", "timestamptz"):
        return checked(value, int)
    if isinstance(value, str):
        return {"text": value}
    if isinstance(value, bytes) and encoding not in ("bits", "inet", "cidr", "macaddr"):
        return {"text_bytes": value.hex()}
    return NATIVE[encoding](value, described)


def extension(value, encoding):
    if value.code == 1:
        assert value.data == b"\x00"
        return {"unchanged_toast": True}
    if value.code == 2:
        assert value.data in (b"\x01", b"\xff") and encoding in ("date", "timestamp", "timestamptz", "interval")
        return {"infinity": 1 if value.data == b"\x01" else -1}
    assert value.code == 3 and len(value.data) == 8, f"extension {value.code}"
    return {"too_large": int.from_bytes(value.data, "big")}


def decimal(value, described):
    scale = described["detail"]
    digits = str(abs(integer(value, -INT64, INT64 - 1))).rjust(scale + 1, "0")
    whole = len(digits) - scale
    return {"decimal": "-" * (value < 0) + digits[:whole] + "." * (scale > 0) + digits[whole:]}


def time(value, _):
    return integer(value, 0, DAY_US)


def timetz(value, _):
    of_day, zone = value
    return {"timetz": [integer(of_day, 0, DAY_US), integer(zone, -57599, 57599)]}


def interval(value, _):
    months, days, microseconds = value
    return {"interval": [integer(months, -INT32, INT32 - 1), integer(days, -INT32, INT32 - 1), integer(microseconds, -INT64, INT64 - 1)]}


def document(value, _):
    assert isinstance(value, list), "a document that is a scalar is its text"
    return {"json": document_text(value, 1)}


def document_text(node, depth):
    if isinstance(node, Members):
        assert depth <= MAX_JSON_DEPTH
        return "{" + ",".join(f"{json_string(key)}:{document_text(child, depth + 1)}" for key, child in node) + "}"
    if isinstance(node, list):
        assert depth <= MAX_JSON_DEPTH
        return "[" + ",".join(document_text(child, depth + 1) for child in node) + "]"
    if isinstance(node, str):
        return json_string(node)
    if isinstance(node, msgpack.ExtType):
        digits = node.data.decode("ascii")
        assert node.code == 4 and JSON_NUMBER.fullmatch(digits), f"{node} is no number of a document"
        assert not (re.fullmatch("-?[0-9]+", digits) and -INT64 <= int(digits) < INT64 and digits != "-0"), f"{digits} is an int of 64 bits"
        return digits
    assert node is None or type(node) in (bool, int), f"{node!r} has no place in a document"
    return json.dumps(node)


def json_string(text):
    assert "\0" not in text
    return json.dumps(checked(text, str), ensure_ascii=False)


def bits(value, _):
    unused, content = checked(value, bytes)[0], value[1:]
    assert unused <= (7 if content else 0)
    digits = "".join(f"{byte:08b}" for byte in content)
    kept = digits[:len(digits) - unused]
    assert "1" not in digits[len(kept):], "unused bits are not 0"
    return {"bits": kept}


def network(value, described):
    netmask_bits, address = checked(value, bytes)[0], value[1:]
    assert len(address) in (4, 16) and netmask_bits <= 8 * len(address)
    return {described["encoding"]: [netmask_bits, address.hex()]}


def macaddr(value, _):
    assert len(checked(value, bytes)) in (6, 8)
    return {"macaddr": value.hex()}


def array(value, described):
    shape, *elements = checked(value, list)
    if shape is not None:
        assert len(checked(shape, list)) in range(2, 2 * MAX_DIMENSIONS + 1, 2)
        count = 1
        for length, lower_bound in zip(shape[::2], shape[1::2]):
            count *= integer(length, 1, INT32 - 1)
            integer(lower_bound, -INT32, INT32 - 1)
        assert count == len(elements), "the shape is not that of the elements"
        assert len(shape) > 2 or shape[1] != 1, "a plain array needs no shape"
    return {"array": [neutral(element, described["detail"], True) for element in elements], "shape": shape}


def composite(value, described):
    assert len(checked(value, list)) == len(described["detail"])
    return {"composite": [neutral(field, field_type, True) for field, field_type in zip(value, described["detail"])]}


def range_(value, described):
    flags, *bounds = checked(value, list)
    integer(flags, 0, 31)
    wanted = 0 if flags & EMPTY else 2 - bool(flags & LOWER_INFINITE) - bool(flags & UPPER_INFINITE)
    assert len(bounds) == wanted and None not in bounds
    return {"range": [flags, *(neutral(bound, described["detail"], True) for bound in bounds)]}


def multirange(value, described):
    return {"multirange": [range_(each, described) for each in checked(value, list)]}


NATIVE = {"decimal": decimal, "time": time, "timetz": timetz, "interval": interval, "json": document, "bits": bits, "inet": network,
          "cidr": network, "macaddr": macaddr, "array": array, "composite": composite, "range": range_, "multirange": multirange}
