"""Changes of every kind become records with the key, headers, timestamp, partition and topic that docs/kafka.md promises."""

import json
import re
import time

import pytest

from services.kafka_sink import events_of, header, kafka_sink, wait_for_events

LSN = re.compile(r"[0-9A-F]{1,8}/[0-9A-F]{1,8}")


@pytest.mark.parametrize("exactly_once", [False, True])
def test_every_kind_of_change(database, collector, kafka, exactly_once):
    database.execute("""CREATE TABLE items (id int PRIMARY KEY, note text);
                        CREATE TABLE "Zeilen ä" (a int, b int);
                        ALTER TABLE "Zeilen ä" REPLICA IDENTITY FULL""")
    one = collector(sinks=[kafka_sink(kafka, partitions=4, exactly_once=exactly_once)]).wait_ready()
    before_ms = int(time.time() * 1000)
    database.execute("INSERT INTO items SELECT i, 'n' || i FROM generate_series(1, 20) i")
    database.execute("UPDATE items SET note = 'changed' WHERE id <= 10")
    database.execute("UPDATE items SET id = 100 WHERE id = 20")
    database.execute("DELETE FROM items WHERE id = 1")
    database.execute('INSERT INTO "Zeilen ä" SELECT i, i FROM generate_series(1, 50) i')
    database.execute("SELECT pg_logical_emit_message(true, 'audit', 'hello')")
    database.execute("TRUNCATE items")

    topic = f"{database.name}.public.items"
    records = wait_for_events(one, kafka, topic, 20 + 10 + 2 + 1 + 1)
    assert len(records) == 34
    after_ms = int(time.time() * 1000)
    partitions = {}
    for record in records:
        event = json.loads(record.value())
        assert header(record, "op") == event["_op"]
        assert header(record, "event_id") == event["_event_id"]
        lsn = header(record, "lsn")
        assert LSN.fullmatch(lsn) and event["_event_id"].startswith(lsn + "-")
        kind, timestamp = record.timestamp()
        assert kind == 1 and before_ms - 1000 <= timestamp <= after_ms, "the timestamp is the time of the commit"
        if event["_op"] == "t":
            assert record.key() is None
            continue
        key = json.loads(record.key())
        assert key == {"id": event["data"]["id"]}
        assert partitions.setdefault(record.key(), record.partition()) == record.partition(), "a row keeps its partition"
    assert len(set(partitions.values())) == 4
    assert record_order(records, 100) == ["c"]
    assert record_order(records, 20) == ["c", "d"], "a changed key is the end of one row and the beginning of another"
    assert record_order(records, 1) == ["c", "u", "d"]

    # Without a key: all in one partition, in order. A name that Kafka does not allow ends in a hash.
    [odd_topic] = [name for name in kafka.topics() if name.startswith(f"{database.name}.public.Zeilen_")]
    assert re.fullmatch(r".*-[0-9a-f]{16}", odd_topic)
    odd = wait_for_events(one, kafka, odd_topic, 50)
    assert len({record.partition() for record in odd}) == 1
    assert all(record.key() is None for record in odd)
    assert [int(event["data"]["a"]) for event in events_of(odd)] == list(range(1, 51))

    [message] = wait_for_events(one, kafka, f"{database.name}.messages", 1)
    assert header(message, "op") == "m"
    assert one.stop() == 0


def record_order(records, row_id):
    return [header(record, "op") for record in records if record.key() and json.loads(record.key()) == {"id": row_id}]
