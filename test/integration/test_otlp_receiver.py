"""The receiver that the OTLP tests trust is as strict as GlassFlow's contract: each line of its tables."""

import base64
import gzip
import json
import threading

import pytest

from services.postgres import poll_until

PROTOBUF = {"Content-Type": "application/x-protobuf", "x-glassflow-pipeline-id": "pg-otlp"}
JSON = {"Content-Type": "application/json", "x-glassflow-pipeline-id": "pg-otlp"}
# The example of the contract, and what the receiver makes of it.
EXAMPLE = json.loads(r"""{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pg-collector"}}]},
 "scopeLogs":[{"scope":{"name":"public.orders"},"logRecords":[{
   "timeUnixNano":"1709210096123456000","severityNumber":9,"severityText":"UPDATE",
   "body":{"stringValue":"{\"id\":\"42\",\"nick\":null}"},
   "attributes":[{"key":"event_id","value":{"stringValue":"0/16B3748-0"}},{"key":"lsn","value":{"stringValue":"23803720"}}]}]}]}]}""")
FLAT = json.loads(r"""{"timestamp":"2024-02-29T12:34:56.123456Z","observed_timestamp":"1970-01-01T00:00:00Z","severity_number":9,"severity_text":"UPDATE",
 "body":"{\"id\":\"42\",\"nick\":null}","flags":0,"dropped_attributes_count":0,"resource_attributes":{"service.name":"pg-collector"},
 "scope_name":"public.orders","scope_attributes":{},"attributes":{"event_id":"0/16B3748-0","lsn":"23803720"}}""")


def as_bytes(request):
    return json.dumps(request).encode()


def as_protobuf(request):
    from google.protobuf import json_format
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    return json_format.ParseDict(request, ExportLogsServiceRequest()).SerializeToString()


def with_record(**fields):
    request = json.loads(json.dumps(EXAMPLE))
    request["resourceLogs"][0]["scopeLogs"][0]["logRecords"][0].update(fields)
    return request


def test_the_example_becomes_the_flat_event(otlp_receiver):
    assert otlp_receiver.send(as_bytes(EXAMPLE), JSON) == (200, b"{}")
    assert otlp_receiver.send(as_protobuf(EXAMPLE), PROTOBUF) == (200, b"")
    # int64 as numbers; no content type is JSON
    request = with_record(timeUnixNano=1709210096123456000)
    assert otlp_receiver.send(as_bytes(request), {**JSON, "Content-Type": "text/anything"}) == (200, b"{}")
    assert otlp_receiver.events() == [{"pipeline": "pg-otlp", **FLAT}] * 3


def test_values_and_ids(otlp_receiver):
    values = {"s": {"stringValue": "x"}, "b": {"boolValue": True}, "i": {"intValue": "-9223372036854775808"}, "d": {"doubleValue": 1e-7}, "f": {"doubleValue": 2},
              "y": {"bytesValue": base64.b64encode(b"\x01\xff").decode()}, "n": {}}
    attributes = [{"key": "event_id", "value": {"stringValue": "e"}}, *({"key": key, "value": value} for key, value in values.items()),
                  {"key": "s", "value": {"stringValue": "last wins"}}]
    trace = base64.b64encode(bytes(range(16))).decode()
    otlp_receiver.send(as_bytes(with_record(attributes=attributes, traceId=trace, spanId=base64.b64encode(bytes(8)).decode())), JSON)
    (event,) = otlp_receiver.events()
    assert event["attributes"] == {"event_id": "e", "s": "last wins", "b": "true", "i": "-9223372036854775808", "d": "0.0000001", "f": "2", "y": "01ff", "n": ""}
    assert event["trace_id"] == bytes(range(16)).hex()
    assert "span_id" not in event


@pytest.mark.parametrize("body, headers, status, text", [
    (b"", {"Content-Type": "application/x-protobuf"}, 400, "missing x-glassflow-pipeline-id header\n"),
    (b"", {**PROTOBUF, "x-glassflow-pipeline-id": ""}, 400, "missing x-glassflow-pipeline-id header\n"),
    (b"\xff\xff", PROTOBUF, 400, "proto: "),
    (as_protobuf(EXAMPLE).replace(b"UPDATE", b"UPD\xffTE"), PROTOBUF, 400, "proto: "),
    (gzip.compress(as_protobuf(EXAMPLE)), {**PROTOBUF, "Content-Encoding": "gzip"}, 400, "proto: "),
    (as_protobuf(EXAMPLE), JSON, 400, "proto: "),
    (as_bytes(EXAMPLE), PROTOBUF, 400, "proto: "),
    (as_bytes({**EXAMPLE, "unknown": 1}), JSON, 400, "proto: "),
    (as_bytes(with_record(trace_identifier="x")), JSON, 400, "proto: "),
    (as_protobuf(EXAMPLE), {**PROTOBUF, "x-glassflow-pipeline-id": "pg-other"}, 500, "no active pipeline found\n"),
    (as_bytes(with_record(attributes=[])), JSON, 500, "dedup value is empty\n"),
    (as_bytes(with_record(body={"stringValue": "<" * 200_000})), JSON, 500, "write batch: nats: maximum payload exceeded\n"),
], ids=["no-header", "empty-header", "garbage", "not-utf8", "gzip", "protobuf-as-json", "json-as-protobuf", "unknown-field", "unknown-field-within",
        "unknown-pipeline", "no-dedup-value", "too-large"])
def test_what_is_refused(otlp_receiver, body, headers, status, text):
    answer = otlp_receiver.send(body, headers)
    assert (answer[0], answer[1][:len(text)]) == (status, text.encode())
    assert answer[1].endswith(b"\n")
    assert otlp_receiver.events() == []


def test_other_paths_and_verbs(otlp_receiver):
    assert otlp_receiver.send(None, {}, method="GET")[0] == 405
    assert otlp_receiver.send(b"", PROTOBUF, path="/v1/elsewhere")[0] == 404
    assert otlp_receiver.send(None, {}, path="/elsewhere", method="GET")[0] == 404
    assert otlp_receiver.send(None, {}, path="/healthz", method="GET") == (200, b'{"status": "ok"}')
    assert otlp_receiver.send(None, {}, path="/readyz", method="GET") == (200, b'{"status": "ready"}')


def test_a_request_that_fails_in_the_middle_has_stored_what_came_before(otlp_receiver):
    request = json.loads(json.dumps(EXAMPLE))
    records = request["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    records += [json.loads(json.dumps(records[0])) for _ in range(3)]
    records[2]["body"] = {"stringValue": "<" * 200_000}
    assert otlp_receiver.send(as_bytes(request), JSON)[0] == 500
    assert len(otlp_receiver.events()) == 2
    assert otlp_receiver.stats()["violations"] == ["a record that NATS cannot hold"]


def test_more_than_fifty_at_once_are_too_many(otlp_receiver):
    otlp_receiver.misbehave("hang", count=60, after_ms=3000)
    answers = []

    def send():
        try:
            answers.append(otlp_receiver.send(as_protobuf(EXAMPLE), PROTOBUF))
        except OSError:
            answers.append((0, b""))  # one of those that hang

    threads = [threading.Thread(target=send) for _ in range(60)]
    for thread in threads:
        thread.start()
    poll_until(lambda: any(status == 429 for status, _ in answers), "a request to be refused")
    assert (429, b"receiver overloaded, try again later\n") in answers
    for thread in threads:
        thread.join()
    assert otlp_receiver.stats()["in_progress_max"] > 50
