"""`pipeline` and GlassFlow's management API: what is created, compared, edited, refused, and what a person is told when it goes
wrong in the middle."""

import json

import pytest

from services.glassflow_api import Fault
from services.postgres import poll_until
from test_pipeline_documents import Pipelines

ID = "pg-public-orders"


@pytest.fixture
def api(glassflow_api):
    return glassflow_api


@pytest.fixture
def pipelines(database, collector_binary, tmp_path, api):
    database.execute("CREATE TABLE orders (id bigint PRIMARY KEY, note text, price numeric(10,2))")
    (tmp_path / "secret").write_text("s3cr3t")
    made = Pipelines(collector_binary, database.cluster, database.name, tmp_path)
    made.common += ["--pipeline.api_url", api.url, "--pipeline.clickhouse_password_file", "secret", "--pipeline.transition_timeout", "5s"]
    return made


def apply(pipelines, *arguments):
    return pipelines.run("public.orders", "--for", "kafka", "--apply", *arguments)


def writes(api):
    return [(method, path.rsplit("/", 1)[-1]) for method, path, _ in api.requests if method != "GET"]


def test_create_then_nothing_then_edit(pipelines, api, database):
    made = apply(pipelines)
    assert (made.returncode, made.stdout) == (0, f"{ID}: created\n"), made.stderr
    assert api.pipelines[ID].state == "Running"
    assert api.pipelines[ID].document["sink"]["connection_params"]["password"] == "s3cr3t"
    assert "s3cr3t" not in made.stderr

    made = apply(pipelines)
    assert (made.returncode, made.stdout) == (0, f"{ID}: unchanged\n"), made.stderr
    assert writes(api) == [("POST", "pipeline")]

    database.execute("ALTER TABLE orders ADD COLUMN added date")
    shown = pipelines.run("public.orders", "--for", "kafka", "--diff")
    assert shown.returncode == 0 and "would be stopped, edited and resumed" in shown.stdout
    assert "+ transforms[stateless].config.transforms[added]" in shown.stdout and "+ sink.mapping[added]" in shown.stdout
    assert len(writes(api)) == 1

    made = apply(pipelines)
    assert (made.returncode, made.stdout) == (0, f"{ID}: edited\n"), made.stderr
    assert writes(api)[1:] == [("POST", "stop"), ("POST", "edit"), ("POST", "resume")]
    assert api.pipelines[ID].states == ["Created", "Running", "Stopping", "Stopped", "Resuming", "Running"]


def test_what_belongs_to_whoever_runs_glassflow_stays(pipelines, api, database):
    assert apply(pipelines).returncode == 0
    document = api.pipelines[ID].document
    document["resources"] = {"sink": {"replicas": 2}}
    document["metadata"] = {"tags": ["theirs"]}
    assert apply(pipelines).stdout == f"{ID}: unchanged\n"
    database.execute("ALTER TABLE orders DROP COLUMN note")
    made = apply(pipelines)
    assert made.stdout == f"{ID}: edited\n", made.stderr
    assert api.pipelines[ID].document["resources"] == {"sink": {"replicas": 2}}
    assert api.pipelines[ID].document["metadata"] == {"tags": ["theirs"]}


def test_a_newer_server_that_says_schema_fields_in_another_place(pipelines, api):
    api.is_newer = True
    assert apply(pipelines).stdout == f"{ID}: created\n"
    assert apply(pipelines).stdout == f"{ID}: unchanged\n"


def test_a_changed_secret_is_a_difference_that_is_not_shown(pipelines, api):
    assert apply(pipelines).returncode == 0
    api.pipelines[ID].document["sink"]["connection_params"]["password"] = "old-one"
    shown = pipelines.run("public.orders", "--for", "kafka", "--diff")
    assert "sink.connection_params.password: (secret, differs)" in shown.stdout
    assert "old-one" not in shown.stdout + shown.stderr and "s3cr3t" not in shown.stdout + shown.stderr


@pytest.mark.parametrize("state", ["Stopped", "Failed", "Stopping", "Terminating", "Resuming", "Created"])
def test_an_edit_from_every_state(pipelines, api, state):
    assert apply(pipelines).returncode == 0
    api.pipelines[ID].document["sink"]["max_batch_size"] = 7
    api.pipelines[ID].change(state)
    made = apply(pipelines)
    assert made.stdout == f"{ID}: edited\n", made.stderr
    assert api.pipelines[ID].document["sink"]["max_batch_size"] == 1000
    assert api.pipelines[ID].state == "Running"


def prepare_edit(pipelines, api):
    assert apply(pipelines).returncode == 0
    api.pipelines[ID].document["sink"]["max_batch_size"] = 7
    api.requests.clear()


def test_a_refused_edit_lets_it_go_on_as_it_was(pipelines, api):
    prepare_edit(pipelines, api)
    api.faults.append(Fault("POST", "/edit", 422, json.dumps({"status": 422, "code": "unprocessable_entity", "message": "failed",
                                                             "details": {"error": "the cause"}})))
    made = apply(pipelines)
    assert made.returncode == 1
    assert "422 unprocessable_entity: failed: the cause" in made.stderr and "runs again as it was before" in made.stderr
    assert api.pipelines[ID].state == "Running" and api.pipelines[ID].document["sink"]["max_batch_size"] == 7


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_an_edit_whose_answer_is_lost(pipelines, api, is_carried_out):
    prepare_edit(pipelines, api)
    api.faults.append(Fault("POST", "/edit", 0, is_carried_out=is_carried_out))
    made = apply(pipelines)
    if is_carried_out:
        assert made.stdout == f"{ID}: edited\n", made.stderr
    else:
        assert made.returncode == 1 and "is stopped, and whether the edit was carried out is not known" in made.stderr
        assert "Run the same again" in made.stderr and api.pipelines[ID].state == "Stopped"
        assert apply(pipelines).stdout == f"{ID}: edited\n"
    assert api.pipelines[ID].state == "Running" and api.pipelines[ID].document["sink"]["max_batch_size"] == 1000


@pytest.mark.parametrize("is_carried_out", [True, False])
def test_a_creation_whose_answer_is_lost(pipelines, api, is_carried_out):
    api.faults.append(Fault("POST", "/pipeline", 0, is_carried_out=is_carried_out))
    made = apply(pipelines)
    assert (made.stdout == f"{ID}: created\n") == is_carried_out, made.stderr
    if not is_carried_out:
        assert made.returncode == 1 and "does not exist" in made.stderr
        assert apply(pipelines).stdout == f"{ID}: created\n"


def test_a_resume_that_fails(pipelines, api):
    prepare_edit(pipelines, api)
    api.faults.append(Fault("POST", "/resume", 500, json.dumps({"status": 500, "code": "internal_error", "message": "Internal server error"})))
    made = apply(pipelines)
    assert made.returncode == 1
    assert "is edited, and does not run" in made.stderr and f"pipeline resume {ID}" in made.stderr
    resumed = pipelines.run("resume", ID)
    assert resumed.returncode == 0 and api.pipelines[ID].state == "Running"


def test_a_pipeline_that_fails_to_start(pipelines, api):
    api.fails_to_start = True
    made = apply(pipelines)
    assert made.returncode == 1 and "failed to start" in made.stderr
    assert api.pipelines[ID].state == "Failed"


def test_a_pipeline_that_does_not_stop(pipelines, api):
    prepare_edit(pipelines, api)
    api.pipelines[ID].delay_s = 3600
    pipelines.setting("pipeline.transition_timeout", "1s")
    made = apply(pipelines)
    assert made.returncode == 1
    assert "waited 1 s in vain" in made.stderr and "to stop; it is Stopping" in made.stderr
    assert ("POST", "edit") not in writes(api)


def test_an_api_that_is_away_for_a_moment_while_it_waits(pipelines, api):
    prepare_edit(pipelines, api)
    api.faults += [Fault("GET", "/health", 503, "upstream"), Fault("GET", "/health", 0)]
    assert apply(pipelines).stdout == f"{ID}: edited\n"


@pytest.mark.parametrize("status, body, words", [
    (409, {"code": "conflict", "message": "pipeline with this ID already exists"}, "409 conflict"),
    (403, {"code": "forbidden", "message": "only single pipeline in docker allowed"}, "runs one pipeline"),
    (422, {"code": "", "message": "validation failed: expected required property http_port to be present"}, "http_port"),
    (501, {"code": "not_implemented", "message": "feature not implemented"}, "made for Kubernetes"),
    (415, {"message": "unknown content type"}, "pipeline.api_url"),
    (302, {}, "pipeline.api_url"),
])
def test_refusals_have_words(pipelines, api, status, body, words):
    api.faults.append(Fault("POST", "/pipeline", status, json.dumps({"status": status, **body})))
    made = apply(pipelines)
    assert made.returncode == 1 and words in made.stderr and "does not exist" in made.stderr, made.stderr
    assert "s3cr3t" not in made.stderr


def test_something_else_answers(pipelines, api):
    api.faults.append(Fault("GET", f"/{ID}", 200, "<html>"))
    made = apply(pipelines)
    assert made.returncode == 1 and "the answer is not understood" in made.stderr


def test_nobody_answers(pipelines, api):
    pipelines.setting("pipeline.api_url", "http://127.0.0.1:1")
    made = apply(pipelines)
    assert made.returncode == 1 and "http://127.0.0.1:1" in made.stderr and "pipeline.api_url" in made.stderr


def test_without_a_password_nothing_is_sent(pipelines, api, tmp_path):
    at = pipelines.common.index("--pipeline.clickhouse_password_file")
    del pipelines.common[at:at + 2]
    made = apply(pipelines)
    assert made.returncode == 2 and "pipeline.clickhouse_password is missing" in made.stderr and api.requests == []


def test_list_status_stop_delete(pipelines, api):
    assert apply(pipelines).returncode == 0
    listed = pipelines.run("list")
    assert listed.returncode == 0 and listed.stdout.split()[:2] == [ID, "Running"]
    api.add_dead_letters(ID, [{"component": "sink", "error": "e", "original_message": "m"}])
    shown = pipelines.run("status", ID)
    assert "overall_status: Running" in shown.stdout and "dead letters: 1 waiting, 1 ever" in shown.stdout
    assert pipelines.run("stop", ID).returncode == 0 and api.pipelines[ID].state == "Stopped"
    assert pipelines.run("delete", ID).returncode == 0 and api.pipelines == {}
    gone = pipelines.run("delete", ID)
    assert gone.returncode == 1 and f'there is no pipeline "{ID}"' in gone.stderr
    assert "404 not_found" in pipelines.run("status", ID).stderr
    assert pipelines.run("status", "../x").returncode == 2


def test_delete_stops_a_running_one_first(pipelines, api):
    assert apply(pipelines).returncode == 0
    assert pipelines.run("delete", ID).returncode == 0
    assert writes(api)[1:] == [("POST", "stop"), ("DELETE", ID)]


def entries(count):
    return [{"component": "sink", "error": f"reason {i}", "original_message": json.dumps({"id": i, "note": "ä\n"})} for i in range(count)]


def test_dead_letters_are_taken_and_written(pipelines, api, tmp_path):
    assert apply(pipelines).returncode == 0
    api.add_dead_letters(ID, entries(250))
    assert "unconsumed_messages: 250" in pipelines.run("dead-letters", ID).stdout
    assert len(api.pipelines[ID].dead_letters) == 250
    made = pipelines.run("dead-letters", ID, "--take", "--limit", "10")
    assert [json.loads(line) for line in made.stdout.splitlines()] == entries(250)[:10]
    made = pipelines.run("dead-letters", ID, "--take", "--output", "letters.jsonl")
    assert made.returncode == 0 and "240 dead letters written to letters.jsonl" in made.stderr
    assert [json.loads(line) for line in (tmp_path / "letters.jsonl").read_text().splitlines()] == entries(250)[10:]
    assert (tmp_path / "letters.jsonl").stat().st_mode & 0o777 == 0o600
    assert api.pipelines[ID].dead_letters == []


def test_dead_letters_are_not_taken_when_they_cannot_be_written(pipelines, api):
    assert apply(pipelines).returncode == 0
    api.add_dead_letters(ID, entries(3))
    made = pipelines.run("dead-letters", ID, "--take", "--output", "/nonexistent/letters")
    assert made.returncode == 1 and "Nothing was taken" in made.stderr and len(api.pipelines[ID].dead_letters) == 3
    made = pipelines.run("dead-letters", ID, "--take", "--output", "/dev/full")
    assert made.returncode == 1 and "printed above" in made.stderr
    assert [json.loads(line) for line in made.stderr.splitlines()[:3]] == entries(3)


def test_an_answer_with_dead_letters_that_breaks_off_is_kept(pipelines, api, tmp_path):
    assert apply(pipelines).returncode == 0
    api.add_dead_letters(ID, entries(5))
    api.faults.append(Fault("GET", "/dlq/consume", cut_at=100))
    made = pipelines.run("dead-letters", ID, "--take", "--output", "letters")
    assert made.returncode == 1 and "may be lost" in made.stderr
    assert (tmp_path / "letters").read_text().startswith(json.dumps(entries(5))[:90])


def test_a_signal_while_it_waits(pipelines, api, tmp_path):
    import signal
    import subprocess
    prepare_edit(pipelines, api)
    api.pipelines[ID].delay_s = 3600
    process = subprocess.Popen([pipelines.binary, "pipeline", "public.orders", "--for", "kafka", "--apply", *pipelines.common], stderr=subprocess.PIPE, text=True,
                               cwd=tmp_path)
    poll_until(lambda: ("POST", "stop") in writes(api), "the stop to arrive")
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=20)
    assert process.returncode == 1 and "interrupted while waiting" in said and "goes on from there" in said
