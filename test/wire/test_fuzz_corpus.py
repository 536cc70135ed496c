"""Replays the corpus of `make fuzz` on a server: what a fuzzer once reached is shown or refused there, too.

Here without AddressSanitizer, so this tells of crashes, errors of the wrong class and lines that cannot be shown.
"""

import pathlib

import psycopg
import pytest

CORPUS = pathlib.Path(__file__).resolve().parent.parent / "fuzz" / "corpus"


def parse(content):
    """(flags, pieces) of an input, as test/fuzz/backend.cpp takes it apart."""
    flags, at, pieces = content[:1], 1, []
    while at < len(content):
        size = int.from_bytes(content[at:at + 2].ljust(2, b"\0"), "big") if at + 2 <= len(content) else content[at] << 8
        at = min(at + 2, len(content))
        pieces.append(content[at:at + size])
        at += len(pieces[-1])
    return flags[0] if flags else 0, pieces


def inputs(target):
    files = sorted((CORPUS / target).iterdir())
    assert len(files) > 50, f"the corpus of {target} is nearly empty"
    return [parse(file.read_bytes()) for file in files]


@pytest.fixture
def connection(database):
    database.execute("CREATE EXTENSION glassflow")
    with database.connect() as one:
        yield one


def test_frames_are_shown_or_refused(connection):
    shown = refused = 0
    for flags, frames in inputs("decode"):
        try:
            rows = connection.execute("SELECT glassflow.decode(data, %s) FROM unnest(%s::bytea[]) data", (not flags & 1, frames)).fetchall()
            assert not [line for (line,) in rows if any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)]
            shown += 1
        except psycopg.errors.InvalidBinaryRepresentation:
            refused += 1
    assert shown > 20 and refused > 20, (shown, refused)


def test_options_are_accepted_or_refused(database, connection):
    database.create_slot()
    accepted = refused = 0
    for _, texts in inputs("options"):
        options = [c_string(text) for text in texts[2:]]
        options += [""] * (len(options) % 2)
        if None in options:
            continue  # a client in UTF-8 cannot say it
        try:
            connection.execute("SELECT count(*) FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, VARIADIC %s::text[])", (database.slot, options))
            accepted += 1
        except (psycopg.errors.InvalidParameterValue, psycopg.errors.ObjectNotInPrerequisiteState):  # the latter: a hash, and no key
            refused += 1
    assert accepted > 5 and refused > 20, (accepted, refused)


def test_schema_changes_are_told_or_left_out(database, connection):
    """Anyone can send such messages, so that none of them may stop the slot."""
    database.create_slot()
    contents = [file.read_bytes()[1:] for file in sorted((CORPUS / "schema_change").iterdir())]
    connection.execute("SELECT pg_logical_emit_message(true, 'glassflow.ddl', content) FROM unnest(%s::bytea[]) content", (contents,))
    told = connection.execute("SELECT line FROM pg_logical_slot_peek_binary_changes(%s, NULL, NULL, 'ddl', 'on'), glassflow.decode(data, false) line WHERE line LIKE 'ddl %%'",
                              (database.slot,)).fetchall()
    assert 2 < len(told) < len(contents), (len(told), len(contents))


def c_string(text):
    try:
        return text.split(b"\0")[0].decode()
    except UnicodeDecodeError:
        return None
