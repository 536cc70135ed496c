"""Where a document says that the events are: the sink's own brokers, credentials, certificates and topics, or what the command line says."""

import subprocess

import pytest
import yaml

from services.glassflow_documents import problems

TABLE = 'CREATE TABLE public.orders (id integer PRIMARY KEY); CREATE TABLE public."Ödd" (id integer PRIMARY KEY)'


@pytest.fixture
def pipeline(database, collector_binary, tmp_path):
    """run(sinks, *arguments, **settings) -> CompletedProcess"""
    database.execute(TABLE)
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\nca\n-----END CERTIFICATE-----\n")
    (tmp_path / "client.pem").write_text("-----BEGIN CERTIFICATE-----\nclient\n-----END CERTIFICATE-----\n")
    (tmp_path / "key.pem").write_text("-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n")

    def run(sinks, *arguments, **settings):
        configuration = {"source": database.source(), "sinks": sinks, "pipeline": settings}
        (tmp_path / "collector.yaml").write_text(yaml.safe_dump(configuration))
        return subprocess.run([collector_binary, "pipeline", *arguments, "--config", tmp_path / "collector.yaml"], capture_output=True, text=True, cwd=tmp_path)

    return run


def kafka(**settings):
    return {"name": "kafka", "type": "kafka", "brokers": ["k1:9092", "k2:9092"], **settings}


def otlp(**settings):
    return {"name": "otlp", "type": "otlp", "url": "http://127.0.0.1:4318", **settings}


def document(made):
    assert made.returncode == 0, made.stderr
    (one,) = yaml.safe_load_all(made.stdout)
    assert problems(one) == []
    return one


def test_plain(pipeline, database):
    one = document(pipeline([kafka()], "public.orders"))
    (source,) = one["sources"]
    assert source["connection_params"] == {"brokers": ["k1:9092", "k2:9092"], "protocol": "PLAINTEXT", "mechanism": "NO_AUTH"}
    assert source["topic"] == f"{database.name}.public.orders"
    other = document(pipeline([kafka()], "public.orders", kafka_brokers=["inside:9093"]))
    assert other["sources"][0]["connection_params"]["brokers"] == ["inside:9093"]


def test_topics_are_those_of_the_sink(pipeline, database):
    topic = document(pipeline([kafka(topic="cdc.{schema}.{table}")], 'public."Ödd"'))["sources"][0]["topic"]
    assert topic.startswith("cdc.public._") and topic.isascii()  # and a hash, as the sink has it: see kafka.md


def test_sasl_and_tls(pipeline):
    sink = kafka(security_protocol="sasl_ssl", sasl_mechanism="SCRAM-SHA-512", sasl_username="u", sasl_password="p4ssw0rd", tls_ca="ca.pem",
                 tls_certificate="client.pem", tls_key="key.pem")
    made = pipeline([sink], "public.orders")
    connection = document(made)["sources"][0]["connection_params"]
    assert connection["protocol"] == "SASL_SSL" and connection["mechanism"] == "SCRAM-SHA-512" and connection["username"] == "u"
    assert connection["root_ca"].splitlines()[1] == "ca" and connection["client_cert"].splitlines()[1] == "client"
    assert connection["password"] == "${KAFKA_PASSWORD}" and connection["client_key"] == "${KAFKA_CLIENT_KEY}"
    assert "${CLICKHOUSE_PASSWORD}, ${KAFKA_CLIENT_KEY}, ${KAFKA_PASSWORD} stand for them" in made.stderr
    assert "p4ssw0rd" not in made.stdout + made.stderr and "secret" not in made.stdout
    whole = document(pipeline([sink], "public.orders", "--with-secrets", clickhouse_password="s3cr3t"))
    assert whole["sources"][0]["connection_params"]["password"] == "p4ssw0rd"
    assert whole["sink"]["connection_params"]["password"] == "s3cr3t"


def test_files_with_secrets_are_nobody_elses(pipeline, tmp_path):
    made = pipeline([kafka()], "public.orders", "--with-secrets", "--output", str(tmp_path), clickhouse_password="s3cr3t")
    assert made.returncode == 0
    assert (tmp_path / "pg-public-orders.yaml").stat().st_mode & 0o777 == 0o600
    assert made.stdout.split() == [str(tmp_path / "pg-public-orders.sql"), str(tmp_path / "pg-public-orders.yaml")]


def test_a_topic_of_several_tables_is_taken_apart(pipeline):
    one = document(pipeline([kafka(topic="everything")], "public.orders"))
    assert {"name": "_table", "type": "string"} in one["sources"][0]["schema_fields"]
    (rule,) = [transform["config"]["expression"] for transform in one["transforms"] if transform["type"] == "filter"]
    assert rule.endswith('and _schema == "public" and _table == "orders"')
    refused = pipeline([kafka(topic="everything", format="flat")], "public.orders")
    assert refused.returncode == 2 and "may hold several tables" in refused.stderr


def test_the_form_is_that_of_the_sink(pipeline):
    fields = document(pipeline([kafka(format="flat")], "public.orders"))["sources"][0]["schema_fields"]
    assert {"name": "id", "type": "int"} in fields
    refused = pipeline([kafka(format="wal2json")], "public.orders")
    assert refused.returncode == 2 and "sinks.kafka.format is wal2json" in refused.stderr
    refused = pipeline([kafka(format="flat")], "public.orders", "--form", "envelope")
    assert refused.returncode == 2 and "sinks.kafka.format is flat" in refused.stderr
    refused = pipeline([kafka(format="flat")], "public.orders", arrays="native")
    assert refused.returncode == 2 and "pipeline.arrays is not what sinks.kafka.arrays is" in refused.stderr


@pytest.mark.parametrize("settings, words", [
    ({"security_protocol": "ssl"}, "tls_ca"),
    ({"security_protocol": "ssl", "tls_ca": "nowhere.pem"}, "could not read the file of sinks.kafka.tls_ca"),
    ({"security_protocol": "ssl", "tls_ca": "ca.pem", "tls_key_password": "x"}, "has a password"),
    ({"security_protocol": "sasl_plaintext", "sasl_mechanism": "OAUTHBEARER"}, "OAUTHBEARER"),
])
def test_what_a_document_cannot_say(pipeline, settings, words):
    made = pipeline([kafka(**settings)], "public.orders")
    assert made.returncode == 2 and words in made.stderr, made.stderr


def test_which_sink(pipeline):
    both = [kafka(), otlp(pipeline_id="pg-orders", format="row")]
    refused = pipeline(both, "public.orders")
    assert refused.returncode == 2 and "several sinks could feed the pipelines: kafka, otlp" in refused.stderr
    assert document(pipeline(both, "public.orders", sink="otlp"))["pipeline_id"] == "pg-orders"
    assert document(pipeline(both, "public.orders", "--for", "kafka"))["sources"][0]["type"] == "kafka"
    assert pipeline(both, "public.orders", sink="nobody").returncode == 2
    nothing = pipeline([{"name": "files", "type": "file", "path": "-"}], "public.orders")
    assert nothing.returncode == 2 and "pipeline.kafka_brokers is missing" in nothing.stderr


def test_over_otlp_a_table_has_the_pipeline_that_the_sink_says(pipeline):
    made = pipeline([otlp(pipelines=["public.orders=the-orders"], format="row")], "public.orders")
    assert document(made)["pipeline_id"] == "the-orders"
    made = pipeline([otlp(pipelines=["other.*=the-others"], format="row")], "public.orders")
    assert document(made)["pipeline_id"] == "pg-public-orders" and 'pipelines: ["public.orders=pg-public-orders"]' in made.stderr
    refused = pipeline([otlp(pipeline_id="for-all", format="row")], "public.*")
    assert refused.returncode == 2 and "go to one pipeline, for-all" in refused.stderr
    assert pipeline([otlp(pipeline_id="for-all", format="envelope")], "public.orders").returncode == 2


def test_words_that_are_neither_action_nor_table(pipeline):
    made = pipeline([kafka()], "lst")
    assert made.returncode == 2 and 'Did you mean "list"?' in made.stderr
    made = pipeline([kafka()], "public.nothing")
    assert made.returncode == 3 and "no table is named by public.nothing" in made.stderr
    made = pipeline([kafka()], "public.")
    assert made.returncode == 2 and "is no table" in made.stderr
