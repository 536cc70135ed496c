"""exactly_once: whatever is killed when, a reader of committed records sees each event once, in the order of its key."""

import json
import random

from services.kafka_sink import events_of, kafka_sink
from services.postgres import poll_until

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare

ROUNDS = 20


def topic_of(database):
    return f"{database.name}.public.items"


def read(kafka, topic, isolation="read_committed"):
    return events_of(kafka.read_topic(topic, isolation))


def delivered(collector):
    status, text = collector.admin("/status")
    return json.loads(text)["sinks"][0]["delivered_events"] if status == 200 else 0


def resumed(collector):
    return collector.stderr.count("going on behind the position")


def assert_each_event_once(database, kafka):
    """Returns the number of events that are there, and of records that only readers of uncommitted records see."""
    committed = read(kafka, topic_of(database))
    verdict = Verdict("kafka", committed, committed_changes(database))
    verdict.assert_sound()
    assert verdict.duplicates == 0, f"{verdict.duplicates} events came twice"
    return len(committed), len(read(kafka, topic_of(database), "read_uncommitted")) - len(committed)


def test_twenty_kills(database, collector, kafka):
    prepare(database)
    sink = kafka_sink(kafka, partitions=3, exactly_once=True, transaction_age="50ms", toast="omit")
    one = collector(sinks=[sink], source={"tables": TABLES}, memory_limit="4MiB", start=False)
    chance = random.Random(6)
    resumptions = 0
    one.start().wait_ready()
    insert_hot_rows(database)
    with Load(database, seed=11):
        for number in range(ROUNDS):
            if number % 8 == 3:
                one.wait_for(lambda: resumed(one) > resumptions, "it has read its position")
            elif number % 8 == 7:
                pass  # hardly begun
            else:
                wanted = chance.randint(1, 1500)
                one.wait_for(lambda: delivered(one) >= wanted, f"{wanted} events are delivered")
            resumptions = resumed(one)
            one.kill()
            one.start()
        one.wait_ready()
        one.kill()
    one.drain(timeout_s=120)

    total, aborted = assert_each_event_once(database, kafka)
    assert aborted > 0, "no kill hit an open transaction: this test proved nothing"
    assert resumed(one) >= ROUNDS // 2
    print(f"{total} events, {aborted} records of aborted transactions")

    one.drain()
    assert len(read(kafka, topic_of(database))) == total, "a second drain delivered again"


def test_a_transaction_of_the_source_that_is_half_delivered(database, collector, kafka):
    """One of many Kafka transactions, killed in the middle: its first half is told by the position alone."""
    prepare(database)
    sink = kafka_sink(kafka, exactly_once=True, transaction_bytes="64KiB")
    one = collector(sinks=[sink], source={"tables": TABLES}, memory_limit="2MiB").wait_ready()
    database.execute("INSERT INTO items (id, note) SELECT i, repeat('x', 100) FROM generate_series(1, 60000) i")
    one.wait_for(lambda: delivered(one) > 2000, "a part of the transaction is delivered")
    one.kill()
    there = len(read(kafka, topic_of(database)))
    assert 2000 <= there < 60000, "not killed in the middle"
    one.drain(timeout_s=120)
    assert assert_each_event_once(database, kafka)[0] == 60000


def test_a_position_that_the_configuration_left_behind(database, collector, kafka):
    """The event that the position names is not captured any more: nothing may be said of its transaction."""
    database.execute("CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY)")
    sink = kafka_sink(kafka, exactly_once=True, transaction_bytes="16KiB")
    one = collector(sinks=[sink], source={"tables": ["public.*"]}, memory_limit="1MiB").wait_ready()
    database.execute("INSERT INTO a SELECT generate_series(1, 1000); INSERT INTO b SELECT generate_series(1, 30000)")
    one.wait_for(lambda: delivered(one) > 2000, "a part of b is delivered")
    one.kill()
    before = database.confirmed_position()

    one.configuration["source"]["tables"] = ["public.a"]
    one.configuration_path.write_text(json.dumps(one.configuration))
    database.execute("INSERT INTO a VALUES (1001)")
    assert one.start().wait() == 1
    assert "names an event that did not come again, though earlier ones did" in one.stderr
    poll_until(lambda: not database.query("SELECT active FROM pg_replication_slots WHERE slot_name = %s", (database.slot,))[0][0], "release")
    assert database.confirmed_position() == before, "nothing is confirmed"

    one.configuration["source"]["tables"] = ["public.*"]
    one.configuration_path.write_text(json.dumps(one.configuration))
    one.drain(timeout_s=120)
    for table, count in (("a", 1001), ("b", 30000)):
        ids = [event["data"]["id"] for event in read(kafka, f"{database.name}.public.{table}")]
        assert sorted(ids) == list(range(1, count + 1))


def test_a_second_producer_shuts_the_first_out(database, collector, kafka):
    prepare(database)
    sink = kafka_sink(kafka, exactly_once=True, transactional_id=f"{database.name}-shared")
    one = collector(sinks=[sink], source={"tables": TABLES}).wait_ready()
    insert_hot_rows(database)
    one.wait_for(lambda: delivered(one) == 8, "the first events are delivered")

    from confluent_kafka import Producer

    other = Producer({"bootstrap.servers": kafka.bootstrap(), "transactional.id": f"{database.name}-shared"})
    other.init_transactions(30)
    database.execute("INSERT INTO items (id) VALUES (100)")
    assert one.wait() == 1
    assert "_FENCED" in one.stderr and "transactional_id" in one.stderr
    one.drain()
    assert assert_each_event_once(database, kafka)[0] == 9


def test_brokers_are_killed_under_load(database, collector, kafka_factory):
    cluster = kafka_factory(brokers=3)
    prepare(database)
    sink = kafka_sink(cluster, partitions=3, replication_factor=3, exactly_once=True, toast="omit")
    one = collector(sinks=[sink], source={"tables": TABLES}).wait_ready()
    insert_hot_rows(database)
    with Load(database, seed=12):
        for broker in cluster.brokers.values():
            wanted = delivered(one) + 300
            one.wait_for(lambda: delivered(one) >= wanted, "it goes on", timeout_s=60)
            broker.restart(kill=True)
        wanted = delivered(one) + 300
        one.wait_for(lambda: delivered(one) >= wanted, "it goes on after all of them", timeout_s=60)
    assert one.stop() == 0
    one.drain(timeout_s=60)
    assert_each_event_once(database, cluster)
