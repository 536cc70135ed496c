"""Every message that a person can meet has its row in docs/operations.md: what to do about it."""

import re

from services import documents, messages


def rows():
    """The texts in the first column of the tables of messages."""
    text = documents.read("docs/operations.md").partition("\n## Messages\n")[2]
    found = []
    for line in text.splitlines():
        if line.startswith("| `"):
            found += re.findall(r"`([^`]+)`", line.split(" | ")[0])
    return found


def key(text):
    return re.sub(r"\s+", " ", re.sub(r"[\"“”;:,.()]", " ", text)).strip().lower()


def test_every_message_with_a_hint_is_in_the_tables():
    known = [key(row) for row in rows()]
    assert len(known) > 100
    missing = []
    count = 0
    for name, pieces in messages.with_hints():
        # What stands before a semicolon or colon names the message; the rest says more about it.
        told = [key(re.split(r"[;:]", piece)[0]) for piece in pieces
                if " " in piece.strip() and piece[:1] not in ";,"]  # a single word is a key, or joins two values
        told = [piece for piece in told if piece]
        if not told:
            continue
        count += 1
        if not any(piece in row for piece in told for row in known):
            missing.append(f"{name}: {' … '.join(pieces)}")
    assert count > 100, "the reader of the sources finds no messages"
    assert not missing, "no row in docs/operations.md:\n" + "\n".join(missing)
