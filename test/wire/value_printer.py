"""Wire values -> the text that Postgres prints for them: the encodings of output_plugin/wire_format.h read backwards.

It shares no code with the plugin: whatever the plugin writes, what comes out of here has to be what the server says of
the same row. A value in another form than its encoding's is an error, except its text, which is marked as such.
"""

import ipaddress
import struct
import uuid

import msgpack

(TEXT, BOOLEAN, INTEGER, FLOAT4, FLOAT8, BYTES, UUID, DATE, TIMESTAMP, TIMESTAMPTZ, DECIMAL, TIME, TIMETZ, INTERVAL, JSON, BITS, INET, CIDR,
 MACADDR, ARRAY, COMPOSITE, RANGE, MULTIRANGE) = range(23)
LAST_WITHOUT_TEXT = TIMESTAMPTZ
UNCHANGED, INFINITY, TOO_LARGE, JSON_NUMBER = 1, 2, 3, 4


class Type:
    """A column, a field, or a type within a type: [name,] type, oid, typmod, encoding, [flags,] detail."""

    def __init__(self, elements, is_column=False, is_field=False):
        elements = list(elements)
        self.field = elements.pop(0) if is_column or is_field else None
        self.name, self.oid, self.typmod, self.encoding = elements[:4]
        detail = elements[5:] if is_column else elements[4:]
        self.has_detail = bool(detail)
        assert self.has_detail == (self.encoding in (DECIMAL, ARRAY, COMPOSITE, RANGE, MULTIRANGE)), elements
        if self.encoding == DECIMAL:
            self.scale = detail[0]
            assert 0 <= self.scale <= 18
        elif self.encoding == COMPOSITE:
            self.parts = [Type(field, is_field=True) for field in detail[0]]
        elif self.has_detail:
            self.parts = [Type(detail[0])]


def columns_of(relation_record):
    return [Type(column, is_column=True) for column in relation_record[6]]


def inserted(connection, slot):
    """(columns, values) of each insert since the slot was last read."""
    frames = connection.execute("SELECT data FROM pg_logical_slot_get_binary_changes(%s, NULL, NULL)", (slot,)).fetchall()
    columns = {}
    for (frame,) in frames:
        unpacker = msgpack.Unpacker(raw=False, max_buffer_size=2**31 - 1)
        unpacker.feed(bytes(frame))
        for record in unpacker:
            if record[0] == 1:
                columns[record[1]] = columns_of(record)
            elif record[0] == 4:
                assert len(record[3]) == len(columns[record[1]])
                yield columns[record[1]], record[3]


def is_text_of(value, encoding):
    """Whether a value is its text instead of its encoding's own form."""
    return encoding > LAST_WITHOUT_TEXT and isinstance(value, str)


def printed(value, of):
    """None for NULL. `of` is a Type."""
    if value is None:
        return None
    if is_text_of(value, of.encoding):
        return value
    if isinstance(value, msgpack.ExtType) and value.code == INFINITY:
        assert of.encoding in (DATE, TIMESTAMP, TIMESTAMPTZ, INTERVAL) and value.data in (b"\x01", b"\xff")
        return "infinity" if value.data == b"\x01" else "-infinity"
    return PRINTERS[of.encoding](value, of)


def checked(value, wanted):
    assert type(value) is wanted, f"{value!r} is not {wanted.__name__}"
    return value


def as_float4(value):
    try:
        return struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:  # rounded beyond the largest
        return float("inf")


def print_float(value, digit_count, scientific_from):
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    for digits in range(1, digit_count + 1):
        text = f"{value:.{digits - 1}e}"
        if (float(text) if digit_count == 17 else as_float4(float(text))) == value:
            break
    mantissa, exponent = text.split("e")
    exponent = int(exponent)
    if value == 0 or -5 < exponent < scientific_from:
        return f"{value:.{max(0, len(mantissa.lstrip('-').replace('.', '')) - 1 - exponent)}f}"
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02}"


def civil(days):
    """Days since 2000-01-01 -> (year, month, day), proleptic Gregorian, year 0 is 1 BC."""
    days += 730425  # since 0000-03-01
    era, of_era = divmod(days, 146097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def print_date(days, suffix=""):
    year, month, day = civil(days)
    era = ""
    if year <= 0:
        year, era = 1 - year, " BC"
    return f"{year:04}-{month:02}-{day:02}{suffix}{era}"


def print_clock(microseconds):
    seconds, fraction = divmod(microseconds, 10**6)
    text = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return text + (f".{fraction:06}".rstrip("0") if fraction else "")


def print_timestamp(value, of):
    days, clock = divmod(checked(value, int), 86400 * 10**6)
    return print_date(days, " " + print_clock(clock) + ("+00" if of.encoding == TIMESTAMPTZ else ""))


def print_zone(west):
    east = -west
    text = f"{'-' if east < 0 else '+'}{abs(east) // 3600:02}"
    if east % 60:
        return text + f":{abs(east) // 60 % 60:02}:{abs(east) % 60:02}"
    return text + (f":{abs(east) // 60 % 60:02}" if abs(east) // 60 % 60 else "")


def print_timetz(value, _):
    time, zone = checked(value, list)
    return print_clock(time) + print_zone(zone)


def print_interval(value, _):
    """IntervalStyle postgres: a sign is printed where it differs from that of the part before."""
    months, days, microseconds = checked(value, list)
    years, months = (abs(months) // 12 * (1 if months >= 0 else -1), abs(months) % 12 * (1 if months >= 0 else -1))
    parts, was_negative = [], False
    for number, unit in ((years, "year"), (months, "mon"), (days, "day")):
        if number:
            parts.append(f"{'+' if was_negative and number > 0 else ''}{number} {unit}{'' if number == 1 else 's'}")
            was_negative = number < 0
    if microseconds or not parts:
        sign = "-" if microseconds < 0 else "+" if was_negative else ""
        parts.append(sign + print_clock(abs(microseconds)))
    return " ".join(parts)


def print_decimal(value, of):
    digits = str(abs(checked(value, int))).rjust(of.scale + 1, "0")
    whole, fraction = (digits[:-of.scale], "." + digits[-of.scale:]) if of.scale else (digits, "")
    return ("-" if value < 0 else "") + whole + fraction


ESCAPES = {"\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def print_json_string(text):
    return '"' + "".join(ESCAPES.get(c) or (f"\\u{ord(c):04x}" if ord(c) < 32 else c) for c in text) + '"'


def print_json(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{print_json_string(key)}: {print_json(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(print_json, value)) + "]"
    if isinstance(value, msgpack.ExtType):
        assert value.code == JSON_NUMBER
        return value.data.decode()
    if isinstance(value, str):
        return print_json_string(value)
    return {None: "null", True: "true", False: "false"}[value] if value is None or isinstance(value, bool) else str(checked(value, int))


def print_document(value, _):
    assert isinstance(value, (dict, list)), "a scalar document goes as its text"
    return print_json(value)


def print_bits(value, _):
    unused = checked(value, bytes)[0]
    assert unused < 8
    bits = "".join(f"{byte:08b}" for byte in value[1:])
    return bits[:len(bits) - unused]


def print_network(value, of):
    netmask_bits, address = checked(value, bytes)[0], value[1:]
    assert len(address) in (4, 16)
    parsed = ipaddress.ip_address(address)
    text = str(parsed)
    mapped = getattr(parsed, "ipv4_mapped", None)
    if mapped is not None:
        text = f"::ffff:{mapped}"
    return text if of.encoding == INET and netmask_bits == 8 * len(address) else f"{text}/{netmask_bits}"


def print_macaddr(value, _):
    assert len(checked(value, bytes)) in (6, 8)
    return value.hex(":")


def quoted(text, special, escape):
    if text == "" or any(c in special or c in " \t\n\r\v\f" for c in text):
        return '"' + "".join(escape(c) if c in '"\\' else c for c in text) + '"'
    return text


def print_array(value, of):
    shape, *elements = checked(value, list)
    if shape is None:
        shape = [len(elements), 1] if elements else []
    else:
        assert len(shape) > 2 or shape[1] != 1, "a plain array with a shape"
    lengths, lower_bounds = shape[::2], shape[1::2]
    texts = []
    for element in elements:
        text = printed(element, of.parts[0])
        if text is not None:
            text = quoted(text, '"\\{},', lambda c: "\\" + c)
            text = f'"{text}"' if text.upper() == "NULL" else text
        texts.append("NULL" if text is None else text)
    for length in reversed(lengths):
        assert length > 0 and len(texts) % length == 0
        texts = ["{" + ",".join(texts[i:i + length]) + "}" for i in range(0, len(texts), length)]
    assert len(texts) == (1 if lengths else 0)
    bounds = "".join(f"[{lower}:{lower + length - 1}]" for length, lower in zip(lengths, lower_bounds))
    return (bounds + "=" if any(lower != 1 for lower in lower_bounds) else "") + (texts[0] if texts else "{}")


def print_composite(value, of):
    assert len(checked(value, list)) == len(of.parts)
    texts = [printed(field, part) for field, part in zip(value, of.parts)]
    return "(" + ",".join("" if text is None else quoted(text, '"\\(),', lambda c: c + c) for text in texts) + ")"


def print_range(value, of):
    flags, *bounds = checked(value, list)
    if flags & 1:
        assert flags == 1 and bounds == []
        return "empty"
    texts = [quoted(printed(bound, of.parts[0]), '"\\()[],', lambda c: c + c) for bound in bounds]
    lower = "" if flags & 8 else texts.pop(0)
    upper = "" if flags & 16 else texts.pop(0)
    assert texts == [] and flags < 32
    return ("[" if flags & 2 else "(") + lower + "," + upper + ("]" if flags & 4 else ")")


PRINTERS = {
    TEXT: lambda value, _: checked(value, str),
    BOOLEAN: lambda value, _: "t" if checked(value, bool) else "f",
    INTEGER: lambda value, _: str(checked(value, int)),
    FLOAT4: lambda value, _: print_float(checked(value, float), 9, 6),
    FLOAT8: lambda value, _: print_float(checked(value, float), 17, 15),
    BYTES: lambda value, _: "\\x" + checked(value, bytes).hex(),
    UUID: lambda value, _: str(uuid.UUID(bytes=checked(value, bytes))),
    DATE: lambda value, _: print_date(checked(value, int)),
    TIMESTAMP: print_timestamp,
    TIMESTAMPTZ: print_timestamp,
    DECIMAL: print_decimal,
    TIME: lambda value, _: print_clock(checked(value, int)),
    TIMETZ: print_timetz,
    INTERVAL: print_interval,
    JSON: print_document,
    BITS: print_bits,
    INET: print_network,
    CIDR: print_network,
    MACADDR: print_macaddr,
    ARRAY: print_array,
    COMPOSITE: print_composite,
    RANGE: print_range,
    MULTIRANGE: lambda value, of: "{" + ",".join(print_range(one, of) for one in checked(value, list)) + "}",
}
