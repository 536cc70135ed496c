"""librdkafka's own performance example, as Debian ships it with the library -> a program in build/benchmark."""

import pathlib
import shutil
import subprocess

from services.postgres import SOURCE, PostgresError

HERE = pathlib.Path(__file__).resolve().parent
EXAMPLE = pathlib.Path("/usr/share/doc/librdkafka-dev/examples/rdkafka_performance.c")


def built():
    """The path of the program; it is linked with the library that the collector uses."""
    directory = SOURCE / "build" / "benchmark" / "rdkafka_performance"
    if not EXAMPLE.exists():
        raise PostgresError(f"no {EXAMPLE}: the package librdkafka-dev brings it, unless this system leaves documentation out")
    for name in ("examples", "src"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(EXAMPLE, directory / "examples")
    shutil.copy(HERE / "rd.h", directory / "src")
    (directory / "src" / "rdtime.h").write_text("/* all of it is in rd.h */\n")
    (directory / "src" / "rdkafka.h").write_text("#include <librdkafka/rdkafka.h>\n")
    program = directory / "rdkafka_performance"
    made = subprocess.run(["gcc", "-O2", "-w", "-I", directory / "src", "-o", program, directory / "examples" / EXAMPLE.name, "-lrdkafka", "-lm"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if made.returncode != 0:
        raise PostgresError(f"could not build {EXAMPLE.name}: {made.stderr.strip()}")
    return program
