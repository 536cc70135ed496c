"""What the pages show within their lines is tried where it belongs: rules in the plugin, lines of postgresql.conf and pg_hba.conf
in a server, statements in a database, the arguments of make and of the benchmarks. Whole blocks are tried by test_documents.py."""

import importlib.machinery
import importlib.util
import json
import re
import shlex
import subprocess

import pytest
import yaml
from psycopg import errors

from services import documents
from services.postgres import PG_CONFIG, PostgresCluster, SOURCE, make_directory

# Everything that a fence may say it holds, and where it is tried.
KINDS = {"yaml": "test_documents.py", "sql": "test_documents.py", "conf": "below", "json": "below: an example of an event, read as JSON",
         "sh": "SHELL_BLOCKS", "": "what a command has printed, compared by the test of its page"}
SHELL_BLOCKS = {"examples/glassflow-etl/README.md": "test_etl_walk.py", "examples/python/README.md": "test_examples.py, test_etl_walk.py",
                "packaging/systemd/README.md": "test_examples.py"}
# In the text, and no statement to run.
NO_STATEMENTS = {"SELECT column::text": "stands for any column", "GRANT rds_replication": "the beginning of one",
                 "ALTER SYSTEM SET output_plugin_libraries = 'pgoutput, glassflow'": "what not to do: test_check.py shows what comes of it"}
SINCE = {"pg_log_standby_snapshot": 16, "synced": 17}
TABLES = """
CREATE TABLE users (id int PRIMARY KEY, name text, email text, card text, note text, ssn text, password text);
CREATE TABLE logs (id int PRIMARY KEY, ip_address inet);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int, amount numeric, status text, note text, price numeric(10,2));
CREATE SCHEMA shop;
CREATE TABLE shop.sales (id int PRIMARY KEY, customer_id int, tenant int, "Total" numeric);
INSERT INTO users VALUES (1, 'a', 'a@b', '1234567', 'long enough to cut', '1', 'p'); INSERT INTO logs VALUES (1, '::1');
INSERT INTO orders VALUES (1, 1, 101, 'open', '', 1); INSERT INTO shop.sales VALUES (1, 1, 7, 1); UPDATE users SET note = 'x'; DELETE FROM orders;
"""
KEY = "0123456789abcdef" * 4
RULES = ("columns", "exclude_columns", "rows", "masks")  # joined by semicolons
OTHERS = ("tables", "exclude_tables", "actions", "messages", "origin", "update_columns")
MASK = r"(null|hash|redact\(.*?\)|keep_last\(\d+\)|truncate\(\d+\))"


def joined(name, value):
    return value if isinstance(value, str) else (";" if name in RULES else ",").join(value)


def plugin_options():
    """(place, name, value) of every option of the plugin that a page gives a value."""
    for block in documents.all_fenced("yaml"):
        source = (yaml.safe_load(block.text) or {}).get("source") if not block.words else None
        if source and source.get("plugin", "glassflow") == "glassflow":
            for name in (*RULES, *OTHERS):
                if name in source:
                    yield block.place, name, joined(name, source[name])
    for page in documents.NAMES:
        for number, line in enumerate(documents.without_fences(page).splitlines(), 1):
            shown = re.match(rf"    ({'|'.join((*RULES, *OTHERS))})  +(\S.*)$", line)
            if shown:
                yield f"{page}:{number}", shown[1], shown[2]
            described = re.match(rf"\| ({'|'.join(RULES)}) \|.*?(\w+\.\w+: .*?)\. [A-Z]", line) if page == "docs/plugin_options.md" else None
            if described:
                yield f"{page}:{number}", described[1], described[2]
        for number, code in documents.inline_code(page):
            if re.fullmatch(rf"\S+\.\S+: \S+ = {MASK}", code):
                yield f"{page}:{number}", "masks", code


OPTIONS = list(plugin_options())


def lines_matching(pattern):
    for name in documents.NAMES:
        for number, line in enumerate(documents.without_fences(name).splitlines(), 1):
            if re.match(pattern, line):
                yield f"{name}:{number}", line.strip()


def statements():
    whole = r"(SELECT|SHOW|CREATE|DROP|ALTER|GRANT)\b(?=.*[a-z])[^…]*"
    yield from lines_matching(r" {4}(SELECT|CREATE|ALTER) .*;$")
    for name in documents.NAMES:
        for number, code in documents.inline_code(name):
            if re.fullmatch(whole, code) and code not in NO_STATEMENTS:
                yield f"{name}:{number}", code


def make_lines():
    for name in documents.NAMES:
        for number, line in [*documents.shell_lines(name), *documents.inline_code(name)]:
            for part in line.split("#")[0].split("&&"):
                if not re.match(r"\s*(sudo )?make( |$)", part):
                    continue
                words = shlex.split(part.strip().removeprefix("sudo "))
                if all(re.fullmatch(r"[a-z-]+|[A-Z_]+=.*", word) for word in words[1:]):
                    yield f"{name}:{number}", words


@pytest.fixture(scope="module")
def server(private_install):
    """With the page's lines in its postgresql.conf, and what the pages speak of in its database."""
    cluster = PostgresCluster(make_directory("glassflow-lines-"), private_install)
    cluster.create()
    with open(cluster.data / "postgresql.conf", "a") as file:
        for block in documents.all_fenced("conf"):
            file.write(block.text.replace("…", KEY))
    cluster.start()
    cluster.query("SELECT pg_create_logical_replication_slot('my_slot', 'glassflow')")
    cluster.execute(TABLES)
    cluster.execute("CREATE EXTENSION glassflow; CREATE ROLE replicator")
    yield cluster
    cluster.remove()


def test_every_block_is_of_a_kind_that_is_tried():
    assert {block.language for name in documents.NAMES for block in documents.fenced(name)} <= set(KINDS)
    assert {block.document for block in documents.all_fenced("sh")} == set(SHELL_BLOCKS)
    for name, tests in SHELL_BLOCKS.items():
        folder = name.split("/")[1]
        for test in tests.split(", "):
            text = (SOURCE / "test" / "integration" / test).read_text()
            assert name in text or folder in text, f"{test} does not speak of {name}"


def test_there_is_something_to_try():
    assert {name for _, name, _ in OPTIONS} >= {*RULES, "tables"} and len(OPTIONS) >= 10
    assert len(list(statements())) >= 12 and len(list(make_lines())) >= 40


def test_the_lines_of_postgresql_conf_count(server):
    assert len(documents.all_fenced("conf")) == 1
    assert server.query("SHOW shared_preload_libraries") == [("glassflow",)]
    assert server.query("SHOW glassflow.mask_key") == [(KEY,)]


@pytest.mark.parametrize("place, name, value", OPTIONS, ids=[f"{place}-{name}" for place, name, _ in OPTIONS])
def test_the_plugin_takes_the_options(server, place, name, value):
    """All changes of all the tables go through them, without an error, and without a warning that a column is not there."""
    said = []
    with server.connect() as connection:
        connection.add_notice_handler(lambda notice: said.append(notice.message_primary))
        connection.execute("SELECT count(*) FROM pg_logical_slot_peek_binary_changes('my_slot', NULL, NULL, %s, %s)", (name, value))
    assert not said, f"{place}: {said}"


def test_lines_of_pg_hba_conf_are_understood(server):
    lines = [line for _, line in lines_matching(r" {4}(local|host|hostssl|hostnossl) +\S+ +\S+")]
    assert len(lines) >= 2
    path = server.data / "pg_hba.conf"
    before = path.read_text()
    try:
        path.write_text(before + "\n".join(lines) + "\n")
        rules = server.query("SELECT type, error FROM pg_hba_file_rules ORDER BY line_number")[-len(lines):]
    finally:
        path.write_text(before)
    # The server of this test has no certificate; nothing else is wrong.
    assert all(error is None or "SSL is disabled" in error for _, error in rules), rules


def test_statements_in_the_text_run(server):
    """Each by itself, and taken back but for what cannot be."""
    for place, statement in statements():
        if any(server.install.major_version < since and word in statement for word, since in SINCE.items()):
            continue
        if "output_plugin_libraries" in statement and "ALTER" in statement and not server.install.knows_allow_list:
            continue
        with server.connect(autocommit="ALTER SYSTEM" in statement) as connection:
            dropped = re.match(r"SELECT pg_drop_replication_slot\('(\w+)'\)", statement)
            if statement.startswith("CREATE EXTENSION"):
                connection.execute("DROP EXTENSION glassflow")  # comes back with the rollback
            if dropped:
                server.query("SELECT pg_create_logical_replication_slot(%s, 'glassflow')", (dropped[1],))
            try:
                connection.execute(statement)
            except errors.Error as error:
                pytest.fail(f"{place}: {statement}: {error}")
            finally:
                connection.rollback()


def test_examples_of_events_are_json():
    for block in documents.all_fenced("json"):
        text = block.text.strip()
        while text:
            event, end = json.JSONDecoder().raw_decode(text)
            assert isinstance(event, dict), block.place
            text = text[end:].strip()


def test_make_takes_what_it_is_given():
    tried = set()
    for place, words in make_lines():
        words = tuple(f"PG_CONFIG={PG_CONFIG}" if word.startswith("PG_CONFIG=") else word for word in words)
        if words in tried:
            continue
        tried.add(words)
        made = subprocess.run(["make", "-n", *words[1:]], cwd=SOURCE, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        assert made.returncode == 0, f"{place}: {made.stderr}"


@pytest.mark.parametrize("target, script", [("bench", "collector"), ("bench-plugin", "plugin")])
def test_the_benchmarks_take_their_arguments(target, script):
    loader = importlib.machinery.SourceFileLoader(f"benchmark_{script}", str(SOURCE / "test" / "benchmark" / script))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    given = [(place, word.removeprefix("BENCH=")) for place, words in make_lines() if words[1:2] == [target] for word in words[2:]]
    assert given
    for place, arguments in given:
        try:
            module.parse_arguments(shlex.split(arguments))
        except SystemExit:
            pytest.fail(f"{place}: {target} does not take {arguments}")


def test_files_that_are_named_exist():
    for name in documents.NAMES:
        for number, code in documents.inline_code(name):
            for path in re.findall(r"(?<![\w/.-])(?:test|packaging|examples|docs|collector|output_plugin)/[\w/.@-]+(?![\w*]|\.\*)", code):
                if "NAME" in path:
                    continue
                assert (SOURCE / path.rstrip("./")).exists() or (SOURCE / name).parent.joinpath(path).exists(), f"{name}:{number}: no {path}"


def test_google_s_command_is_the_one_that_check_prints():
    """It cannot be run here: there is no account."""
    template = re.search(r'"(gcloud .*?NAME=VALUE)', (SOURCE / "collector/postgres/preflight/platform.cpp").read_text())[1]
    (line,) = {line for _, line in lines_matching(" {4}gcloud ")}
    assert line == template.replace("NAME=VALUE", "cloudsql.logical_decoding=on")
