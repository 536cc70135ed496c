"""The messages in the collector's sources that carry a hint, by reading the calls that tell them.

A message is the list of its literal pieces: `complain("unknown command \\"" + name + "\\"", hint)` is ['unknown command "', '"'].
"""

import re

from .postgres import SOURCE

CALL = re.compile(r"\b(?:complain|refuse|halt|log::(?:error|warning)|throw\s+[\w:]*Error)\s*\(")
# Told elsewhere: config's problems carry file, line and remedy and are grouped in the pages; what `check` finds is in checks.md,
# which is generated; the sandbox is a tool to try things with.
LEFT_OUT = ("config", "sandbox", "postgres/preflight", "event")


def call_arguments(text, at):
    """The arguments of the call whose bracket opens just before `at`, split at its own commas."""
    depth, arguments, current = 0, [], ""
    while at < len(text):
        literal = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'").match(text, at)
        if literal:
            current += literal[0]
            at = literal.end()
            continue
        character = text[at]
        if character in "([{":
            depth += 1
        elif character in ")]}":
            if depth == 0:
                return [*arguments, current]
            depth -= 1
        if character == "," and depth == 0:
            arguments.append(current)
            current = ""
        else:
            current += character
        at += 1
    raise AssertionError("a call is never closed")


def literals(expression):
    return [re.sub(r"\\(.)", r"\1", text) for text in re.findall(r"\"((?:\\.|[^\"\\])*)\"", expression)]


def with_hints():
    """(file, pieces) of each."""
    for path in sorted((SOURCE / "collector").rglob("*.cpp")):
        name = str(path.relative_to(SOURCE / "collector"))
        if name.startswith(LEFT_OUT):
            continue
        text = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.MULTILINE)
        text = re.sub(r'"\s*\n\s*"', "", text)  # pieces that the compiler puts together
        for call in CALL.finditer(text):
            what, *rest = call_arguments(text, call.end())
            if literals(what) and any(literals(argument) for argument in rest):
                yield name, literals(what)
