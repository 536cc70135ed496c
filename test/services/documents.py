"""What the documentation shows: its fenced and indented blocks and the code within its lines, to be tried by tests.

The words behind a fence's language say how a block is tried: `yaml pipeline` is a pipeline document of GlassFlow Cloud, `yaml kafka` and
`yaml otlp` are keys of such a sink, `yaml etl` belongs to GlassFlow ETL; `sql 17` runs on servers of that version or later.
"""

import dataclasses
import re
import shlex

from .postgres import SOURCE

PATHS = sorted(path for folder in (".", "docs", "examples", "packaging") for path in (SOURCE / folder).glob("*.md" if folder in (".", "docs") else "**/*.md"))
NAMES = [str(path.relative_to(SOURCE)) for path in PATHS]


@dataclasses.dataclass
class Block:
    document: str
    line: int
    language: str
    words: list
    text: str

    @property
    def place(self):
        return f"{self.document}:{self.line}"


def read(name):
    return (SOURCE / name).read_text()


def fenced(name):
    found = []
    lines = iter(enumerate(read(name).splitlines(), 1))
    for number, line in lines:
        if line.startswith("```"):
            language, *words = line[3:].split() or [""]
            body = []
            for _, inner in lines:
                if inner.startswith("```"):
                    break
                body.append(inner)
            else:
                raise AssertionError(f"{name}:{number}: a block is never closed")
            found.append(Block(name, number, language, words, "\n".join(body) + "\n"))
    return found


def all_fenced(language):
    return [block for name in NAMES for block in fenced(name) if block.language == language]


def without_fences(name):
    return re.sub(r"^```.*?^```", lambda found: "\n" * found[0].count("\n"), read(name), flags=re.MULTILINE | re.DOTALL)


def shell_lines(name):
    """(line number, text) of everything that is shown as a line to type: in `sh` blocks, and indented by four blanks."""
    for block in fenced(name):
        if block.language == "sh":
            for offset, line in enumerate(block.text.replace("\\\n", "  ").splitlines(), 1):
                yield block.line + offset, line
    for number, line in enumerate(without_fences(name).splitlines(), 1):
        if re.match(r" {4,}(sudo )?(make|glassflow-collector)\b(?!:)", line):
            yield number, line


def inline_code(name):
    for number, line in enumerate(without_fences(name).splitlines(), 1):
        if not line.startswith("    "):
            for code in re.findall(r"`([^`]+)`", line):
                yield number, code


def commands(name):
    """(place, words) of each command line of glassflow-collector, without what a shell puts behind it."""
    for number, line in [*shell_lines(name), *inline_code(name)]:
        line = line.strip()
        for part in re.split(r"\s[|&;>]+\s?|;", line):
            part = re.sub(r"^(sudo|[A-Z_]+=\S+)\s+", "", part.strip())
            if part.startswith("glassflow-collector ") and "COMMAND" not in part:
                words = shlex.split(part.replace("…", "X"), comments=True)[1:]
                yield f"{name}:{number}", words
