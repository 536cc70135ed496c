"""Starts glassflow-collector, as `run` or as `sandbox`, and tells what it did.

A process never outlives the one that started it (unless told to), its standard error goes to a file that failures quote.
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import urllib.error
import urllib.request

from .postgres import PATIENCE, SOURCE, die_with_parent, free_port, poll_until

BINARY = pathlib.Path(os.environ.get("GLASSFLOW_COLLECTOR") or SOURCE / "build" / "collector" / "glassflow-collector")
PIPELINE_ID = "0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d"
ACCESS_TOKEN = "sandbox-token"
# What test/sanitizers/run tells the sanitizers of every program; empty in other runs.
SANITIZER_OPTIONS = {key: value for key, value in os.environ.items() if key in ("ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS")}


def request(url, body=None, headers=None, method=None, timeout_s=10):
    """(status, text); status 0 when nobody answers."""
    data = json.dumps(body).encode() if body is not None else None
    query = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(query, timeout=timeout_s) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError:
        return 0, ""


class Program:
    """One run of the binary; start() may be called again after it ended (a restart)."""

    def __init__(self, directory, name, arguments, environment=None, binary=BINARY, survives_parent=False, user=None):
        self.directory = pathlib.Path(directory)
        self.directory.mkdir(parents=True, exist_ok=True)
        self.arguments = [str(argument) for argument in arguments]
        self.environment = environment or {}
        self.binary = binary
        self.stdout_path = self.directory / f"{name}.out"
        self.stderr_path = self.directory / f"{name}.err"
        self.survives_parent = survives_parent
        self.user = user
        self.process = None

    def start(self):
        assert self.process is None or self.process.poll() is not None, "already running"
        # An environment of its own: nothing of the developer's PG* or GLASSFLOW_* settings leaks into a test.
        kept = {key: os.environ[key] for key in ("PATH", "TZ", "TMPDIR") if key in os.environ}
        if self.user is None:  # another user may not be let in where the files are that they name
            kept |= SANITIZER_OPTIONS
        environment = {"HOME": str(self.directory), "LC_ALL": "C.UTF-8", **kept, **self.environment}
        identity = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} if self.user else {}
        with open(self.stdout_path, "ab") as out, open(self.stderr_path, "ab") as err:
            self.process = subprocess.Popen(
                [str(self.binary), *self.arguments], cwd=self.directory, env=environment, stdin=subprocess.DEVNULL, stdout=out,
                stderr=err, start_new_session=self.survives_parent,
                preexec_fn=None if self.survives_parent else die_with_parent, **identity)
        return self

    @property
    def stdout(self):
        return self.stdout_path.read_text(errors="replace") if self.stdout_path.exists() else ""

    @property
    def stderr(self):
        return self.stderr_path.read_text(errors="replace") if self.stderr_path.exists() else ""

    def is_running(self):
        return self.process is not None and self.process.poll() is None

    def wait(self, timeout_s=30):
        """The exit code."""
        try:
            return self.process.wait(timeout_s * PATIENCE)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{' '.join(self.arguments)} did not end within {timeout_s} s; its log:\n{self.tail()}") from None

    def stop(self, timeout_s=30):
        """SIGTERM; the exit code."""
        if self.is_running():
            self.process.send_signal(signal.SIGTERM)
        return self.wait(timeout_s)

    def kill(self):
        """SIGKILL: no last words."""
        if self.is_running():
            self.process.kill()
        return self.process.wait(30)

    def close(self):
        if self.is_running():
            self.kill()

    def peak_kib(self):
        """The memory it has had at most. 0 of a sanitized program: most of its memory is the sanitizer's, and no bound of ours holds for that."""
        if SANITIZER_OPTIONS:
            return 0
        return int(next(line.split()[1] for line in open(f"/proc/{self.process.pid}/status") if line.startswith("VmHWM")))

    def tail(self, lines=40):
        return "\n".join(self.stderr.splitlines()[-lines:])

    def wait_for(self, condition, what, timeout_s=30):
        """Polls like poll_until, but fails at once, with the log, when the program ends meanwhile."""

        def checked():
            result = condition()
            if not result and not self.is_running():
                raise AssertionError(f"ended with exit code {self.process.returncode} before {what}; its log:\n{self.tail()}")
            return result

        try:
            return poll_until(checked, what, timeout_s)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; the log of {' '.join(self.arguments)}:\n{self.tail()}") from None


class Collector(Program):
    """`glassflow-collector run` (or another command) with a configuration file of its own."""

    def __init__(self, directory, configuration, command=("run",), name="collector", **options):
        directory = pathlib.Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        configuration = dict(configuration)
        self.admin_port = free_port()
        configuration.setdefault("admin", {"listen": f"127.0.0.1:{self.admin_port}"})
        configuration.setdefault("state_directory", str(directory / "state"))
        self.configuration = configuration
        self.configuration_path = directory / f"{name}.yaml"
        # JSON is YAML, too.
        self.configuration_path.write_text(json.dumps(configuration, indent=2) + "\n")
        super().__init__(directory, name, [*command, "--config", self.configuration_path], **options)

    def admin(self, path):
        return request(f"http://127.0.0.1:{self.admin_port}{path}")

    def status(self):
        code, text = self.admin("/status")
        assert code == 200, f"/status answered {code}: {text}"
        return json.loads(text)

    def is_ready(self):
        return self.admin("/readyz")[0] == 200

    def wait_ready(self, timeout_s=30):
        self.wait_for(self.is_ready, "it is ready", timeout_s)
        return self

    def drain(self, timeout_s=60):
        """A second run with --drain on the same configuration; its exit code."""
        assert not self.is_running()
        drained = Program(self.directory, "drain", [*self.arguments, "--drain"], self.environment, self.binary)
        drained.start()
        with contextlib.closing(drained):
            code = drained.wait(timeout_s)
        if code != 0:
            raise AssertionError(f"run --drain ended with {code}:\n{drained.tail()}")
        return code


class Sandbox(Program):
    """`glassflow-collector sandbox`: the local GlassFlow events endpoint."""

    def __init__(self, directory, pipeline_id=PIPELINE_ID, access_token=ACCESS_TOKEN, name="sandbox", **options):
        self.port = free_port()
        self.pipeline_id = pipeline_id
        self.access_token = access_token
        arguments = ["sandbox", "--listen", f"127.0.0.1:{self.port}", "--pipeline-id", pipeline_id, "--access-token", access_token]
        super().__init__(directory, name, arguments, **options)

    @property
    def base(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"{self.base}/v1"

    def wait_ready(self, timeout_s=20):
        self.wait_for(lambda: request(f"{self.base}/sandbox/stats")[0] == 200, "the sandbox listens", timeout_s)
        return self

    def stats(self):
        code, text = request(f"{self.base}/sandbox/stats")
        assert code == 200, f"/sandbox/stats answered {code}: {text}"
        return json.loads(text)

    def misbehave(self, **fault):
        """For the next `count` requests: status=, retry_after=, hang_ms=, close=True."""
        code, text = request(f"{self.base}/sandbox/faults", fault, method="POST")
        assert code in (200, 204), f"/sandbox/faults answered {code}: {text}"

    def events(self, offset=0):
        """What was accepted, in the order of acceptance."""
        code, text = request(f"{self.base}/sandbox/events?offset={offset}", timeout_s=60)
        assert code == 200, f"/sandbox/events answered {code}: {text}"
        return json.loads(text)["events"]


def glassflow_sink(sandbox, format="envelope", **settings):
    return {"name": "glassflow", "type": "glassflow", "url": sandbox.url, "pipeline_id": sandbox.pipeline_id,
            "access_token": sandbox.access_token, "format": format, **settings}


def file_sink(path, format="envelope", **settings):
    return {"name": "files", "type": "file", "path": str(path), "format": format, **settings}


def read_events(path):
    """The whole lines of a file sink; a torn last line was never confirmed and is not an event."""
    path = pathlib.Path(path)
    if not path.exists():
        return []
    lines = path.read_bytes().split(b"\n")
    return [json.loads(line) for line in lines[:-1]]
