"""Turns an installed Postgres into a private server: own files, own port, own socket, gone at exit.

Used by the pytest fixtures, by the regress runner and by quickstart. As root the server runs as an unprivileged user,
because Postgres refuses root; its files then live in a temporary directory that this user can enter, which a clone below
/root is not. A server dies with the process that started it, unless it was started to be left running.
"""

import atexit
import contextlib
import ctypes
import functools
import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

SERVICES = pathlib.Path(__file__).resolve().parent
SOURCE = SERVICES.parent.parent
PG_CONFIG = os.environ.get("PG_CONFIG") or "pg_config"
# Names in the order of the documentation; wal2json is the peer that a form is compared with.
ALLOWED_PLUGINS = ("pgoutput", "test_decoding", "wal2json", "glassflow")
SOCKET_PATH_BYTES_MAX = 107  # sun_path less its terminating zero
# What every time limit of a wait is multiplied with: test/sanitizers/run, whose programs are several times slower, sets it.
PATIENCE = float(os.environ.get("GLASSFLOW_PATIENCE") or 1)


class PostgresError(RuntimeError):
    """A server could not be made, started or stopped; the text carries the tail of its log."""


@functools.cache
def server_user():
    """The user a server runs as: None for ourselves, else (we are root) the passwd entry of an unprivileged user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise PostgresError("cannot run Postgres: we are root and there is neither a user postgres nor nobody")


def run_as_server_user(arguments, **options):
    user = server_user()
    if user is not None:
        options.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    environment.update(LC_ALL="C", LC_MESSAGES="C", **options.pop("env", {}))
    return subprocess.Popen([str(argument) for argument in arguments], env=environment, stdin=subprocess.DEVNULL, **options)


def free_port():
    """A TCP port nobody listens on now. Somebody may a moment later: callers try again when that happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def poll_until(condition, what, timeout_s=30.0, interval_s=0.02):
    """Returns the first true result of condition(); raises TimeoutError naming what was waited for."""
    timeout_s *= PATIENCE
    deadline = time.monotonic() + timeout_s
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s:g} s in vain for {what() if callable(what) else what}")
        time.sleep(interval_s)


def make_directory(prefix="glassflow-"):
    """A fresh directory that the server's user owns and whose path is short enough for a socket in it."""
    for parent in (None, "/tmp", "/var/tmp"):
        if parent is not None and not os.path.isdir(parent):
            continue
        directory = pathlib.Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        if len(os.fsencode(directory / "s" / ".s.PGSQL.65535")) <= SOCKET_PATH_BYTES_MAX and can_enter(directory.parent):
            break
        directory.rmdir()
    else:
        raise PostgresError("no temporary directory that the server's user may enter and whose path is short")
    directory.chmod(0o755)
    if server_user() is not None:
        os.chown(directory, server_user().pw_uid, server_user().pw_gid)
    return directory


def can_enter(directory):
    return run_as_server_user(["test", "-x", directory], stderr=subprocess.DEVNULL, cwd="/").wait() == 0


def die_with_parent(number=signal.SIGQUIT):
    """In the child: be stopped at once when the process that started us goes away, however it goes."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, number)


class PrivateInstall:
    """The executables, libraries and share files of one server version with our plugin among them."""

    def __init__(self, directory, pg_config=PG_CONFIG, module=None, build=SOURCE):
        self.directory = pathlib.Path(directory)
        command = [SERVICES / "private_install", pg_config, build, self.directory] + ([module] if module else [])
        made = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode != 0:
            raise PostgresError(f"could not make a private installation: {made.stderr.strip()}")
        bindir = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=True).stdout.strip()
        self.bindir = pathlib.Path(f"{self.directory}{bindir}")

    @functools.cached_property
    def knows_allow_list(self):
        """Minor releases before August 2026 refuse to start with a setting they do not know."""
        described = subprocess.run([self.bindir / "postgres", "--describe-config"], capture_output=True, text=True, check=True)
        return any(line.startswith("output_plugin_libraries\t") for line in described.stdout.splitlines())

    @functools.cached_property
    def major_version(self):
        text = subprocess.run([self.bindir / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
        return int(text.split()[2].split(".")[0])


class PostgresCluster:
    """One private server. settings override the defaults below; hba lines go before the trusting ones; under is a
    command that the server runs under (valgrind)."""

    def __init__(self, directory, install, settings=None, hba=(), durable=False, survives_parent=False, under=()):
        self.directory = pathlib.Path(directory)
        self.install = install
        self.data = self.directory / "data"
        self.sockets = self.directory / "s"
        self.log = self.directory / "postgres.log"
        self.port = free_port()
        self.survives_parent = survives_parent
        self.process = None
        self._hba = hba
        self._under = under
        self._settings = {
            "wal_level": "logical",
            "max_replication_slots": 20,
            "max_wal_senders": 20,
            "max_connections": 60,
            "max_prepared_transactions": 10,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.sockets),
            "shared_buffers": "32MB",
            "log_line_prefix": "%m [%p] %q%u@%d ",
            "log_min_messages": "log",
            "wal_sender_timeout": "10s",
            "fsync": "on" if durable else "off",
        }
        if install.knows_allow_list:
            self._settings["output_plugin_libraries"] = ", ".join(ALLOWED_PLUGINS)
        self._settings.update(settings or {})

    # --- life ------------------------------------------------------------------------------------------------------

    def create(self, *initdb_arguments):
        arguments = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", *initdb_arguments]
        self._run([self.install.bindir / "initdb", "-D", self.data, *arguments], "initdb")
        self._run(["mkdir", "-m", "755", self.sockets], "mkdir")
        self.configure(self._settings)
        lines = [*self._hba, "local all all trust", "host all all 127.0.0.1/32 trust", ""]
        (self.data / "pg_hba.conf").write_text("\n".join(lines))
        return self

    def copy(self, directory):
        """A stopped cluster as it is on disk now, with its slots, in a directory and with a port of its own."""
        assert self.process is None, "only a stopped cluster can be copied"
        made = PostgresCluster(directory, self.install, hba=self._hba)
        own = {key: made._settings[key] for key in ("unix_socket_directories",)}
        made._run(["cp", "-a", self.data, made.data], "cp")
        made._run(["mkdir", "-m", "755", made.sockets], "mkdir")
        made.configure({**self._settings, **own})
        return made

    def standby(self, directory, name, settings=None):
        """A streaming standby of this running server, not started, with a physical slot of that name on it. The server must let
        the user postgres replicate over its socket (hba "local replication all trust")."""
        made = PostgresCluster(directory, self.install, hba=self._hba)
        own = {key: made._settings[key] for key in ("unix_socket_directories",)}
        made._run([self.install.bindir / "pg_basebackup", "-D", made.data, "-h", self.sockets, "-p", str(self.port), "-U", "postgres",
                   "-X", "stream", "-C", "-S", name, "--checkpoint=fast", "--no-sync"], "pg_basebackup")
        made._run(["mkdir", "-m", "755", made.sockets], "mkdir")
        made._run(["touch", made.data / "standby.signal"], "touch")
        made.configure({**self._settings, **own, "hot_standby_feedback": "on", "primary_slot_name": name,
                        "wal_receiver_status_interval": "1s", "wal_retrieve_retry_interval": "100ms",
                        "primary_conninfo": f"host={self.sockets} port={self.port} user=postgres dbname=postgres application_name={name}",
                        **(settings or {})})
        return made

    def promote(self):
        """A standby becomes a primary, on a timeline of its own."""
        self.query("SELECT pg_promote(true, 60)")

    def configure(self, settings):
        """Writes settings for the next start (or reload); None takes one back to the server's default."""
        self._settings.update(settings)
        lines = [f"{key} = {self._quoted(key, value)}" for key, value in self._settings.items() if value is not None]
        with open(self.data / "postgresql.auto.conf", "w") as file:
            file.write("\n".join(["# written by test/services/postgres.py", *lines, ""]))

    @staticmethod
    def _quoted(key, value):
        # One quoted string in the file is a list all the same; only ALTER SYSTEM stores it as one name.
        return "'" + str(value).replace("'", "''") + "'"

    def start(self, timeout_s=60):
        for _ in range(20):
            before = self.log.stat().st_size if self.log.exists() else 0
            if self._try_start(timeout_s):
                return self
            said = self.log.read_text(errors="replace")[before:]
            if "Address already in use" in said:
                self.port = free_port()
            elif "shared memory block" in said:
                time.sleep(0.2)  # processes of a killed predecessor still go away
            else:
                break
        raise PostgresError(f"could not start Postgres:\n{self.log_tail()}")

    def _try_start(self, timeout_s):
        assert self.process is None
        with open(self.log, "a") as log:
            self.process = run_as_server_user(
                [*self._under, self.install.bindir / "postgres", "-D", self.data, "-p", str(self.port)],
                stdout=log, stderr=log, cwd=self.data, start_new_session=True,
                preexec_fn=None if self.survives_parent else die_with_parent)
        if not self.survives_parent:
            atexit.register(self.stop, "immediate")
        deadline = time.monotonic() + timeout_s
        while self.process.poll() is None:
            if self.is_ready():
                return True
            if time.monotonic() > deadline:
                self.stop("immediate")
                raise PostgresError(f"Postgres was not ready within {timeout_s} s:\n{self.log_tail()}")
            time.sleep(0.05)
        self.process = None
        return False

    def is_ready(self):
        command = [self.install.bindir / "pg_isready", "-q", "-U", "postgres", "-h", self.sockets, "-p", str(self.port)]
        return subprocess.run(command, stdin=subprocess.DEVNULL).returncode == 0

    def stop(self, mode="fast", timeout_s=60):
        """mode: smart, fast, immediate (as pg_ctl), or kill (SIGKILL). Nothing when it is not running."""
        if self.process is None:
            return
        signals = {"smart": signal.SIGTERM, "fast": signal.SIGINT, "immediate": signal.SIGQUIT, "kill": signal.SIGKILL}
        if self.process.poll() is None:
            self.process.send_signal(signals[mode])
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(timeout_s)
            raise PostgresError(f"Postgres did not stop ({mode}) within {timeout_s} s:\n{self.log_tail()}") from None
        finally:
            self.process = None

    def restart(self, mode="fast"):
        self.stop(mode)
        self.start()

    def reload(self):
        before = self.log.stat().st_size
        self.process.send_signal(signal.SIGHUP)
        poll_until(lambda: "reloading configuration files" in self.log.read_text()[before:], "the server to reload")

    def remove(self):
        self.stop("immediate")
        atexit.unregister(self.stop)
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_tail(self, lines=40):
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _run(self, arguments, what):
        process = run_as_server_user(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.directory)
        output = process.communicate(timeout=120)[0].decode(errors="replace")
        if process.returncode != 0:
            raise PostgresError(f"{what} failed: {output.strip()}")

    # --- talking to it ---------------------------------------------------------------------------------------------

    def connect(self, database="postgres", user="postgres", **options):
        """An autocommitting psycopg connection over the socket."""
        import psycopg  # here, so that whoever only starts a server does not need it

        options.setdefault("autocommit", True)
        return psycopg.connect(host=str(self.sockets), port=self.port, dbname=database, user=user, **options)

    def execute(self, statement, parameters=None, database="postgres"):
        with self.connect(database) as connection:
            connection.execute(statement, parameters)

    def query(self, statement, parameters=None, database="postgres"):
        with self.connect(database) as connection:
            return connection.execute(statement, parameters).fetchall()

    def create_role(self, name, attributes="LOGIN REPLICATION", password=None):
        from psycopg import sql

        statement = sql.SQL("CREATE ROLE {} {}").format(sql.Identifier(name), sql.SQL(attributes))
        if password is not None:
            statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
        self.execute(statement)
