"""Turns frames into their bytes without the numbers that differ from run to run, so that servers can be compared.

What a reader understands may be the same while the bytes are not (an integer in a longer form). This knows how long a
MessagePack value is and nothing of what it means; maps are in no frame.
"""

# Positions in a record, counted from its tag (position 0), by tag: docs/wire_format.md.
VOLATILE = {0: {2, 3}, 1: {2}, 2: {1, 2, 3}, 3: {1, 2}, 4: {2}, 5: {2}, 6: {2}, 7: {2}, 8: {1}}
RELATION, COLUMNS, TYPE_OID = 1, 6, 2
FIRST_USER_OID = 16384

FIXED_SIZES = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
               0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}
LENGTH_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
EXTENSIONS = {0xC7, 0xC8, 0xC9}  # one byte for the extension's type follows the length


def parse(data, at):
    """(value, position after it): bytes for a scalar, [header, element, ...] for an array."""
    first = data[at]
    if 0x90 <= first <= 0x9F:
        return parse_array(data, at, at + 1, first & 0x0F)
    if first in (0xDC, 0xDD):
        end = at + (3 if first == 0xDC else 5)
        return parse_array(data, at, end, int.from_bytes(data[at + 1:end], "big"))
    if first < 0x80 or first >= 0xE0:
        end = at + 1
    elif 0xA0 <= first <= 0xBF:
        end = at + 1 + (first & 0x1F)
    elif first in FIXED_SIZES:
        end = at + 1 + FIXED_SIZES[first]
    elif first in LENGTH_SIZES:
        content = at + 1 + LENGTH_SIZES[first]
        end = content + int.from_bytes(data[at + 1:content], "big") + (first in EXTENSIONS)
    else:
        raise ValueError(f"byte {at}: 0x{first:02x} begins nothing that a frame may hold")
    if end > len(data):
        raise ValueError(f"byte {at}: the value ends after the frame")
    return data[at:end], end


def parse_array(data, at, end, count):
    array = [data[at:end]]
    for _ in range(count):
        value, end = parse(data, end)
        array.append(value)
    return array, end


def number(scalar):
    return scalar[0] if len(scalar) == 1 else int.from_bytes(scalar[1:], "big")


def stable_records(frames):
    """The records of all frames as nested bytes, None in place of what differs from run to run."""
    records = []
    for frame in frames:
        at = 0
        while at < len(frame):
            (header, *record), at = parse(frame, at)
            tag = record[0][0]
            if tag == RELATION:
                for column in record[COLUMNS][1:]:
                    if number(column[1 + TYPE_OID]) >= FIRST_USER_OID:
                        column[1 + TYPE_OID] = None
            records.append([header, *(None if i in VOLATILE[tag] else value for i, value in enumerate(record))])
    return records
