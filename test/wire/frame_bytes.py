"""Turns frames into their bytes without the numbers that differ from run to run, so that servers can be compared.

What a reader understands may be the same while the bytes are not (an integer in a longer form). This knows how long a
MessagePack value is and little of what it means.
"""

# Positions in a record, counted from its tag (position 0), by tag: docs/wire_format.md.
VOLATILE = {0: {2, 3}, 1: {2}, 2: {1, 2, 3}, 3: {1, 2, 5, 6}, 4: set(), 5: set(), 6: set(), 7: set(), 8: {1}, 16: {1}, 17: set(), 9: {1, 2}, 10: set(), 11: {1, 2, 3},
            12: {1, 2, 3, 4, 7, 8}, 13: {1}, 14: {1, 3, 4}, 15: {1, 2, 5, 6}, 18: {1, 3, 4, 5, 8, 9}, 19: {1, 3, 4, 5}, 20: {1, 3, 4, 5, 6, 7}}
RELATION, CHANGES = 1, {4, 5, 6, 7, 17}
COLUMNS, POSITION = 6, 2
# In a column and in a type within a type: type oid, encoding, detail. A field has its name before its type.
COLUMN, INNER_TYPE, FIELD = (2, 4, 6), (1, 3, 4), (2, 4, 5)
COMPOSITE, OTHERS_WITH_TYPE = 20, {19, 21, 22}
FIRST_USER_OID = 16384

FIXED_SIZES = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8,
               0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17}
LENGTH_SIZES = {0xC4: 1, 0xC5: 2, 0xC6: 4, 0xC7: 1, 0xC8: 2, 0xC9: 4, 0xD9: 1, 0xDA: 2, 0xDB: 4}
EXTENSIONS = {0xC7, 0xC8, 0xC9}  # one byte for the extension's type follows the length


def parse(data, at):
    """(value, position after it): bytes for a scalar, [header, element, ...] for an array or map."""
    first = data[at]
    if 0x90 <= first <= 0x9F:
        return parse_array(data, at, at + 1, first & 0x0F)
    if first in (0xDC, 0xDD):
        end = at + (3 if first == 0xDC else 5)
        return parse_array(data, at, end, int.from_bytes(data[at + 1:end], "big"))
    if 0x80 <= first <= 0x8F:
        return parse_array(data, at, at + 1, 2 * (first & 0x0F))
    if first in (0xDE, 0xDF):
        end = at + (3 if first == 0xDE else 5)
        return parse_array(data, at, end, 2 * int.from_bytes(data[at + 1:end], "big"))
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


def blank_user_oids(described, places):
    """None in place of the oids of types made by users, in a column's type and the types within it."""
    oid, encoding, detail = (1 + place for place in places)
    if number(described[oid]) >= FIRST_USER_OID:
        described[oid] = None
    if described[encoding][0] == COMPOSITE:
        for field in described[detail][1:]:
            blank_user_oids(field, FIELD)
    elif described[encoding][0] in OTHERS_WITH_TYPE:
        blank_user_oids(described[detail], INNER_TYPE)


def stable_position(position):
    """Without the distance, which differs from run to run, unless the WAL record is that of the previous change."""
    if isinstance(position, list):
        return [position[0], stable_position(position[1]), *position[2:]]
    return position if position == b"\x00" else None


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
                    blank_user_oids(column, COLUMN)
            if tag in CHANGES:
                record[POSITION] = stable_position(record[POSITION])
            records.append([header, *(None if i in VOLATILE[tag] else value for i, value in enumerate(record))])
    return records
