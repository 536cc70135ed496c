"""What the documentation shows is tried: configurations, command lines, options, SQL, links. A new page is in by being there."""

import functools
import re
import subprocess

import pytest
import yaml
from psycopg import errors, sql

from services import documents
from services.collector import BINARY, SANITIZER_OPTIONS
from services.postgres import PostgresCluster, SOURCE, make_directory

SOURCE_SECTION = "source: {database: shop, slot: orders}\n"
SINK_SECTION = "sinks: [{name: file, type: file, path: '-'}]\n"
NEEDED = {"kafka": {"brokers": "['h:1']"}, "otlp": {"url": "http://h:1", "pipeline_id": "orders"}}  # of a sink of such a type
# Options of other programs that the pages name.
FOREIGN_OPTIONS = {"--database-flags", "--now", "--unit", "--quiet", "--dbname", "--file", "--query", "--command"}


def collector(*words):
    return subprocess.run([BINARY, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True, env={"LC_ALL": "C.UTF-8", **SANITIZER_OPTIONS})


@functools.cache
def help_of(command, action=None):
    return collector(*(word for word in (command, action) if word), "--help").stdout


@functools.cache
def command_names():
    return re.findall(r"^  ([a-z][a-z-]*) ", collector("help").stdout, re.MULTILINE)


@functools.cache
def options_of(command, action=None):
    return set(re.findall(r"(?<![\w-])(--[A-Za-z][\w.-]*)", help_of(command, action))) | {"--help"}


@functools.cache
def setting_keys():
    """source.host, sinks.path (of any sink) … as configuration.md, which is generated, has them."""
    return set(re.findall(r"^\| `([a-z_.]+)` \|", documents.read("docs/configuration.md"), re.MULTILINE))


@functools.cache
def sink_keys():
    return {match for option in options_of("run") | set(re.findall(r"--sinks\.NAME\.[a-z_]+", help_of("run")))
            for match in re.findall(r"^--sinks\.NAME\.([a-z_]+)", option)} | {"name"}


def complete(block):
    """The block, and around it what it leaves to the reader."""
    kind = block.words[0] if block.words else ""
    if kind in NEEDED:
        given = yaml.safe_load("x:\n" + block.text)["x"]
        missing = "".join(f"    {key}: {value}\n" for key, value in NEEDED[kind].items() if key not in given)
        return f"{SOURCE_SECTION}sinks:\n  - name: it\n    type: {kind}\n{missing}{block.text}"
    text = block.text
    given = yaml.safe_load(text)
    return text + ("" if "source" in given else SOURCE_SECTION) + ("" if "sinks" in given else SINK_SECTION)


YAML_BLOCKS = [block for block in documents.all_fenced("yaml") if block.words != ["etl"]]


@pytest.mark.parametrize("block", YAML_BLOCKS, ids=lambda block: block.place)
def test_configurations_are_valid(block, tmp_path):
    path = tmp_path / "c.yaml"
    is_pipeline = block.words == ["pipeline"]
    path.write_text(block.text if is_pipeline else complete(block))
    words = ["--pipeline", path, "--sinks.glassflow.access_token_file", "/nowhere"] if is_pipeline else ["--config", path]
    tried = collector("validate", *words)
    assert tried.returncode == 0, tried.stderr


@pytest.mark.parametrize("name", documents.NAMES)
def test_configurations_stand_in_fences(name):
    """Where they are tried, and coloured."""
    assert not re.search(r"^ {4,}(source|sinks|components):\s", documents.without_fences(name), re.MULTILINE)


CONFIGURATION_FILES = sorted(path for folder in ("examples", "packaging") for path in (SOURCE / folder).glob("**/*.yaml") if ".github" not in path.parts)


@pytest.mark.parametrize("path", CONFIGURATION_FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_configuration_files_are_valid(path):
    if path.parent.name == "pipelines":
        tried = collector("validate", "--pipeline", path, "--sinks.glassflow.access_token_file", "/nowhere")
    else:
        tried = collector("validate", "--config", path)
    assert tried.returncode == 0, tried.stderr


def test_there_is_something_to_try():
    """A reader of pages that finds nothing in them would let everything pass."""
    assert len(YAML_BLOCKS) >= 10 and len(CONFIGURATION_FILES) >= 6
    assert sum(len(list(documents.commands(name))) for name in documents.NAMES) >= 50
    assert len(setting_keys()) > 50 and {"path", "brokers"} <= sink_keys() and "--drain" in options_of("run")


@pytest.mark.parametrize("name", documents.NAMES)
def test_command_lines_are_understood(name):
    for place, words in documents.commands(name):
        command = words[0]
        assert command in command_names() or command in ("docs", "--version"), f"{place}: no command {command}"
        if command == "--version":
            continue
        plain = [word for word in words[1:] if not word.startswith("-")]
        action = words[1] if command == "pipeline" and len(words) > 1 and re.fullmatch("[a-z][a-z-]+", words[1]) else None
        for word in words[1:]:
            option = word.split("=")[0]
            if option.startswith("--sinks."):
                assert option.split(".")[2].removesuffix("_file") in sink_keys(), f"{place}: {word}"
            elif option.startswith("-"):
                assert option in options_of(command, action), f"{place}: {command} has no {option}"
        if action or command in ("dead-letter", "config"):  # the help of pipeline's actions is the actions' own
            assert help_of(command, action) if action else f"  {plain[0]} " in help_of(command), f"{place}: no action {plain[0]}"


@pytest.mark.parametrize("name", documents.NAMES)
def test_options_and_settings_that_are_named_exist(name):
    if name == "CHANGELOG.md" or name == "docs/architecture.md":
        pytest.skip("speaks of other programs' options")
    known = set().union(*(options_of(command) for command in command_names())) | FOREIGN_OPTIONS
    sections = {key.split(".")[0] for key in setting_keys() if "." in key} - {"sinks"}
    for number, code in documents.inline_code(name):
        if re.fullmatch(r"--[a-z][a-z.-]*(=\S+)?", code) and not code.startswith("--with-llvm"):
            assert code.split("=")[0] in known, f"{name}:{number}: nothing has {code}"
        for section, key in re.findall(r"(?<![\w./-])([a-z]+)\.([a-z_]+)(?![\w.(/])", code):
            if section in sections and not re.search(rf"{section}\.(yaml|md|json|h|cpp|py)\b", code):
                key = f"{section}.{key}"
                assert key in setting_keys() or key.removesuffix("_file") in setting_keys(), f"{name}:{number}: no setting {key}"


@pytest.mark.parametrize("name", documents.NAMES)
def test_metrics_that_are_named_exist(name):
    metrics = set(re.findall(r"glassflow_collector_\w+", documents.read("docs/metrics.md")))
    for number, code in documents.inline_code(name):
        for metric in re.findall(r"glassflow_collector_\w+(?!\w|\*|…)", code):
            assert metric in metrics or metric.endswith("_"), f"{name}:{number}: no metric {metric}"


@pytest.mark.parametrize("name", documents.NAMES)
def test_links_lead_somewhere(name):
    path = SOURCE / name
    for target in re.findall(r"\]\(([^)\s]+)\)", documents.without_fences(name)):
        if re.match(r"https?:", target):
            continue
        file, _, anchor = target.partition("#")
        linked = path.parent / file if file else path
        assert linked.exists(), f"{name} links to {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", linked.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert anchor in anchors, f"{name} links to {target}"


@pytest.mark.parametrize("name", documents.NAMES)
def test_make_targets_exist(name):
    for number, line in documents.shell_lines(name):
        found = re.match(r"\s*(?:sudo )?make ([a-z-]+)", line)
        if found:
            tried = subprocess.run(["make", "-n", found[1]], cwd=SOURCE, stdin=subprocess.DEVNULL, capture_output=True, text=True)
            assert tried.returncode == 0, f"{name}:{number}: {tried.stderr}"


def statements(text):
    return [statement.strip() for statement in re.sub(r"--.*", "", text).split(";") if statement.strip()]


WITH_SQL = sorted({block.document for block in documents.all_fenced("sql")} - {"README.md"})  # whose SQL has a test of its own


@pytest.fixture(scope="module")
def own_cluster(private_install):
    cluster = PostgresCluster(make_directory("glassflow-pg-"), private_install).create().start()
    yield cluster
    cluster.remove()


@pytest.fixture
def shop(own_cluster):
    """The server with what the pages speak of: a database `shop` with tables and the extension, the groups that managed servers have."""
    groups = ("rds_replication", "cloudsqlsuperuser")
    for role in groups:
        own_cluster.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
    own_cluster.execute("CREATE DATABASE shop")
    for statement in ("CREATE TABLE orders (id int PRIMARY KEY, note text, price numeric(10,2))", "CREATE TABLE customers (id int PRIMARY KEY)",
                      "CREATE EXTENSION glassflow"):
        own_cluster.execute(statement, None, "shop")
    yield own_cluster
    own_cluster.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    own_cluster.execute("DROP DATABASE shop WITH (FORCE)")
    for role in ("replicator", *groups):
        own_cluster.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))


@pytest.mark.parametrize("name", WITH_SQL)
def test_sql_runs(name, shop):
    """Each page in order, by a superuser."""
    ran = 0
    with shop.connect("shop") as connection:
        for block in documents.fenced(name):
            if block.language != "sql":
                continue
            for statement in statements(block.text):
                if block.words == ["15.19"] or "output_plugin_libraries" in statement:
                    if not shop.install.knows_allow_list:
                        continue
                elif block.words and shop.install.major_version < int(block.words[0]):
                    continue
                dropped = re.match(r"SELECT pg_drop_replication_slot\('(\w+)'\)", statement)
                if dropped and not connection.execute("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", (dropped[1],)).fetchone():
                    connection.execute("SELECT pg_create_logical_replication_slot(%s, 'glassflow')", (dropped[1],))
                try:
                    connection.execute(statement)
                except errors.Error as error:
                    pytest.fail(f"{block.place}: {statement}: {error}")
                ran += 1
    assert ran or all(block.words for block in documents.fenced(name) if block.language == "sql")
