"""`check`, `setup`, `teardown` and `status` as a person uses them: run once, what they print read, remedies carried out literally."""

import json

import yaml


def run_once(collector, command, code=None, **options):
    """The ended program."""
    one = collector(command=command, **options)
    ended = one.wait(60)
    assert code is None or ended == code, f"ended with {ended}:\n{one.stdout}{one.tail()}"
    assert one.stderr.count("unexpected error") == 0, one.stderr
    return one


class Findings:
    """What `check --json` printed."""

    def __init__(self, code, report):
        self.code = code
        self.report = report

    def all(self, check, *results):
        return [one for one in self.report["findings"] if one["check"] == check and (not results or one["result"] in results)]

    def one(self, check, result):
        """The only finding of the check that is not ok, which has the result, a reason and a remedy."""
        found = self.all(check, "warning", "must_be_mended", "unknown")
        assert len(found) == 1, f"{check}: {found or self.all(check)}"
        assert found[0]["result"] == result, found[0]
        assert found[0]["why"], found[0]
        remedy = found[0]["remedy"]
        assert remedy["advice"] or remedy["sql"] or remedy["settings"], found[0]
        return found[0]

    def is_ok(self, check):
        found = self.all(check)
        return bool(found) and all(one["result"] == "ok" for one in found)


def look(collector, **options):
    one = run_once(collector, ("check", "--json"), **options)
    findings = Findings(one.process.returncode, json.loads(one.stdout))
    must_be_mended = [finding for finding in findings.report["findings"] if finding["result"] == "must_be_mended"]
    assert findings.code == (3 if must_be_mended else 0), must_be_mended
    return findings


def carry_out(connection, finding):
    """The remedy's SQL, as it was printed."""
    assert finding["remedy"]["sql"], finding
    for statement in finding["remedy"]["sql"]:
        connection.execute(statement)


def as_told(sections, finding):
    """The sections of a configuration with the remedy's settings in them, as they were printed."""
    assert finding["remedy"]["settings"], finding
    changed = {name: dict(section) for name, section in sections.items()}
    for line in finding["remedy"]["settings"]:
        (path, value), = yaml.safe_load(line).items()
        section, _, key = path.partition(".")
        changed[section][key] = value
    return changed
