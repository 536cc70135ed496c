"""make and its scripts: install, a clone whose path has a space in it, quickstart with all its endings."""

import json
import os
import re
import shutil
import signal
import subprocess

import pytest

from services.postgres import PG_CONFIG, PrivateInstall, SOURCE, make_directory, poll_until

QUICKSTART = SOURCE / "examples" / "quickstart" / "quickstart"


def run(command, **options):
    options.setdefault("cwd", SOURCE)
    return subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, capture_output=True, text=True, **options)


def pg_config(what):
    return run([PG_CONFIG, what]).stdout.strip()


def test_help_names_every_target():
    text = run(["make", "help"]).stdout
    for target in ("deps", "install", "quickstart", "test", "bench", "installcheck", "lint", "format", "docs", "clean"):
        assert re.search(rf"^make {target}\b", text, re.MULTILINE), target


def test_install_into_a_directory(tmp_path):
    destination = tmp_path / "a root"
    made = run(["make", "install", f"DESTDIR={destination}"])
    assert made.returncode == 0, made.stderr
    installed = {os.path.relpath(os.path.join(top, name), destination) for top, _, names in os.walk(destination) for name in names}
    assert f"{pg_config('--pkglibdir')}/glassflow.so".lstrip("/") in installed
    assert f"{pg_config('--sharedir')}/extension/glassflow.control".lstrip("/") in installed
    assert any(re.search(r"/extension/glassflow--[0-9.]+\.sql$", name) for name in installed)
    assert "usr/local/bin/glassflow-collector" in installed
    version = run([destination / "usr/local/bin/glassflow-collector", "version"])
    assert version.returncode == 0 and re.search(r"\d+\.\d+", version.stdout)


def test_without_a_server_make_says_what_to_do():
    tried = run(["make", "PG_CONFIG=/nonexistent/pg_config"])
    assert tried.returncode != 0
    assert "make deps" in tried.stderr and "PG_CONFIG" in tried.stderr


def test_deps_lists_packages_without_root_and_does_nothing_when_all_is_there():
    listed = run(["packaging/deps", "--list"])
    assert listed.returncode == 0 and "libpq-dev" in listed.stdout.split()
    if shutil.which("dpkg-query"):
        done = run(["packaging/deps"])
        assert done.returncode == 0 and "all Debian packages are there" in done.stdout


@pytest.fixture
def bare_machine(tmp_path):
    """PATH on which no package is installed and apt-get only notes what it is asked."""
    tools, said = tmp_path / "tools", tmp_path / "said"
    tools.mkdir()
    for name in ("apt-get", "pg_conftool", "sudo"):
        passes_on = 'exec "$@"' if name == "sudo" else ""
        (tools / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{said}"\n{passes_on}\n')
    (tools / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
    for tool in tools.iterdir():
        tool.chmod(0o755)
    environment = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}", "PG_CONFIG": "/nonexistent/pg_config"}
    return environment, said, tools


def test_deps_installs_what_is_missing_and_no_cluster_of_the_systems_own(bare_machine):
    environment, said, _ = bare_machine
    done = run(["packaging/deps"], env=environment)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^deps: installing .*postgresql-\d+ .*libpq-dev", done.stdout, re.MULTILINE), done.stdout
    asked = [line for line in said.read_text().splitlines() if not line.startswith("sudo")]
    update, common, _, off, install, on = asked
    assert update == "apt-get update"
    assert "postgresql-common" in common and "postgresql-15" not in common
    assert off.endswith("set create_main_cluster off") and on.endswith("set create_main_cluster on")
    assert re.search(r"^apt-get install .*postgresql-\d+ .*libgtest-dev", install)


def test_deps_without_root_or_sudo_says_what_to_install(bare_machine):
    environment, said, tools = bare_machine
    (tools / "sudo").unlink()
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    if shutil.which("sudo"):
        pytest.skip("this machine has sudo")
    done = run(["packaging/deps"], env=environment)
    assert done.returncode == 1 and "apt-get install" in done.stderr and "libpq-dev" in done.stderr
    assert not said.exists()


@pytest.fixture(scope="module")
def spaced_clone(tmp_path_factory):
    """The working tree as git sees it, built from a path with spaces."""
    clone = tmp_path_factory.mktemp("a clone with spaces") / "the tree"
    files = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]).stdout.split("\0")
    for name in filter(None, files):
        if (SOURCE / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCE / name, clone / name)
    built = run(["make", "-s", "glassflow.so"], cwd=clone)
    assert built.returncode == 0, built.stderr
    return clone


def test_a_path_with_spaces_builds_and_passes_regress(spaced_clone):
    configured = run(["make", "-s", "build/collector/build.ninja"], cwd=spaced_clone)
    assert configured.returncode == 0, configured.stderr
    first = sorted(path.stem for path in (spaced_clone / "sql").glob("*.sql"))[0]
    tested = run(["test/services/regress", first], cwd=spaced_clone)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_regress_fails_loudly_and_shows_the_difference(spaced_clone):
    test = sorted((spaced_clone / "expected").glob("*.out"))[0]
    kept = test.read_text()
    test.write_text(kept + "one line too many\n")
    try:
        tested = run(["test/services/regress", test.stem], cwd=spaced_clone)
    finally:
        test.write_text(kept)
    assert tested.returncode != 0
    assert "-one line too many" in tested.stdout


def test_module_loads_from_a_path_with_spaces(spaced_clone):
    directory = make_directory("glassflow spaces ")
    try:
        install = PrivateInstall(directory / "install", build=spaced_clone)
        assert install.major_version >= 13
    finally:
        shutil.rmtree(directory, ignore_errors=True)


# --- quickstart --------------------------------------------------------------------------------------------------------

@pytest.fixture
def quickstart_environment(tmp_path):
    directory = tmp_path / "quick start"
    yield {**os.environ, "QUICKSTART_DIRECTORY": str(directory), "KEEP": ""}
    subprocess.run([QUICKSTART, "--stop"], env={**os.environ, "QUICKSTART_DIRECTORY": str(directory)}, check=True)


def processes_of(text):
    """The processes that quickstart started and that still run: their port or directory is in what it printed."""
    port = re.search(r"on port (\d+)", text).group(1)
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = open(f"/proc/{entry}/cmdline").read().replace("\0", " ")
        except OSError:
            continue
        if re.search(rf"postgres .*-p {port}\b", command):
            found.append(command)
    return found


def test_quickstart_shows_each_kind_of_event_and_cleans_up(quickstart_environment):
    ended = run([QUICKSTART], env=quickstart_environment)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    events = [json.loads(line) for line in ended.stdout.splitlines() if line.startswith("{")]
    assert [event["_op"] for event in events] == ["c", "c", "c", "u", "u", "d"]
    assert {event["data"]["customer"] for event in events[:3]} == {"Ada", "Grace", "Edsger"}
    assert "Now with your own database" in ended.stdout
    assert processes_of(ended.stdout) == []
    again = run([QUICKSTART], env=quickstart_environment)
    assert again.returncode == 0, again.stdout + again.stderr


def test_quickstart_can_be_kept_and_stopped(quickstart_environment):
    kept = run([QUICKSTART], env={**quickstart_environment, "KEEP": "1"})
    assert kept.returncode == 0, kept.stdout + kept.stderr
    assert len(processes_of(kept.stdout)) == 1
    second = run([QUICKSTART], env=quickstart_environment)
    assert second.returncode != 0 and "make quickstart-stop" in second.stderr
    stopped = run([QUICKSTART, "--stop"], env=quickstart_environment)
    assert stopped.returncode == 0
    assert processes_of(kept.stdout) == []


def test_quickstart_fails_when_no_event_arrives(quickstart_environment, collector_binary, tmp_path):
    broken = tmp_path / "glassflow-collector"
    broken.write_text(f'#!/bin/sh\n[ "$1" = run ] && {{ echo "cannot deliver today" >&2; exit 1; }}\nexec "{collector_binary}" "$@"\n')
    broken.chmod(0o755)
    ended = run([QUICKSTART], env={**quickstart_environment, "GLASSFLOW_COLLECTOR": str(broken)})
    assert ended.returncode != 0
    assert "quickstart: error" in ended.stderr and "cannot deliver today" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert processes_of(ended.stdout) == []


def test_an_interrupted_quickstart_leaves_nothing_running(quickstart_environment):
    process = subprocess.Popen([QUICKSTART], env=quickstart_environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert "on port" in line
    process.send_signal(signal.SIGTERM)
    process.stdout.read()
    assert process.wait(30) != 0
    poll_until(lambda: processes_of(line) == [], "the server to be gone")
