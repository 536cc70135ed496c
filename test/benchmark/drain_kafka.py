"""Part `kafka`: a workload drained into Kafka by our collector and by Debezium Server, beside librdkafka's own example.

Debezium's records have no headers: it is compared with our collector when that gives them none either.

All on one machine with the server and the broker, each run into a topic of its own. A rate is taken from the first record
that the broker shows to the last one: Java's start is not in it. Nor is the broker's warming up: before the rounds there
is one by our collector that does not count. librdkafka's example makes up as many messages of our
average size (key, value and headers), out of one of our events; it is what the library can do here, without a database.
"""

import dataclasses
import pathlib
import shutil
import statistics
import subprocess
import sys
import threading
import time

from benchmark.debezium.server import KINDS, TOPIC_PREFIX, DebeziumServer, installed
from benchmark.drains import DRAIN_TIMEOUT_S, drain_collector
from benchmark.process import Watch
from benchmark.rdkafka_performance.build import built
from benchmark.report import MIB, print_table
from benchmark.source import copied_slot, slot_pid, written_workload
from benchmark.workloads import WORKLOADS
from services.kafka import KafkaCluster
from services.postgres import PostgresError, make_directory, poll_until

ROWS = 1_000_000
PARTITIONS = 4
LOOK_INTERVAL_S = 0.02
SAMPLE_RECORDS = 2000
# A broker as it is set up to be used, not as tests start it.
# Debezium's heap has a bound here, too.
MEMORY_LIMIT = "48MiB"
BROKER_JVM = ("-Xms1g", "-Xmx1g", "-XX:+UseG1GC", "-XX:MaxGCPauseMillis=20")
BROKER_SETTINGS = {"num.network.threads": 3, "num.io.threads": 8, "log.segment.delete.delay.ms": 1000, "log.cleaner.dedupe.buffer.size": None}
OURS, BARE, EXAMPLE = "collector", "collector without headers", "rdkafka_performance"
PRODUCERS = (OURS, BARE, EXAMPLE, *KINDS)
RATE_TARGET, EXAMPLE_SHARE_TARGET, DEBEZIUM_RATE_TARGET, DEBEZIUM_MEMORY_TARGET = 150_000, 0.6, 8, 0.1


@dataclasses.dataclass
class Run:
    """first_s and last_s: when the first and the last record were there, since the producer was started."""

    records: int
    first_s: float
    last_s: float
    cpu_s: float
    walsender_cpu_s: float | None
    broker_cpu_s: float
    peak_bytes: int
    record_bytes: float

    @property
    def rate(self):
        return self.records / max(self.last_s - self.first_s, LOOK_INTERVAL_S)


class Arrivals:
    """Watches the end of a topic from when it is entered; `all_in` is set when so many records are there."""

    def __init__(self, kafka, topic, records):
        self._admin = kafka.admin
        self._topic = topic
        self._records = records
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.started = self.first_s = self.last_s = None
        self.seen = 0
        self.trouble = "none"
        self.all_in = threading.Event()

    def __enter__(self):
        # A topic that was just made may not be answered for yet: the clock starts when it is.
        poll_until(lambda: self._end() is not None, f"the end of {self._topic}")
        self.started = time.monotonic()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._is_over.set()
        self._thread.join()

    def _end(self):
        """How many records there are; None when the broker does not say."""
        from confluent_kafka import KafkaException, TopicPartition
        from confluent_kafka.admin import OffsetSpec

        wanted = {TopicPartition(self._topic, number): OffsetSpec.latest() for number in range(PARTITIONS)}
        try:
            return sum(found.result().offset for found in self._admin.list_offsets(wanted).values())
        except KafkaException as error:
            self.trouble = str(error)
            return None

    def _run(self):
        while not self._is_over.wait(LOOK_INTERVAL_S):
            end = self._end()
            now = time.monotonic() - self.started
            if end is None:
                continue
            self.seen = end
            if self.seen > 0 and self.first_s is None:
                self.first_s = now
            if self.seen >= self._records:
                self.last_s = now
                self.all_in.set()
                return

    def wait(self, process, tail):
        """Until all are in; an error when the producer ends before or they do not come."""
        deadline = time.monotonic() + DRAIN_TIMEOUT_S
        while not self.all_in.wait(0.2):
            if process.poll() is not None and not self.all_in.wait(5):
                raise PostgresError(f"{self.seen} of {self._records} records were in {self._topic} when its producer ended:\n{tail()}")
            if time.monotonic() > deadline:
                raise PostgresError(f"{self.seen} of {self._records} records came to {self._topic} within {DRAIN_TIMEOUT_S} s, "
                                    f"trouble with looking: {self.trouble}:\n{tail()}")


@dataclasses.dataclass
class Bench:
    """What every run needs; `sample` is one of our events and our average size, known after our first run."""

    cluster: object
    kafka: object
    rows: int
    sample: tuple = ()

    @property
    def broker_pid(self):
        return self.kafka.brokers[1].process.pid

    def run_collector(self, topic, has_headers):
        sink = {"name": "kafka", "type": "kafka", "brokers": self.kafka.bootstrap().split(","), "topic": topic, "format": "envelope",
                "headers": has_headers}
        with Arrivals(self.kafka, topic, self.rows) as arrivals:
            drain = drain_collector(self.cluster, sink, {"broker": self.broker_pid}, memory_limit=MEMORY_LIMIT)
            if not arrivals.all_in.wait(5):
                raise PostgresError(f"the collector ended when {arrivals.seen} of {self.rows} records were in {topic}")
        size, event = average_bytes(self.kafka, topic)
        if has_headers:
            self.sample = (size, event)
        return Run(self.rows, arrivals.first_s, arrivals.last_s, drain.cpu_s, drain.others["walsender"].cpu_s,
                   drain.others["broker"].cpu_s, drain.peak_bytes, size)

    def run_example(self, topic):
        size, event = self.sample or (500, b"an event of which nothing is known ")
        command = [built(), "-P", "-t", topic, "-b", self.kafka.bootstrap(), "-s", round(size), "-c", self.rows, "-m", event.decode(),
                   "-a", "-1", "-z", "lz4", "-X", "enable.idempotence=true", "-X", "linger.ms=5", "-q"]
        process = None
        with Arrivals(self.kafka, topic, self.rows) as arrivals, \
                Watch(producer=lambda: process and process.pid, broker=self.broker_pid) as costs:
            process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.PIPE)
            arrivals.wait(process, lambda: process.stderr.read().decode(errors="replace"))
            process.wait(30)
            process.stderr.close()
        return Run(self.rows, arrivals.first_s, arrivals.last_s, costs["producer"].cpu_s, None, costs["broker"].cpu_s,
                   costs["producer"].peak_bytes, size)

    def run_debezium(self, topic, kind):
        directory = make_directory("glassflow-bench-")
        server = DebeziumServer(directory, kind, self.cluster, self.kafka.bootstrap())
        try:
            with copied_slot(self.cluster, "pgoutput") as connection, Arrivals(self.kafka, topic, self.rows) as arrivals, \
                    Watch(producer=lambda: server.process and server.process.pid, walsender=lambda: slot_pid(connection),
                          broker=self.broker_pid) as costs:
                try:
                    server.start()
                    arrivals.wait(server.process, server.tail)
                finally:
                    server.close()
            size, _ = average_bytes(self.kafka, topic)
            return Run(self.rows, arrivals.first_s, arrivals.last_s, costs["producer"].cpu_s, costs["walsender"].cpu_s, costs["broker"].cpu_s,
                       costs["producer"].peak_bytes, size)
        finally:
            shutil.rmtree(directory, ignore_errors=True)

    def run(self, producer):
        topic = f"{TOPIC_PREFIX}.public.orders"  # Debezium's name for it
        self.kafka.create_topic(topic, PARTITIONS)
        try:
            if producer in (OURS, BARE):
                return self.run_collector(topic, producer == OURS)
            return self.run_example(topic) if producer == EXAMPLE else self.run_debezium(topic, producer)
        finally:
            admin = self.kafka.admin
            admin.delete_topics([topic])[topic].result(30)
            poll_until(lambda: topic not in self.kafka.topics(), "the topic to be gone")


def average_bytes(kafka, topic):
    """(average bytes of a record's key, value and headers, one of its values) over the first records."""
    from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": kafka.bootstrap(), "group.id": "bench", "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
        records = [record for record in consumer.consume(SAMPLE_RECORDS, 10) if record.error() is None]
    finally:
        consumer.close()
    sizes = [len(record.key() or b"") + len(record.value()) + sum(len(name) + len(value or b"") for name, value in record.headers() or [])
             for record in records]
    return statistics.mean(sizes), records[0].value()


def run(cluster, scratch, rows, rounds, producers=PRODUCERS):
    rows = min(rows or ROWS, ROWS)
    if any(name in KINDS for name in producers):
        installed()
    directory = pathlib.Path(scratch) / "kafka"
    directory.mkdir()
    kafka = KafkaCluster(directory, settings=BROKER_SETTINGS, jvm=BROKER_JVM).start()
    results = {name: [] for name in producers}
    try:
        with written_workload(cluster, WORKLOADS["a"], rows, "glassflow"):
            bench = Bench(cluster, kafka, rows)
            print(f"kafka: warming up: {bench.run(OURS).rate:.0f} rows/s", file=sys.stderr, flush=True)
            for number in range(rounds):
                for name in producers:
                    results[name].append(bench.run(name))
                    print(f"kafka: {name}, round {number + 1} of {rounds}: {results[name][-1].rate:.0f} rows/s", file=sys.stderr, flush=True)
    finally:
        kafka.remove()
    return report(rows, results)


def report(rows, results):
    rate = {name: statistics.median(run.rate for run in runs) for name, runs in results.items()}
    peak = {name: statistics.median(run.peak_bytes for run in runs) for name, runs in results.items()}
    table = []
    for name, runs in results.items():
        cpu_s, broker_cpu_s, start_s, record_bytes = (statistics.median(getattr(run, field) for run in runs)
                                                      for field in ("cpu_s", "broker_cpu_s", "first_s", "record_bytes"))
        walsender = [run.walsender_cpu_s for run in runs if run.walsender_cpu_s is not None]
        table.append([name, f"{rate[name]:.0f}", f"{rate[name] / rate[OURS]:.2f}" if OURS in rate else "-", f"{start_s:.2f}", f"{cpu_s:.2f}",
                      f"{statistics.median(walsender):.2f}" if walsender else "-", f"{broker_cpu_s:.2f}", f"{peak[name] / MIB:.1f}", f"{record_bytes:.0f}"])
    print_table(f"kafka: {rows} {WORKLOADS['a'].title}, into a topic of {PARTITIONS} partitions", (
        "producer", "rows/s", "/ collector", "s to the first record", "CPU s", "walsender CPU s", "broker CPU s", "peak RSS MiB", "bytes/record"), table)
    return list(verdicts(rate, peak))


def verdicts(rate, peak):
    if OURS in rate and EXAMPLE in rate:
        target = min(RATE_TARGET, EXAMPLE_SHARE_TARGET * rate[EXAMPLE])
        yield ("kafka", f"rows/s: {RATE_TARGET}, or {EXAMPLE_SHARE_TARGET} of rdkafka_performance", f">= {target:.0f}", f"{rate[OURS]:.0f}",
               rate[OURS] >= target)
    debezium = [name for name in KINDS if name in rate]
    if debezium and BARE in rate:
        # Against the best that it does in either setting.
        ratio = rate[BARE] / max(rate[name] for name in debezium)
        share = max(peak[name] for name in (OURS, BARE) if name in peak) / min(peak[name] for name in debezium)
        yield "kafka", f"rows/s: {BARE} / Debezium Server", f">= {DEBEZIUM_RATE_TARGET}", f"{ratio:.1f}", ratio >= DEBEZIUM_RATE_TARGET
        yield ("kafka", "peak RSS: collector / Debezium Server", f"<= {DEBEZIUM_MEMORY_TARGET}", f"{share:.3f}",
               share <= DEBEZIUM_MEMORY_TARGET)
