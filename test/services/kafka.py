"""Turns Kafka's jars into private brokers: KRaft, combined mode, own files, own ports, gone with the process that started them.

The jars come from kafka/pom.xml (build/kafka, fetched once). A start takes under a second: the classes are in an archive
for the JVM that is made when the jars are fetched, and only its quick compiler runs. Every broker has a plain
listener; those with SASL (PLAIN, SCRAM) and TLS are there when asked for. Topics are not made by being named.
"""

import atexit
import base64
import contextlib
import functools
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import time

from .kafka_security import SASL_MECHANISMS, make_certificates, sasl_settings, tls_settings
from .maven import fetch_jars
from .postgres import SERVICES, die_with_parent, make_directory, poll_until

POM = SERVICES / "kafka" / "pom.xml"
LOG4J = SERVICES / "kafka" / "log4j.properties"
JVM_OPTIONS = ("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
# Below the ports that the kernel gives to clients: a broker must get the same one back after a restart.
PORTS = range(15000, 30000)
# Names of listeners, as in bootstrap(), and the protocols they speak.
PROTOCOLS = {"plain": "PLAINTEXT", "sasl": "SASL_PLAINTEXT", "tls": "SSL", "sasl_tls": "SASL_SSL"}
STARTED = "Kafka Server started"
CLIENT_TIMEOUT_S = 30


class KafkaError(RuntimeError):
    """A broker could not be made, started or stopped; the text carries the tail of its log."""


# --- the jars -----------------------------------------------------------------------------------------------------------

@functools.cache
def installed():
    """The directory with `jars`, their `classpath` and `kafka.jsa`, the JVM's archive of their classes."""
    return fetch_jars(POM, "kafka", prepare)


def prepare(directory):
    jars = sorted(path.name for path in (directory / "jars").glob("*.jar"))
    # In this order: the archive is for one class path. Relative, so that the directory may be renamed.
    (directory / "classpath").write_text(":".join(f"jars/{jar}" for jar in jars))
    # One run to its end, during which the JVM notes what it loads.
    scratch = make_directory("glassflow-kafka-")
    try:
        run = KafkaCluster(scratch, jvm=(*JVM_OPTIONS, f"-XX:ArchiveClassesAtExit={directory / 'kafka.jsa'}"), home=directory)
        run.start()
        run.stop()
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def java(home, options, main, *arguments, log, preexec_fn=None):
    """Starts a class of Kafka in the directory of its jars."""
    command = ["java", *options, f"-Dlog4j.configuration={LOG4J.as_uri()}", "-cp", (home / "classpath").read_text(), main, *arguments]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    try:
        return subprocess.Popen([str(word) for word in command], cwd=home, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                preexec_fn=preexec_fn, start_new_session=True)
    except FileNotFoundError:
        raise KafkaError("no java to run Kafka with: run make deps") from None


def free_port():
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise KafkaError(f"no free port between {PORTS.start} and {PORTS.stop}")


def random_id():
    """As Kafka writes its UUIDs; none that begins like an option of its tools."""
    return base64.urlsafe_b64encode(b"\0" + os.urandom(15)).decode().rstrip("=")


# --- one broker ---------------------------------------------------------------------------------------------------------

class KafkaBroker:
    """One process of a cluster. Its data and ports stay over stop and start."""

    def __init__(self, cluster, node_id):
        self.cluster = cluster
        self.node_id = node_id
        self.directory = cluster.directory / f"broker-{node_id}"
        self.log = self.directory / "broker.log"
        self.ports = {}
        self.process = None

    def write(self, settings):
        self.directory.mkdir(exist_ok=True)
        data = self.directory / "data"
        data.mkdir(exist_ok=True)
        self._write_properties(data / "meta.properties", {
            "version": "1", "cluster.id": self.cluster.id, "node.id": self.node_id, "directory.id": random_id()})
        shutil.copy(self.cluster.checkpoint, data / "bootstrap.checkpoint")
        self._write_properties(self.directory / "server.properties", {"node.id": self.node_id, "log.dirs": data, **settings})

    @staticmethod
    def _write_properties(path, settings):
        path.write_text("".join(f"{key}={value}\n" for key, value in settings.items() if value is not None))

    def launch(self):
        assert self.process is None, "already running"
        with open(self.log, "ab") as log:
            self._said_before = log.tell()
            self.process = java(self.cluster.home, self.cluster.jvm, "kafka.Kafka", self.directory / "server.properties", log=log,
                                preexec_fn=functools.partial(die_with_parent, signal.SIGKILL))
        return self

    def start(self, timeout_s=60):
        self.launch()
        return self.wait_started(timeout_s)

    def wait_started(self, timeout_s=60):
        deadline = time.monotonic() + timeout_s
        while STARTED not in self.said_since_start():
            if self.process.poll() is not None:
                self.process = None
                raise KafkaError(f"could not start broker {self.node_id}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                self.kill()
                raise KafkaError(f"broker {self.node_id} was not ready within {timeout_s} s:\n{self.log_tail()}")
            time.sleep(0.02)
        return self

    def said_since_start(self):
        with open(self.log, "rb") as file:
            file.seek(self._said_before)
            return file.read().decode(errors="replace")

    def stop(self, timeout_s=60):
        """SIGTERM: leaders move away, files are closed. Nothing when it is not running."""
        self._end(signal.SIGTERM, timeout_s)

    def kill(self):
        """SIGKILL: no last words."""
        self._end(signal.SIGKILL, 30)

    def _end(self, number, timeout_s):
        if self.process is None:
            return
        process, self.process = self.process, None
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)  # one that was paused would not hear
        try:
            process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(30)
            raise KafkaError(f"broker {self.node_id} did not stop within {timeout_s} s:\n{self.log_tail()}") from None

    def restart(self, kill=False):
        self.kill() if kill else self.stop()
        self.start()

    def pause(self):
        """It keeps its connections and answers nothing, until resume()."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def log_tail(self, lines=40):
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


# --- the cluster --------------------------------------------------------------------------------------------------------

class KafkaCluster:
    """Brokers numbered from 1; `listeners` beside the plain one: sasl, tls, sasl_tls; `users` (name -> password) for SASL;
    `settings` override those below; `jvm` takes the place of JVM_OPTIONS. With TLS, `ca`, `client_certificate` and `client_key`
    are files for clients; a client certificate is demanded when `client_certificates` says so."""

    def __init__(self, directory, brokers=1, listeners=(), users=None, client_certificates=False, settings=None, jvm=JVM_OPTIONS, home=None):
        self.directory = pathlib.Path(directory)
        self.home = home or installed()
        self.id = random_id()
        self.listeners = ("plain", *listeners)
        self.users = dict(users or {})
        self.jvm = tuple(jvm)
        if home is None:
            self.jvm += (f"-XX:SharedArchiveFile={self.home / 'kafka.jsa'}",)
        self.checkpoint = self.directory / "bootstrap.checkpoint"
        self.brokers = {node_id: KafkaBroker(self, node_id) for node_id in range(1, brokers + 1)}
        self._settings = settings or {}
        self._client_certificates = client_certificates
        self._tls = {}
        if any("tls" in name for name in self.listeners):
            certificates = self.directory / "tls"
            make_certificates(certificates)
            self.ca, self.client_certificate, self.client_key = (certificates / name for name in ("ca.pem", "client.pem", "client.key"))
            self._tls = tls_settings(certificates, client_certificates)
        self._format()
        self._choose_ports()

    def _format(self):
        """The first metadata: versions of features, and the SCRAM users."""
        data = self.directory / "format"
        properties = self.directory / "format.properties"
        properties.write_text(f"process.roles=broker,controller\nnode.id=1\ncontroller.quorum.voters=1@127.0.0.1:1\nlog.dirs={data}\n"
                              "listeners=CONTROLLER://:1,PLAINTEXT://:2\ncontroller.listener.names=CONTROLLER\n")
        arguments = ["format", "-t", self.id, "-c", properties]
        for name, password in self.users.items():
            for mechanism in SASL_MECHANISMS[1:]:
                arguments += ["--add-scram", f"{mechanism}=[name={name},password={password}]"]
        log_path = self.directory / "format.log"
        with open(log_path, "wb") as log:
            if java(self.home, JVM_OPTIONS, "kafka.tools.StorageTool", *arguments, log=log).wait(60) != 0:
                raise KafkaError(f"could not format the brokers' storage:\n{log_path.read_text(errors='replace')[-4000:]}")
        shutil.move(data / "bootstrap.checkpoint", self.checkpoint)
        shutil.rmtree(data)

    def _choose_ports(self):
        for broker in self.brokers.values():
            broker.ports = {name: free_port() for name in ("controller", *self.listeners)}
        voters = ",".join(f"{broker.node_id}@127.0.0.1:{broker.ports['controller']}" for broker in self.brokers.values())
        replicas = min(3, len(self.brokers))
        shared = {
            "process.roles": "broker,controller",
            "controller.quorum.voters": voters,
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAIN",
            "listener.security.protocol.map": ",".join(["CONTROLLER:PLAINTEXT", *(f"{name.upper()}:{PROTOCOLS[name]}" for name in self.listeners)]),
            "auto.create.topics.enable": "false",
            # A broker that was killed is missed after this, and may only then come back.
            "broker.heartbeat.interval.ms": 500,
            "broker.session.timeout.ms": 2000,
            "group.initial.rebalance.delay.ms": 0,
            "offsets.topic.num.partitions": 1,
            "offsets.topic.replication.factor": replicas,
            "transaction.state.log.num.partitions": 1,
            "transaction.state.log.replication.factor": replicas,
            "transaction.state.log.min.isr": 1,
            "num.network.threads": 2,
            "num.io.threads": 4,
            "log.cleaner.dedupe.buffer.size": 4 << 20,
            **sasl_settings([name.upper() for name in self.listeners if "sasl" in name], self.users),
            **self._tls,
        }
        for broker in self.brokers.values():
            served = ",".join(f"{name.upper()}://127.0.0.1:{port}" for name, port in broker.ports.items())
            advertised = ",".join(f"{name.upper()}://127.0.0.1:{broker.ports[name]}" for name in self.listeners)
            broker.write({**shared, "listeners": served, "advertised.listeners": advertised, **self._settings})

    # --- life ----------------------------------------------------------------------------------------------------------

    def start(self):
        """All brokers, at once. The first time it takes other ports when somebody has taken one of them meanwhile."""
        atexit.register(self.kill)
        for attempt in range(5):
            try:
                for broker in self.brokers.values():
                    broker.launch()
                for broker in self.brokers.values():
                    broker.wait_started()
                return self
            except KafkaError as error:
                self.kill()
                if "Address already in use" not in str(error) or attempt == 4:
                    raise
                shutil.rmtree(self.directory / "broker-1" / "data")
                self._choose_ports()

    def stop(self):
        for broker in self.brokers.values():
            broker.stop()

    def kill(self):
        for broker in self.brokers.values():
            broker.kill()

    def remove(self):
        self.kill()
        atexit.unregister(self.kill)
        shutil.rmtree(self.directory, ignore_errors=True)

    def log_tail(self, lines=40):
        return "\n".join(f"broker {broker.node_id}:\n{broker.log_tail(lines)}" for broker in self.brokers.values())

    # --- talking to it -------------------------------------------------------------------------------------------------

    def bootstrap(self, listener="plain"):
        """What clients call bootstrap.servers."""
        return ",".join(f"127.0.0.1:{broker.ports[listener]}" for broker in self.brokers.values())

    @property
    def admin(self):
        from confluent_kafka.admin import AdminClient  # here, so that whoever only starts a broker does not need it

        return AdminClient({"bootstrap.servers": self.bootstrap(), "log_level": 2})

    def create_topic(self, name, partitions=1, replicas=1, config=None):
        from confluent_kafka.admin import NewTopic

        topic = NewTopic(name, num_partitions=partitions, replication_factor=replicas, config=config or {})
        admin = self.admin  # held until the answer is there
        admin.create_topics([topic])[name].result(CLIENT_TIMEOUT_S)
        poll_until(lambda: all(self._knows(broker, name) for broker in self.brokers.values() if broker.process), f"the brokers to know {name}")

    def _knows(self, broker, topic):
        """One broker after the other hears of a new topic."""
        from confluent_kafka import Consumer

        asking = Consumer({"bootstrap.servers": f"127.0.0.1:{broker.ports['plain']}", "group.id": "asking", "log_level": 2})
        try:
            # The first answer is of the broker that was named: no other is known yet.
            found = asking.list_topics(topic, CLIENT_TIMEOUT_S).topics[topic]
            return found.error is None and all(partition.leader >= 0 for partition in found.partitions.values())
        finally:
            asking.close()

    def topics(self):
        """name -> what the brokers tell of it; without Kafka's own."""
        return {name: topic for name, topic in self.admin.list_topics(timeout=CLIENT_TIMEOUT_S).topics.items() if not name.startswith("__")}

    def leader_of(self, topic, partition=0):
        """The broker that leads a partition; None while nobody does."""
        found = self.topics().get(topic)
        return self.brokers.get(found.partitions[partition].leader) if found else None

    def read_topic(self, topic, isolation="read_committed"):
        """Every record (confluent_kafka.Message) from the first to the end as it is now, partition by partition in order."""
        from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError as ClientError, TopicPartition

        consumer = Consumer({"bootstrap.servers": self.bootstrap(), "group.id": f"reader-{random_id()}", "enable.auto.commit": False,
                             "enable.partition.eof": True, "isolation.level": isolation, "log_level": 2})
        try:
            partitions = consumer.list_topics(topic, CLIENT_TIMEOUT_S).topics[topic].partitions
            consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
            records = {number: [] for number in partitions}
            unread = set(partitions)
            deadline = time.monotonic() + CLIENT_TIMEOUT_S
            while unread:
                message = consumer.poll(1.0)
                if message is None:
                    if time.monotonic() > deadline:
                        raise TimeoutError(f"read nothing from {topic} for {CLIENT_TIMEOUT_S} s; partitions {sorted(unread)} have no end")
                    continue
                deadline = time.monotonic() + CLIENT_TIMEOUT_S
                if message.error() is None:
                    records[message.partition()].append(message)
                elif message.error().code() == ClientError._PARTITION_EOF:
                    unread.discard(message.partition())
                elif not message.error().retriable():
                    raise KafkaError(f"could not read {topic}: {message.error()}")
            return [record for number in sorted(records) for record in records[number]]
        finally:
            consumer.close()
