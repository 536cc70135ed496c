"""`dead-letter`: what a destination refused can be looked at, delivered again, and thrown away."""

import json

import pytest

from services.collector import Program, glassflow_sink


@pytest.fixture
def letters(database, collector, sandbox, tmp_path):
    """A collector that was refused rows 1 to 3, and the command on its configuration."""
    database.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
    one = collector(sinks=[glassflow_sink(sandbox)]).wait_ready()
    sandbox.misbehave(status=422, count=3)
    database.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 3) k")
    one.wait_for(lambda: one.status()["sinks"][0]["dead_letters"] == 3, "three dead letters")
    sandbox.misbehave(status=422, count=0)

    class Letters:
        running = one

        def __call__(self, *words, code=0):
            number = sum(1 for _ in tmp_path.glob("call*"))
            program = Program(tmp_path / f"call{number}", "dead-letter", ["dead-letter", *words, "--config", one.configuration_path]).start()
            assert program.wait() == code, program.tail()
            self.stderr = program.stderr
            return program.stdout.splitlines()

        def ids(self):
            return [json.loads(line)["event_id"] for line in self("list", "--json")]

    return Letters()


def row_ids(events):
    return sorted(int(event["data"]["id"]) for event in events)


def test_list_tells_everything_but_the_row(letters):
    lines = letters("list")
    assert lines[-1] == "3 dead letters" and len(lines) == 4
    assert all("public.t" in line and "422" in line and "glassflow" in line for line in lines[:3])
    assert '"data"' not in "".join(lines)
    letter = json.loads(letters("list", "--json")[0])
    assert set(letter) == {"time", "sink", "event_id", "schema", "table", "reason", "payload_bytes"}


def test_show_prints_the_event(letters):
    first, *_ = letters.ids()
    (line,) = letters("show", first)
    assert json.loads(line)["_event_id"] == first
    assert row_ids(map(json.loads, letters("show", "--all"))) == [1, 2, 3]
    letters("show", "0/1-0", code=1)
    assert 'no dead letter has the event id "0/1-0"' in letters.stderr


def test_replay_delivers_and_removes(letters, sandbox):
    first, *others = letters.ids()
    assert letters("replay", first) == ["1 delivered and removed, 0 left"]
    assert letters.ids() == others and len(sandbox.events()) == 1
    assert letters("replay", "--all") == ["2 delivered and removed, 0 left"]
    assert letters.ids() == [] and row_ids(sandbox.events()) == [1, 2, 3]
    assert letters("replay", "--all") == ["0 delivered and removed, 0 left"]


def test_what_is_refused_again_stays(letters, sandbox):
    sandbox.misbehave(status=422, count=1)
    assert letters("replay", "--all", code=1) == ["2 delivered and removed, 1 left"]
    assert "was refused again" in letters.stderr
    assert len(letters.ids()) == 1 and len(sandbox.events()) == 2


def test_a_destination_that_is_gone_removes_nothing(letters, sandbox):
    sandbox.kill()
    letters("replay", "--all", code=1)
    assert "cannot reach" in letters.stderr
    assert len(letters.ids()) == 3


def test_purge_beside_the_running_collector(letters, database, sandbox):
    first, second, third = letters.ids()
    assert letters("purge", second) == ["1 dead letter removed"]
    assert letters.ids() == [first, third]
    sandbox.misbehave(status=422, count=1)
    database.execute("INSERT INTO t VALUES (4, 0)")
    letters.running.wait_for(lambda: letters.running.status()["sinks"][0]["dead_letters"] == 4, "another dead letter")
    assert letters.ids()[:2] == [first, third] and len(letters.ids()) == 3
    assert letters("purge", "--all") == ["3 dead letters removed"]
    assert letters.ids() == []


@pytest.mark.parametrize("words, message", [
    ([], "dead-letter needs to know what to do"),
    (["lst"], 'Did you mean "list"?'),
    (["replay"], "dead-letter replay needs to know which"),
    (["purge", "0/1-0", "--all"], "both event ids and --all"),
    (["list", "--sink", "glasflow"], 'Did you mean "glassflow"?'),
])
def test_wrong_words(letters, words, message):
    letters(*words, code=2)
    assert message in letters.stderr


def test_the_limit_stops_delivery_and_loses_nothing(database, collector, sandbox):
    database.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")
    one = collector(sinks=[glassflow_sink(sandbox)], dead_letter_limit=5).wait_ready()
    sandbox.misbehave(status=422, count=1_000_000)
    database.execute("INSERT INTO t SELECT k, 0 FROM generate_series(1, 50) k")
    assert one.wait(60) == 1
    assert "there are 5 dead letters, dead_letter_limit is 5" in one.stderr
    sandbox.misbehave(status=422, count=0)
    purge = Program(one.directory / "purge", "dead-letter", ["dead-letter", "replay", "--all", "--config", one.configuration_path]).start()
    assert purge.wait() == 0, purge.tail()
    one.drain()
    assert {int(event["data"]["id"]) for event in sandbox.events()} == set(range(1, 51))
