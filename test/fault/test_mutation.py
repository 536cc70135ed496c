"""Breaks one important line at a time in a copy of the collector and expects the test that guards it to fail, for that reason.

A test that passes on broken code proves nothing. Slow (builds a collector per line): make test-mutation. The copy and
its build stay in build/mutation, so that a second run compiles only what it changes.
"""

import os
import shutil
import subprocess
import sys

import pytest

from services.postgres import SOURCE

COPY = SOURCE / "build" / "mutation"

KILL = "test_kill.py"
RESUME = "test_resume.py::"
STANDBY = "test_standby.py::"
LEDGER = "collector/delivery/acknowledged_lsn.cpp"
DECISION = "collector/delivery/resume_decision.cpp"
READER = "collector/delivery/replication_reader.cpp"
INTERLEAVINGS = "test_interleavings.py"
RESUME_POINT = "collector/delivery/resume_point.h"
FAILING_DISK = "test_failing_disk.py::"
STREAMING = "../integration/test_streaming.py::"
TOAST = "../integration/test_unchanged_toast.py::"

# test, file, line as it is, line broken, what the test must then say
MUTATIONS = {
    "confirms before sinks have it": (KILL, LEDGER, " && entries_.front().outstanding == 0", "", "missing"),
    "keepalives overtake what is in flight": (
        "../integration/test_end_to_end.py::test_confirmed_is_what_all_sinks_have", LEDGER, "if (entries_.empty()) {", "if (true) {", "assert [] == [1]"),
    "changes of one row travel side by side": (
        KILL, "collector/delivery/pipeline.cpp", "payload.lane_count = lanes.count;", "payload.lane_count = 0;", "out of order"),
    "random histories: confirms before sinks have it": (
        INTERLEAVINGS, LEDGER, " && entries_.front().outstanding == 0", "", "GLASSFLOW_SEED="),
    "random histories: keepalives overtake what is in flight": (INTERLEAVINGS, LEDGER, "if (entries_.empty()) {", "if (true) {", "GLASSFLOW_SEED="),
    "random histories: changes of one row travel side by side": (
        INTERLEAVINGS, "collector/delivery/pipeline.cpp", "payload.lane_count = lanes.count;", "payload.lane_count = 0;", "API: key"),
    "random histories: what was taken of a cut-off transaction comes again": (
        INTERLEAVINGS, RESUME_POINT, "++ordinal_ <= taken_", "++ordinal_ == 0", "duplicates are not bounded"),
    "random histories: a transaction that was taken whole comes again": (
        INTERLEAVINGS, RESUME_POINT, "if (commit_lsn <= last_commit_lsn_) {", "if (false) {", "GLASSFLOW_SEED="),
    "random histories: the rest of a cut-off transaction is skipped": (
        INTERLEAVINGS, RESUME_POINT, "taken_ = ordinal_;", "taken_ = ordinal_ + 1;", "GLASSFLOW_SEED="),
    "confirms before the checkpoint has it": (
        RESUME + "test_the_server_never_knows_more_than_the_checkpoint", READER,
        "const event::Lsn confirmed = checkpoints_.durable();", "const event::Lsn confirmed = ledger_.confirmed();", "the server was told"),
    "a disk that refuses counts as written": (
        RESUME + "test_a_disk_that_refuses_holds_back_the_confirmation_alone", "collector/delivery/checkpoint_writer.cpp",
        "        return false;\n    }\n    if (retry_", "        return true;\n    }\n    if (retry_", "assert"),
    "a file counts as written before it is synced": (
        FAILING_DISK + "test_a_file_that_is_not_on_disk_is_not_delivered", "collector/sink/file/sink.cpp",
        "file_.sync();", "", "it was tried several times"),
    "a checkpoint counts as written before it is synced": (
        FAILING_DISK + "test_a_checkpoint_that_is_not_on_disk_is_not_told_to_the_server", "collector/delivery/checkpoint_store.cpp",
        "if (::fsync(file.get()) != 0)", "if (false)", "writes of it fail"),
    "a dead letter counts as kept before it is synced": (
        FAILING_DISK + "test_a_refused_row_whose_dead_letter_is_not_on_disk_is_not_confirmed", "collector/delivery/dead_letter_file.cpp",
        "if (error_number == 0 && ::fsync(file) != 0)", "if (false)", "did not end within"),
    "a destination that is busy refuses for good": (
        "../integration/test_glassflow_api.py::test_what_may_pass_is_tried_again", "collector/sink/glassflow_http/response.cpp",
        "return {Outcome::retry_destination, describe(\"asked to slow down\"", "return {Outcome::refused, describe(\"asked to slow down\"", "120 events"),
    "a request that failed is not tried again": (
        "test_poison_rows.py", "collector/sink/glassflow_http/request_loop.cpp",
        "request.policy.next_delay(random(), verdict.retry_after);\n    retries_.push({now + delay, request.slot, request.policy});",
        "request.policy.next_delay(random(), verdict.retry_after);",
        "is confirmed"),
    "an OTLP request without an answer counts as delivered": (
        "test_otlp_faults.py::test_what_may_pass_is_tried_again", "collector/sink/otlp/export_loop.cpp",
        "            channel.lost();\n", "            channel.delivered(delivered_);\n            return std::nullopt;\n", "120 events"),
    "a damaged checkpoint counts as none": (
        RESUME + "test_damaged_checkpoint", "collector/delivery/checkpoint_store.cpp",
        "loaded.unreadable = error.what();", "", "did not end within"),
    "a dropped slot is made again without a word": (
        RESUME + "test_slot_dropped_while_stopped", DECISION,
        "if (!recreates() && !accepts(ResumeChoice::accept_gap))", "if (false)", "did not end within"),
    "a slot that was moved on is accepted": (
        RESUME + "test_slot_advanced_by_hand", DECISION,
        "if (stands > checkpoint().confirmed && !is_history_broken_) {", "if (false) {", "did not end within"),
    "positions are trusted across a start of the server": (
        RESUME + "test_a_restored_server_that_has_written_past_the_checkpoint_loses_nothing", DECISION,
        "is_proven = is_same_run_of_server() &&", "is_proven =", "missing"),
    "what the checkpoint has comes again": (
        RESUME + "test_a_crash_of_the_server_repeats_nothing_that_the_checkpoint_has", DECISION,
        "decision_.start = checkpoint().confirmed;", "decision_.start = {};", "duplicates"),
    "a restored server is not noticed": (
        RESUME + "test_a_server_restored_from_an_earlier_disk", DECISION,
        "facts_.server.wal_end < checkpoint().confirmed", "false", "did not end within"),
    "a fork before the checkpoint is not noticed": (
        RESUME + "test_failover_to_a_server_that_was_behind", DECISION,
        "*facts_.fork < checkpoint().confirmed", "false", "did not end within"),
    "another system is not noticed": (
        RESUME + "test_another_system", DECISION,
        "remembered.system_identifier != facts_.server.system_identifier", "false", "is another one"),
    "a takeover is taken for a gap": (
        STANDBY + "test_takeover_on_another_host", READER,
        "facts.has_taken_over = has_taken_over();", "", "ended with exit code 3"),
    "a stranger is taken for a collector": (
        STANDBY + "test_what_another_program_read_is_no_takeover", READER,
        "if (slot->active_application == postgres::application_name)", "if (true)", "did not end within"),
    "a file that another one has ends the standby": (
        STANDBY + "test_a_file_that_the_other_one_has_is_waited_for", READER,
        "if (!other_active_at_ && !standby_reason())", "if (true)",
        'delivery failed","reason":"file'),
    "what a subtransaction took back is delivered": (
        STREAMING + "test_half_of_a_thousand_subtransactions_is_taken_back", "collector/decode/frame_decoder.h",
        "return is_replaying_ && streamed_.is_aborted(subxid_);", "return false;", "assert"),
    "what was spooled is not read back": (
        STREAMING + "test_a_kill_while_it_is_in_progress_and_one_while_it_is_delivered", "collector/decode/streamed_transactions.cpp",
        "    replay_spool(transaction, take);\n", "", "assert"),
    "a row that waits is told with later columns": (
        TOAST + "test_a_row_that_waits_is_told_with_the_columns_it_had", "collector/delivery/table_filter.h",
        "void relations_change() override { handler_.relations_change(); }", "void relations_change() override {}", "assert"),
    "a masked value is read from the table": (
        "../integration/test_masks.py::test_collector_never_reads_a_masked_value_from_the_table", "collector/delivery/held_rows.cpp",
        "return is_gap(change, column) && !change.relation->columns[column].is_masked;", "return is_gap(change, column);", "assert"),
    "columns that wal2json leaves out are not asked for": (
        TOAST + "test_a_row_that_waits_is_told_with_the_columns_it_had", "collector/delivery/pipeline.cpp",
        "tells_unchanged ? other_plugins_.catalog : nullptr", "nullptr", "assert"),
}


@pytest.fixture(scope="module")
def copy():
    """A copy of the sources; files that did not change keep their time, so that builds are incremental."""
    COPY.mkdir(parents=True, exist_ok=True)
    for name in ("CMakeLists.txt", "collector", "output_plugin"):
        update(SOURCE / name, COPY / name)
    return COPY


def update(source, target):
    if source.is_dir():
        target.mkdir(exist_ok=True)
        for left in {entry.name for entry in target.iterdir()} - {entry.name for entry in source.iterdir()}:
            shutil.rmtree(target / left) if (target / left).is_dir() else (target / left).unlink()
        for entry in source.iterdir():
            update(entry, target / entry.name)
    elif not target.exists() or source.read_bytes() != target.read_bytes():
        shutil.copyfile(source, target)


def build(copy):
    configure = ["cmake", "-S", copy, "-B", copy / "build", "-G", "Ninja", "-DGLASSFLOW_TESTS=OFF"]
    subprocess.run(configure, check=True, stdout=subprocess.DEVNULL)
    built = subprocess.run(["cmake", "--build", copy / "build"], capture_output=True, text=True)
    assert built.returncode == 0, built.stdout[-3000:]
    return copy / "build" / "glassflow-collector"


def run_test(binary, test):
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", f"test/fault/{test}"]
    ended = subprocess.run(command, cwd=SOURCE, env={**os.environ, "GLASSFLOW_COLLECTOR": str(binary)},
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
    return ended.returncode, ended.stdout


@pytest.mark.mutation
@pytest.mark.parametrize("test", dict.fromkeys(test for test, *_ in MUTATIONS.values()))
def test_unbroken_copy_passes(copy, test):
    code, output = run_test(build(copy), test)
    assert code == 0, output[-3000:]


@pytest.mark.mutation
@pytest.mark.parametrize("name", MUTATIONS)
def test_fails_when(copy, name):
    test, file, line, broken, reason = MUTATIONS[name]
    path = copy / file
    original = path.read_text()
    assert original.count(line) == 1, f"the line to break is not (once) in {file} any more: {line}"
    path.write_text(original.replace(line, broken))
    try:
        code, output = run_test(build(copy), test)
    finally:
        path.write_text(original)
    assert code == 1, f"{test} passed although: {name}"
    assert reason in output, output[-3000:]
