"""The collector's section for a Kafka sink, and what it left in the topics."""

import json

from .postgres import poll_until


def kafka_sink(cluster, listener="plain", name="kafka", **settings):
    return {"name": name, "type": "kafka", "brokers": cluster.bootstrap(listener).split(","), "create_topics": True, **settings}


def header(record, name):
    return dict(record.headers())[name].decode()


def read_topics(cluster, prefix, isolation="read_committed"):
    """topic -> its records, of the topics of one database."""
    return {name: cluster.read_topic(name, isolation) for name in cluster.topics() if name.startswith(prefix)}


def events_of(records):
    """The events of records, in the order of reading: partition by partition."""
    return [json.loads(record.value()) for record in records if record.value() is not None]


def wait_for_events(collector, cluster, topic, count, isolation="read_committed", timeout_s=60):
    """The records, when there are so many."""

    def enough():
        if topic not in cluster.topics():
            return None
        records = cluster.read_topic(topic, isolation)
        return records if len(records) >= count else None

    return collector.wait_for(enough, f"{topic} holds {count} records", timeout_s)


__all__ = ["events_of", "header", "kafka_sink", "poll_until", "read_topics", "wait_for_events"]
