"""What can happen to brokers, credentials and records: nothing is lost, rows stay in order, and the state is clear."""

import json

import pytest
from services.collector import Program
from services.kafka_sink import events_of, kafka_sink, read_topics, wait_for_events
from services.postgres import poll_until

from workload import TABLES, Load, Verdict, committed_changes, insert_hot_rows, prepare

PASSWORD = "a-kafka-secret"


def topic_of(database):
    return f"{database.name}.public.items"


def status(collector):
    return collector.status()["sinks"][0]


def dead_letters(collector):
    path = collector.directory / "state" / "dead-letters-kafka.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def assert_sound(database, cluster):
    """At least once, in order per key; the number of events that came twice."""
    verdict = Verdict("kafka", events_of(cluster.read_topic(topic_of(database))), committed_changes(database))
    verdict.assert_sound()
    return verdict.duplicates


def test_brokers_are_killed_under_load(database, collector, kafka_factory):
    cluster = kafka_factory(brokers=3)
    prepare(database)
    one = collector(sinks=[kafka_sink(cluster, partitions=3, replication_factor=3, toast="omit")], source={"tables": TABLES}).wait_ready()
    insert_hot_rows(database)
    with Load(database, seed=21):
        for broker in cluster.brokers.values():
            wanted = status(one)["delivered_events"] + 300
            one.wait_for(lambda: status(one)["delivered_events"] >= wanted, "it goes on", timeout_s=60)
            broker.restart(kill=True)
        wanted = status(one)["delivered_events"] + 300
        one.wait_for(lambda: status(one)["delivered_events"] >= wanted, "it goes on after all of them", timeout_s=60)
    assert one.stop() == 0
    one.drain(timeout_s=60)
    assert_sound(database, cluster)


def test_the_only_broker_is_away(database, collector, kafka_factory):
    """Told while it lasts, and over when it is back; the slot keeps what is not delivered."""
    cluster = kafka_factory()
    prepare(database)
    one = collector(sinks=[kafka_sink(cluster, partitions=3, toast="omit")], source={"tables": TABLES}).wait_ready()
    insert_hot_rows(database)
    with Load(database, seed=22):
        one.wait_for(lambda: status(one)["delivered_events"] >= 500, "it delivers")
        cluster.kill()
        one.wait_for(lambda: "brokers have acknowledged nothing" in status(one)["last_error"], "it says so", timeout_s=60)
        assert status(one)["retries"] > 0 and not status(one)["is_halted"]
        confirmed = database.confirmed_position()
        cluster.start()
        one.wait_for(lambda: status(one)["last_error"] == "", "it is over", timeout_s=60)
        one.wait_for(lambda: database.confirmed_position() > confirmed, "it confirms again")
    assert "delivering again" in one.stderr
    assert one.stop() == 0
    one.drain(timeout_s=60)
    assert_sound(database, cluster)


def test_twenty_kills(database, collector, kafka):
    """At least once: the same as of any other sink."""
    prepare(database)
    one = collector(sinks=[kafka_sink(kafka, partitions=3, toast="omit")], source={"tables": TABLES}, memory_limit="4MiB").wait_ready()
    insert_hot_rows(database)
    with Load(database, seed=23):
        for number in range(20):
            one.wait_ready()
            one.wait_for(lambda: status(one)["delivered_events"] > number * 37 % 600, "it delivers")
            one.kill()
            one.start()
        one.wait_ready()
        one.kill()
    one.drain(timeout_s=120)
    assert assert_sound(database, kafka) > 0, "no kill hit anything in flight: this test proved nothing"


def test_records_that_the_broker_refuses(database, collector, kafka):
    """Neighbours in the batch are delivered, and nothing overtakes them; the refused ones are dead letters."""
    topic = topic_of(database)
    kafka.create_topic(topic, config={"max.message.bytes": "20000"})
    database.execute("CREATE TABLE items (id int PRIMARY KEY, n int, note text)")
    one = collector(sinks=[kafka_sink(kafka, compression="none", batch_bytes="8KiB", linger="0s")]).wait_ready()
    # Many batches at once, now and then one with a record that is too large: what is behind it is on its way already.
    database.execute("""DO $$ BEGIN
                            INSERT INTO items SELECT i, 0, 'small' FROM generate_series(1, 40) i;
                            FOR round IN 1..200 LOOP
                                UPDATE items SET n = round WHERE id <= 40;
                                IF round % 50 = 0 THEN INSERT INTO items VALUES (1000 + round, 0, repeat('x', 30000)); END IF;
                            END LOOP;
                        END $$""")
    target = database.wal_position()
    one.wait_for(lambda: (database.confirmed_position() or 0) >= target, "all is confirmed")
    letters = dead_letters(one)
    assert all("MSG_SIZE_TOO_LARGE" in letter["reason"] for letter in letters)
    assert [json.loads(letter["payload"])["data"]["id"] for letter in letters] == [1050, 1100, 1150, 1200]
    assert status(one)["dead_letters"] == 4
    seen = {}
    for event in events_of(kafka.read_topic(topic)):
        seen.setdefault(event["data"]["id"], []).append(event["data"]["n"])
    assert seen.keys() == set(range(1, 41))
    for rounds in seen.values():
        assert list(dict.fromkeys(rounds)) == list(range(201)), "out of order"


@pytest.mark.parametrize("oversize", ["dead_letter", "truncate"])
@pytest.mark.parametrize("exactly_once", [False, True])
def test_events_that_are_too_large(database, collector, kafka, oversize, exactly_once):
    database.execute("CREATE TABLE items (id int PRIMARY KEY, doc text, small text)")
    sink = kafka_sink(kafka, max_event_bytes="10KiB", oversize=oversize, exactly_once=exactly_once)
    one = collector(sinks=[sink]).wait_ready()
    database.execute("INSERT INTO items VALUES (1, 'a', 'b'), (2, repeat('x', 20000), 'kept'), (3, 'c', 'd')")
    expected = 3 if oversize == "truncate" else 2
    events = {event["data"]["id"]: event for event in events_of(wait_for_events(one, kafka, topic_of(database), expected))}
    if oversize == "truncate":
        assert events[2]["data"] == {"id": 2, "small": "kept"}
        assert events[2]["_truncated"] == ["data.doc"]
        assert dead_letters(one) == []
    else:
        assert events.keys() == {1, 3}
        one.wait_for(lambda: len(dead_letters(one)) == 1, "it is a dead letter")
        assert "larger than max_event_bytes" in dead_letters(one)[0]["reason"]
    assert one.stop() == 0


def test_tombstones_are_sent_when_asked_for(database, collector, kafka):
    database.execute("CREATE TABLE items (id int PRIMARY KEY, note text)")
    one = collector(sinks=[kafka_sink(kafka, tombstones=True)]).wait_ready()
    database.execute("INSERT INTO items VALUES (1, 'a'), (2, 'b')")
    database.execute("DELETE FROM items WHERE id = 1")
    database.execute("UPDATE items SET id = 3 WHERE id = 2")
    records = wait_for_events(one, kafka, topic_of(database), 7)
    assert [record.value() is None for record in records] == [False, False, False, True, False, True, False]
    assert json.loads(records[3].key()) == {"id": 1} and json.loads(records[5].key()) == {"id": 2}


def test_headers_are_left_out_when_asked(database, collector, kafka):
    database.execute("CREATE TABLE items (id int PRIMARY KEY, note text)")
    one = collector(sinks=[kafka_sink(kafka, headers=False, tombstones=True)]).wait_ready()
    database.execute("INSERT INTO items VALUES (1, 'a')")
    database.execute("DELETE FROM items")
    records = wait_for_events(one, kafka, topic_of(database), 3)
    assert [record.headers() for record in records] == [None] * 3
    assert [json.loads(record.key()) for record in records] == [{"id": 1}] * 3
    assert [record.value() is None for record in records] == [False, False, True]


def test_logical_messages_are_left_out_when_asked(database, collector, kafka):
    database.execute("CREATE TABLE items (id int PRIMARY KEY)")
    one = collector(sinks=[kafka_sink(kafka, drop_messages=True)]).wait_ready()
    database.execute("SELECT pg_logical_emit_message(true, 'audit', 'hello')")
    database.execute("INSERT INTO items VALUES (1)")
    wait_for_events(one, kafka, topic_of(database), 1)
    target = database.wal_position()
    one.wait_for(lambda: database.confirmed_position() >= target, "all is confirmed")
    assert read_topics(kafka, database.name + ".").keys() == {topic_of(database)}


def test_a_missing_topic_stops_delivery_and_loses_nothing(database, collector, kafka):
    database.execute("CREATE TABLE items (id int PRIMARY KEY)")
    sink = kafka_sink(kafka, create_topics=False, properties=["topic.metadata.propagation.max.ms=1000"])
    one = collector(sinks=[sink]).wait_ready()
    database.execute("INSERT INTO items VALUES (1)")
    assert one.wait() == 1
    assert f"topic {topic_of(database)}: " in one.stderr and "set create_topics to true" in one.stderr
    kafka.create_topic(topic_of(database))
    one.drain()
    assert len(kafka.read_topic(topic_of(database))) == 1


def test_check_names_a_topic_that_is_missing(database, collector, kafka):
    sink = kafka_sink(kafka, create_topics=False)
    one = collector(sinks=[sink], source={"tables": ["public.items"]}, command=("check",))
    assert one.wait() == 3
    assert f'sink "kafka" finds no topic {topic_of(database)}' in one.stdout


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
def test_sasl(database, collector, kafka, mechanism):
    database.execute("CREATE TABLE items (id int PRIMARY KEY)")
    sink = kafka_sink(kafka, "sasl", security_protocol="sasl_plaintext", sasl_mechanism=mechanism, sasl_username="alice", sasl_password=PASSWORD)
    one = collector(sinks=[sink]).wait_ready()
    database.execute("INSERT INTO items VALUES (1)")
    wait_for_events(one, kafka, topic_of(database), 1)
    assert one.stop() == 0

    sink["sasl_password"] = "a-wrong-secret"
    wrong = collector(sinks=[sink])
    assert wrong.wait() == 3
    assert 'sink "kafka" was refused by' in wrong.stderr and "Check security_protocol, sasl_mechanism" in wrong.stderr
    assert "a-wrong-secret" not in wrong.stderr + wrong.stdout


def test_a_credential_that_is_refused_while_running(database, collector, kafka_factory):
    """The password is another one after the broker's restart: tried for a while, then the end, and nothing is lost."""
    cluster = kafka_factory(listeners=("sasl",), users={"alice": PASSWORD})
    database.execute("CREATE TABLE items (id int PRIMARY KEY)")
    sink = kafka_sink(cluster, "sasl", security_protocol="sasl_plaintext", sasl_username="alice", sasl_password=PASSWORD)
    one = collector(sinks=[sink]).wait_ready()
    database.execute("INSERT INTO items VALUES (1)")
    wait_for_events(one, cluster, topic_of(database), 1)
    broker = cluster.brokers[1]
    broker.stop()
    properties = broker.directory / "server.properties"
    changed = properties.read_text()
    properties.write_text(changed.replace(PASSWORD, "another"))
    broker.start()
    database.execute("INSERT INTO items VALUES (2)")
    assert one.wait(120) == 1
    assert "the credential was refused" in one.stderr
    assert PASSWORD not in one.stderr and "another" not in one.stderr
    broker.stop()
    properties.write_text(changed)
    broker.start()
    one.drain()
    assert [event["data"]["id"] for event in events_of(cluster.read_topic(topic_of(database)))] == [1, 2]


@pytest.mark.parametrize("client_certificates", [False, True])
def test_tls(database, collector, kafka_factory, client_certificates):
    cluster = kafka_factory(listeners=("tls",), client_certificates=client_certificates)
    database.execute("CREATE TABLE items (id int PRIMARY KEY)")
    certificates = {"tls_certificate": str(cluster.client_certificate), "tls_key": str(cluster.client_key)} if client_certificates else {}
    sink = kafka_sink(cluster, "tls", security_protocol="ssl", tls_ca=str(cluster.ca), **certificates)
    one = collector(sinks=[sink]).wait_ready()
    database.execute("INSERT INTO items VALUES (1)")
    wait_for_events(one, cluster, topic_of(database), 1)

    without = {key: value for key, value in sink.items() if key not in (certificates or ("tls_ca",))}
    wrong = collector(sinks=[without])
    assert wrong.wait() == 3
    assert 'sink "kafka" got no answer from' in wrong.stderr
    assert ("misses or does not trust tls_certificate" if client_certificates else "tls_ca, tls_certificate and tls_key") in wrong.stderr


def test_no_broker_at_the_start(database, collector, kafka_factory):
    cluster = kafka_factory()
    sink = kafka_sink(cluster)
    cluster.stop()
    one = collector(sinks=[sink])
    assert one.wait() == 3
    assert 'sink "kafka" got no answer from 127.0.0.1:' in one.stderr and "Connection refused" in one.stderr
    poll_until(lambda: not database.query("SELECT 1 FROM pg_replication_slots WHERE slot_name = %s", (database.slot,)), "no slot was made")


@pytest.mark.parametrize("exactly_once", [False, True])
def test_a_dead_letter_is_sent_again(database, collector, kafka, exactly_once):
    """With a larger limit, beside the running collector: with its key, in its topic, and the other goes on undisturbed."""
    database.execute("CREATE TABLE items (id int PRIMARY KEY, doc text)")
    sink = kafka_sink(kafka, max_event_bytes="10KiB", exactly_once=exactly_once)
    one = collector(sinks=[sink]).wait_ready()
    database.execute("INSERT INTO items VALUES (1, repeat('x', 20000)), (2, 'small')")
    one.wait_for(lambda: len(dead_letters(one)) == 1, "it is a dead letter")
    wait_for_events(one, kafka, topic_of(database), 1)
    one.configuration["sinks"][0]["max_event_bytes"] = "100KiB"
    one.configuration_path.write_text(json.dumps(one.configuration))
    replay = Program(one.directory, "replay", ["dead-letter", "replay", "--all", "--config", one.configuration_path]).start()
    assert replay.wait() == 0, replay.tail()
    assert dead_letters(one) == []
    database.execute("INSERT INTO items VALUES (3, 'small')")
    records = wait_for_events(one, kafka, topic_of(database), 3)
    assert [json.loads(record.key())["id"] for record in records] == [2, 1, 3]
    assert one.stop() == 0
