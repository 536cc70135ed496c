"""Turns a pinned pom.xml into a directory of jars below build/: fetched once, and again when the pom.xml has changed.

`mvn` keeps what it downloads in the user's own repository, so that a second clone is quick. Several test runs may ask
at once; the first fetches, the others wait. A directory is there whole or not at all.
"""

import contextlib
import fcntl
import hashlib
import shutil
import subprocess

from .postgres import SOURCE

FETCH_TIMEOUT_S = 600


class MavenError(RuntimeError):
    """Jars could not be fetched; the text carries what mvn said."""


@contextlib.contextmanager
def locked(directory):
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fetch_jars(pom, name, prepare=lambda directory: None):
    """build/NAME/<digest of the pom.xml>, with the folder `jars` in it. prepare(directory) adds what is made of them once."""
    base = SOURCE / "build" / name
    made = base / hashlib.sha256(pom.read_bytes()).hexdigest()[:16]
    if made.exists():
        return made
    with locked(base):
        if not made.exists():
            for outdated in base.iterdir():
                if outdated.is_dir():
                    shutil.rmtree(outdated)
            fresh = base / "unfinished"
            copy_dependencies(pom, fresh / "jars")
            prepare(fresh)
            fresh.rename(made)
    return made


def copy_dependencies(pom, jars):
    command = ["mvn", "--batch-mode", "--quiet", "--strict-checksums", "--file", pom, "dependency:copy-dependencies",
               "-DincludeScope=runtime", f"-DoutputDirectory={jars}"]
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=FETCH_TIMEOUT_S)
    except FileNotFoundError:
        raise MavenError("no mvn to fetch jars with: run make deps") from None
    if done.returncode != 0:
        raise MavenError(f"could not fetch the jars of {pom.relative_to(SOURCE)}:\n{done.stdout[-4000:]}")
