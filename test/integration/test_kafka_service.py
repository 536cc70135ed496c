"""The brokers that other tests rely on do what those tests believe: listeners, users, restarts, leaders, transactions."""

import uuid

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient

from conftest import KAFKA_USERS
from services.postgres import poll_until

TIMEOUT_S = 30
(USER, PASSWORD), = KAFKA_USERS.items()


@pytest.fixture
def topic():
    return f"service-{uuid.uuid4().hex[:8]}"


def client(kafka, listener, **properties):
    return {"bootstrap.servers": kafka.bootstrap(listener), "log_level": 0,
            **({"ssl.ca.location": str(kafka.ca)} if "tls" in listener else {}), **properties}


def sasl(mechanism, password=PASSWORD, tls=False):
    return {"security.protocol": "sasl_ssl" if tls else "sasl_plaintext", "sasl.mechanism": mechanism, "sasl.username": USER,
            "sasl.password": password}


def produce(kafka, topic, values, listener="plain", **properties):
    """Waits until each is acknowledged."""
    refused = []
    producer = Producer(client(kafka, listener, **properties))
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _: error and refused.append(error))
    assert producer.flush(TIMEOUT_S) == 0 and not refused, refused


def is_refused(kafka, listener, *codes, **properties):
    """A client is told one of the errors; others may come before it when the machine is busy."""
    seen = []
    asking = AdminClient(client(kafka, listener, error_cb=lambda error: seen.append(error.code()), **properties))
    return poll_until(lambda: asking.poll(0.05) >= 0 and set(seen) & set(codes), lambda: f"one of the errors {codes} among {seen}")


@pytest.mark.parametrize("listener, properties", [
    ("plain", {}), ("tls", {"security.protocol": "ssl"}), ("sasl", sasl("PLAIN")), ("sasl", sasl("SCRAM-SHA-256")),
    ("sasl", sasl("SCRAM-SHA-512")), ("sasl_tls", sasl("SCRAM-SHA-512", tls=True))], ids=("plain", "tls", "PLAIN", "SCRAM-256", "SCRAM-512", "SCRAM over TLS"))
def test_every_listener_takes_and_gives_records(kafka, topic, listener, properties):
    kafka.create_topic(topic, partitions=2)
    produce(kafka, topic, [b"one", b"two", b"three"], listener, **properties)
    assert sorted(record.value() for record in kafka.read_topic(topic)) == [b"one", b"three", b"two"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_a_wrong_password_is_refused(kafka, mechanism):
    assert is_refused(kafka, "sasl", KafkaError._AUTHENTICATION, **sasl(mechanism, "wrong"))


def test_an_unknown_authority_is_refused(kafka, tmp_path):
    other = kafka.ca.with_name("other-ca.pem")
    assert is_refused(kafka, "tls", KafkaError._SSL, **{"security.protocol": "ssl", "ssl.ca.location": str(other)})


def test_no_topic_is_made_by_being_named(kafka, topic):
    with pytest.raises((AssertionError, KafkaException)):
        produce(kafka, topic, [b"lost"], **{"message.timeout.ms": 1000})
    assert topic not in kafka.topics()


def test_records_and_ports_outlive_a_killed_broker(kafka_factory, topic):
    kafka = kafka_factory()
    kafka.create_topic(topic)
    produce(kafka, topic, [b"before"])
    before = kafka.bootstrap()
    kafka.brokers[1].restart(kill=True)
    produce(kafka, topic, [b"after"])
    assert kafka.bootstrap() == before
    assert [record.value() for record in kafka.read_topic(topic)] == [b"before", b"after"]


def test_another_broker_leads_when_the_leader_dies(kafka_factory, topic):
    kafka = kafka_factory(brokers=3)
    kafka.create_topic(topic, replicas=3, config={"min.insync.replicas": "2"})
    leader = poll_until(lambda: kafka.leader_of(topic), "a leader")
    produce(kafka, topic, [b"before"], acks="all")
    leader.kill()
    poll_until(lambda: kafka.leader_of(topic) not in (None, leader), "another leader")
    produce(kafka, topic, [b"after"], acks="all")
    assert [record.value() for record in kafka.read_topic(topic)] == [b"before", b"after"]


def test_client_certificates_can_be_demanded(kafka_factory, topic):
    kafka = kafka_factory(listeners=("tls",), client_certificates=True)
    kafka.create_topic(topic)
    ours = {"ssl.certificate.location": str(kafka.client_certificate), "ssl.key.location": str(kafka.client_key)}
    produce(kafka, topic, [b"with a certificate"], "tls", **{"security.protocol": "ssl"}, **ours)
    stranger = {"ssl.certificate.location": str(kafka.ca.with_name("stranger.pem")), "ssl.key.location": str(kafka.ca.with_name("stranger.key"))}
    for refused in ({}, stranger):  # in TLS 1.3 a client may learn of it only when it is cut off
        assert is_refused(kafka, "tls", KafkaError._SSL, KafkaError._TRANSPORT, **{"security.protocol": "ssl"}, **refused)
    assert len(kafka.read_topic(topic)) == 1


def test_what_a_transaction_took_back_is_not_read(kafka, topic):
    kafka.create_topic(topic)
    producer = Producer(client(kafka, "plain", **{"transactional.id": topic}))
    producer.init_transactions(TIMEOUT_S)
    for value, finish in ((b"aborted", producer.abort_transaction), (b"committed", producer.commit_transaction)):
        producer.begin_transaction()
        producer.produce(topic, value)
        producer.flush(TIMEOUT_S)
        finish(TIMEOUT_S)
    assert [record.value() for record in kafka.read_topic(topic)] == [b"committed"]
    assert [record.value() for record in kafka.read_topic(topic, isolation="read_uncommitted")] == [b"aborted", b"committed"]
