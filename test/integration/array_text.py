"""Arrays as Postgres prints them, `[0:1]={1,"a b",NULL}` -> lists of their elements' texts; for comparison with JSON."""


def parse(printed, delimiter=b","):
    """Nested lists of bytes and None. Raises ValueError when printed is no array."""
    text = printed[printed.index(b"=") + 1:] if printed.startswith(b"[") else printed
    parsed, end = _array(text, 0, delimiter)
    if end != len(text):
        raise ValueError(f"something follows the array: {printed!r}")
    return parsed


def _array(text, at, delimiter):
    if text[at:at + 1] != b"{":
        raise ValueError(f"no array at {at}: {text!r}")
    elements = []
    at += 1
    if text[at:at + 1] == b"}":
        return elements, at + 1
    while True:
        element, at = _array(text, at, delimiter) if text[at:at + 1] == b"{" else _element(text, at, delimiter)
        elements.append(element)
        at += 1
        if text[at - 1:at] == b"}":
            return elements, at
        if text[at - 1:at] != delimiter:
            raise ValueError(f"neither an end nor a delimiter at {at - 1}: {text!r}")


def _element(text, at, delimiter):
    characters = bytearray()
    is_quoted = text[at:at + 1] == b'"'
    at += is_quoted
    while True:
        character = text[at:at + 1]
        if is_quoted and character == b'"':
            return bytes(characters), at + 1
        if not is_quoted and character in (b"}", delimiter, b""):
            return (None if bytes(characters) == b"NULL" else bytes(characters)), at
        if character == b"\\":
            at += 1
        characters += text[at:at + 1]
        at += 1
