"""A strict OTLP receiver: GlassFlow's contract for logs over HTTP, enforced, and able to misbehave.

Run by OtlpReceiver below as a process of its own (an overloaded Python must not be the test's). Requests are decoded by the
stock OTLP library and protobuf's own JSON reader; each record becomes the flat event that GlassFlow makes of it. What a
well-behaved client never does is noted as a violation, which tests expect to be none.

On a second port: GET /events?offset=N, GET /stats, POST /faults, POST /pipelines.
"""

import argparse
import contextlib
import datetime
import decimal
import http.server
import json
import os
import pathlib
import socket
import struct
import threading
import time
import urllib.parse

PIPELINE_HEADER = "x-glassflow-pipeline-id"
REQUEST_BYTES_MAX = 4 * 1024 * 1024
NATS_MESSAGE_BYTES_MAX = 1024 * 1024
SLOTS = 50  # requests in progress that the receiver takes
FAULTS = ("overload", "back_pressure", "unavailable", "error", "hang", "reset_in_body", "close_before_answer", "partial_success", "unhealthy",
          "poison")


class Refusal(Exception):
    """An answer other than 200: (status, text)."""


# --- what GlassFlow makes of a log record -------------------------------------------------------------------------------

def nanos_text(nanos):
    """RFC 3339 in UTC with as many decimals as it takes."""
    moment = datetime.datetime.fromtimestamp(nanos // 10**9, datetime.timezone.utc)
    fraction = f"{nanos % 10**9:09d}".rstrip("0")
    return moment.strftime("%Y-%m-%dT%H:%M:%S") + (f".{fraction}" if fraction else "") + "Z"


def value_text(value):
    kind = value.WhichOneof("value")
    if kind is None:
        return ""
    content = getattr(value, kind)
    if kind == "bool_value":
        return "true" if content else "false"
    if kind in ("string_value", "int_value"):
        return str(content)
    if kind == "bytes_value":
        return content.hex()
    if kind == "double_value":
        return format(decimal.Decimal(repr(content)), "f").removesuffix(".0")
    raise Refusal(500, f"a value of kind {kind} becomes text that nobody can use")  # stricter than GlassFlow, which stores that text


def attribute_map(attributes):
    return {attribute.key: value_text(attribute.value) for attribute in attributes}


def flatten(request):
    """The events of an export request, in order."""
    for resource_logs in request.resource_logs:
        resource_attributes = attribute_map(resource_logs.resource.attributes)
        for scope_logs in resource_logs.scope_logs:
            scope = scope_logs.scope
            for record in scope_logs.log_records:
                event = {
                    "timestamp": nanos_text(record.time_unix_nano),
                    "observed_timestamp": nanos_text(record.observed_time_unix_nano),
                    "severity_number": record.severity_number,
                    "severity_text": record.severity_text,
                    "body": value_text(record.body),
                    "flags": record.flags,
                    "dropped_attributes_count": record.dropped_attributes_count,
                    "resource_attributes": resource_attributes,
                    "scope_name": scope.name,
                    "scope_attributes": attribute_map(scope.attributes),
                    "attributes": attribute_map(record.attributes),
                }
                for key, content in (("trace_id", record.trace_id.hex()), ("span_id", record.span_id.hex()), ("scope_version", scope.version)):
                    if content.strip("0") if key != "scope_version" else content:
                        event[key] = content
                yield event


def go_json_bytes(event):
    """Its size as Go's encoding/json writes it, which escapes < > & and two separators, too."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode()) + 5 * sum(map(text.count, "<>&")) + 3 * sum(map(text.count, "\u2028\u2029"))


def decode(content_type, body):
    from google.protobuf import json_format
    from google.protobuf.message import DecodeError
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

    request = ExportLogsServiceRequest()
    try:
        if content_type.startswith("application/x-protobuf"):
            request.ParseFromString(body)
        else:
            json_format.Parse(body.decode(), request)
    except (DecodeError, json_format.ParseError, UnicodeDecodeError) as error:
        raise Refusal(400, f"proto: {error}") from None
    return request


# --- what was received, and how to misbehave ----------------------------------------------------------------------------

class Store:
    """Shared by all requests."""

    def __init__(self, pipelines):
        self.lock = threading.Lock()
        self.pipelines = pipelines  # id -> the field it deduplicates by, or None
        self.events = []
        self.violations = []
        self.requests = 0
        self.in_progress = 0
        self.in_progress_max = 0
        self.answers = {}
        self.fault = None
        self.request_sizes = []

    def violate(self, text):
        with self.lock:
            self.violations.append(text)

    def take_fault(self, path):
        """The fault of this request; None when it is to go well."""
        with self.lock:
            fault = self.fault
            if fault is None or (fault["kind"] == "unhealthy") != (path != "/v1/logs"):
                return None
            fault["count"] -= 1
            if fault["count"] <= 0:
                self.fault = None
            return fault

    def store(self, pipeline, events):
        with self.lock:
            self.events += [{"pipeline": pipeline, **event} for event in events]

    def answered(self, status):
        with self.lock:
            self.answers[status] = self.answers.get(status, 0) + 1

    def stats(self):
        with self.lock:
            return {"events": len(self.events), "violations": self.violations[:100], "requests": self.requests, "answers": self.answers,
                    "in_progress_max": self.in_progress_max, "request_bytes_max": max(self.request_sizes, default=0),
                    "fault_left": self.fault["count"] if self.fault else 0}


def field_of(event, path):
    """What a path like attributes.event_id leads to; empty when nothing is there."""
    for name in path.split("."):
        event = event.get(name, "") if isinstance(event, dict) else ""
    return event if isinstance(event, str) else json.dumps(event)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300  # of an idle connection
    store = None

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", content_type="text/plain; charset=utf-8", headers=()):
        self.store.answered(status)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, text, headers=()):
        self.answer(status, f"{text}\n".encode(), headers=headers)

    def drop(self, reset):
        """Closes the connection without an answer."""
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        else:
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if path not in ("/healthz", "/readyz"):
            return self.refuse(405 if path == "/v1/logs" else 404, "404 page not found")
        healthy, sick = (("ok", "nats unhealthy") if path == "/healthz" else ("ready", "not ready"))
        is_sick = self.store.take_fault(path) is not None
        self.answer(503 if is_sick else 200, json.dumps({"status": sick if is_sick else healthy}).encode(), "application/json")

    def do_POST(self):
        if self.path != "/v1/logs":
            self.close_connection = True
            self.store.violate(f"POST to {self.path}")
            return self.refuse(404, "404 page not found")
        with self.store.lock:
            self.store.requests += 1
            self.store.in_progress += 1
            is_overloaded = self.store.in_progress > SLOTS
            self.store.in_progress_max = max(self.store.in_progress_max, self.store.in_progress)
        try:
            self.export(is_overloaded)
        except Refusal as refusal:
            self.refuse(*refusal.args)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.store.lock:
                self.store.in_progress -= 1

    def export(self, is_overloaded):
        store = self.store
        fault = store.take_fault("/v1/logs")
        kind = fault["kind"] if fault else None
        length = int(self.headers.get("Content-Length", -1))
        if kind == "reset_in_body":
            self.rfile.read(max(0, min(length - 1, fault.get("after_bytes", 1000))))
            return self.drop(reset=True)
        body = self.read_body(length)
        with store.lock:
            store.request_sizes.append(len(body))
        pipeline, events = self.read_request(body)
        if kind == "overload" or is_overloaded:
            return self.refuse(429, "receiver overloaded, try again later", [("Retry-After", str(fault.get("retry_after", 1) if fault else 1))])
        if kind == "unavailable":
            return self.refuse(503, "no healthy upstream")
        if kind == "poison":
            place = next((place for place, event in enumerate(events) if fault["holding"] in event["body"]), None)
            # Never more than what stands before it is stored.
            fault = None if place is None else {**fault, "stored": min(fault.get("stored", 0), place)}
        if fault:
            stored = events[:fault["stored"]] if fault.get("stored") is not None else []
            store.store(pipeline, stored)
            return self.misbehave(kind, fault)
        self.check_deduplication(pipeline, events)
        self.store_all(pipeline, events)
        is_protobuf = self.headers.get("Content-Type", "").startswith("application/x-protobuf")
        self.answer(200, b"" if is_protobuf else b"{}", "application/x-protobuf" if is_protobuf else "application/json")

    def misbehave(self, kind, fault):
        if kind == "back_pressure":
            time.sleep(fault.get("after_ms", 0) / 1000)
            self.refuse(429, "stream back-pressure, try again later: maximum messages exceeded", [("Retry-After", "1")])
        elif kind in ("error", "poison"):
            self.refuse(fault.get("status", 500), fault.get("text", "write batch: nats: timeout"))
        elif kind == "hang":
            time.sleep(fault["after_ms"] / 1000)
            self.drop(reset=False)
        elif kind == "close_before_answer":
            self.drop(reset=False)
        elif kind == "partial_success":
            from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
            answer = ExportLogsServiceResponse()
            answer.partial_success.rejected_log_records = 1
            answer.partial_success.error_message = "no room"
            self.answer(200, answer.SerializeToString(), "application/x-protobuf")

    def read_body(self, length):
        if length < 0:
            self.close_connection = True
            self.store.violate("a request without Content-Length")
            raise Refusal(411, "length required")
        if length > REQUEST_BYTES_MAX:
            self.store.violate(f"a request of {length} bytes")
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError
        return body

    def read_request(self, body):
        """(pipeline id, events), or the answers of the contract's table."""
        pipeline = self.headers.get(PIPELINE_HEADER, "")
        if not pipeline:
            self.store.violate("a request without a pipeline id")
            raise Refusal(400, f"missing {PIPELINE_HEADER} header")
        if self.headers.get("Content-Encoding"):
            self.store.violate("a compressed request")  # and nothing is done about it: what is decoded is the bytes as they came
        request = decode(self.headers.get("Content-Type", ""), body)
        events = list(flatten(request))
        if pipeline not in self.store.pipelines:
            raise Refusal(500, "no active pipeline found")
        return pipeline, events

    def check_deduplication(self, pipeline, events):
        field = self.store.pipelines[pipeline]
        if field and not all(field_of(event, field) for event in events):
            raise Refusal(500, "dedup value is empty")

    def store_all(self, pipeline, events):
        """One message of NATS each; the first that is too large fails the request, what went before it is stored."""
        for place, event in enumerate(events):
            if go_json_bytes(event) > NATS_MESSAGE_BYTES_MAX:
                self.store.store(pipeline, events[:place])
                self.store.violate("a record that NATS cannot hold")
                raise Refusal(500, "write batch: nats: maximum payload exceeded")
        self.store.store(pipeline, events)


class Control(http.server.BaseHTTPRequestHandler):
    """For the test; nothing of GlassFlow's."""

    protocol_version = "HTTP/1.1"
    store = None

    def log_message(self, *_):
        pass

    def answer(self, content):
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        parts = urllib.parse.urlsplit(self.path)
        if parts.path == "/stats":
            return self.answer(self.store.stats())
        offset = int(urllib.parse.parse_qs(parts.query).get("offset", ["0"])[0])
        with self.store.lock:
            events = self.store.events[offset:]
        self.answer(events)

    def do_POST(self):
        content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.store.lock:
            if self.path == "/faults":
                self.store.fault = content if content.get("kind") else None
            else:
                self.store.pipelines = content
        self.answer({})


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # connections that clients drop


def serve(port, control_port, pipelines):
    store = Store(pipelines)
    for handler, where in ((Control, control_port), (Receiver, port)):
        server = Server(("127.0.0.1", where), type(handler.__name__, (handler,), {"store": store}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
    threading.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("control_port", type=int)
    parser.add_argument("pipelines", help="JSON: id -> path of the field that it deduplicates by, or null")
    arguments = parser.parse_args()
    serve(arguments.port, arguments.control_port, json.loads(arguments.pipelines))
else:
    from .collector import Program, request
    from .postgres import SERVICES, free_port

    class OtlpReceiver(Program):
        """The receiver as a process; pipelines: id -> path of the field that it deduplicates by, or None."""

        def __init__(self, directory, pipelines=None, name="otlp"):
            self.port, self.control_port = free_port(), free_port()
            self.pipelines = {"pg-otlp": "attributes.event_id"} if pipelines is None else pipelines
            arguments = [pathlib.Path(__file__), self.port, self.control_port, json.dumps(self.pipelines)]
            super().__init__(directory, name, arguments, binary=SERVICES / "python")

        @property
        def url(self):
            return f"http://127.0.0.1:{self.port}"

        def wait_ready(self, timeout_s=60):
            self.wait_for(lambda: self._control("/stats", check=False)[0] == 200 and request(f"{self.url}/healthz")[0] == 200, "the receiver listens", timeout_s)
            return self

        def _control(self, path, body=None, check=True):
            code, text = request(f"http://127.0.0.1:{self.control_port}{path}", body, method="POST" if body is not None else None, timeout_s=60)
            assert code == 200 or not check, f"{path} answered {code}: {text}"
            return code, text

        def misbehave(self, kind, count=1, **fault):
            """For the next `count` requests; kind is one of FAULTS."""
            assert kind in FAULTS
            self._control("/faults", {"kind": kind, "count": count, **fault})

        def behave(self):
            self._control("/faults", {})

        def set_pipelines(self, pipelines):
            self._control("/pipelines", pipelines)

        def stats(self):
            return json.loads(self._control("/stats")[1])

        def events(self, offset=0):
            """What was stored, in order: the flat events that GlassFlow makes, and the pipeline of each."""
            return json.loads(self._control(f"/events?offset={offset}")[1])

        def send(self, body, headers, path="/v1/logs", method="POST"):
            """(status, text) of a request by the test itself."""
            import urllib.error
            import urllib.request

            query = urllib.request.Request(f"{self.url}{path}", data=body, method=method, headers=headers)
            try:
                with urllib.request.urlopen(query, timeout=10) as answer:
                    return answer.status, answer.read()
            except urllib.error.HTTPError as error:
                return error.code, error.read()

    def otlp_sink(receiver, pipeline_id="pg-otlp", **settings):
        return {"name": "otlp", "type": "otlp", "url": receiver.url, "pipeline_id": pipeline_id, **settings}
