"""Turns a Debian suite in matrix/ into an installed server of another major version with our plugin, for tests on this machine.

SERVER_SUITE=trixie in the environment makes the whole pytest session run on that suite's server instead of this machine's;
`make test-matrix` does so for the tests marked `every_server`. The plugin is built in the suite, with its compiler and headers;
the collector is this machine's. A test that needs two majors at once (an upgrade) makes its installs by itself.
"""

import os
import pathlib
import subprocess

from .postgres import SOURCE, PostgresError, PrivateInstall

MATRIX = SOURCE / "matrix"
SUITES = {name: int(version) for name, version in (line.split() for line in (SOURCE / "test/matrix/suites").read_text().splitlines())}


def chosen_suite():
    """The suite whose server this session is for, None for this machine's server."""
    return os.environ.get("SERVER_SUITE") or None


def why_not(suite):
    """Why a test cannot have that suite's server; None when it can."""
    if not (MATRIX / suite).is_dir():
        return f"PostgreSQL {SUITES[suite]} is in matrix/{suite}, which is not there: sudo make test-matrix makes it and runs this test"
    if os.geteuid() != 0:
        return f"the plugin for PostgreSQL {SUITES[suite]} is built in matrix/{suite}, which needs root: sudo make test-matrix"
    return None


class SuiteInstall(PrivateInstall):
    """As PrivateInstall, of the server of a suite. Its programs run on this machine as any others."""

    def __init__(self, directory, suite):
        if suite not in SUITES:
            raise PostgresError(f"unknown suite {suite!r} in SERVER_SUITE; known are {', '.join(SUITES)}")
        if why_not(suite):
            raise PostgresError(why_not(suite))
        self.directory = pathlib.Path(directory)
        self.suite = suite
        self.bindir = self.directory / f"usr/lib/postgresql/{SUITES[suite]}/bin"
        self._run("build", suite)
        self._run("install", suite, str(SUITES[suite]), str(self.directory))

    @staticmethod
    def _run(script, *arguments):
        made = subprocess.run([SOURCE / "test/matrix" / script, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if made.returncode != 0:
            raise PostgresError(f"test/matrix/{script} {' '.join(arguments)} failed: {(made.stderr or made.stdout).strip()[-2000:]}")


def make_install(directory):
    """The server this session is for."""
    suite = chosen_suite()
    return SuiteInstall(directory, suite) if suite else PrivateInstall(directory)
