"""GlassFlow's management API for tests: strict about documents and states, slow to change state, able to misbehave.

Contract: sections 5.1 to 5.4 of GlassFlow 3.2. What it was asked is in requests; faults are set from a test:

    api = GlassflowApi(); api.start()
    api.faults.append(Fault("POST", "/edit", status=500))     # the next edit fails; is_carried_out says whether it still happens
    api.only_one = True                                       # a GlassFlow without Kubernetes
"""

import copy
import dataclasses
import http.server
import json
import re
import threading
import time
import urllib.parse

from .glassflow_documents import ID, meaning_problems, shape_problems, DOCUMENT

REST = ("Stopped", "Failed")
NEXT = {"Stopping": "Stopped", "Resuming": "Running", "Created": "Running", "Terminating": "Stopped"}
REACHABLE = {"Created": {"Running", "Terminating", "Failed"}, "Running": {"Stopping", "Terminating", "Failed"},
             "Resuming": {"Running", "Terminating", "Failed"}, "Stopping": {"Stopped", "Terminating", "Failed"},
             "Stopped": {"Resuming", "Failed"}, "Terminating": {"Stopped", "Failed"}, "Failed": {"Resuming"}}


@dataclasses.dataclass
class Fault:
    method: str
    path: str               # a part of it
    status: int = 0         # 0: the connection is closed without an answer
    body: str = ""
    is_carried_out: bool = False
    delay_s: float = 0
    cut_at: int = None      # bytes of the real answer after which the connection is closed


class Refusal(Exception):
    def __init__(self, status, code, message, **details):
        self.status, self.body = status, {"status": status, "code": code, "message": message, "details": details}


class Pipeline:
    def __init__(self, document, delay_s):
        self.document, self.delay_s = document, delay_s
        self.states, self.dead_letters, self.ever = [], [], 0
        self.change("Created")

    def change(self, state):
        self.state, self.since = state, time.monotonic()
        self.states.append(state)

    def settle(self, fails_to_start):
        if self.state in NEXT and time.monotonic() - self.since >= self.delay_s:
            target = NEXT[self.state]
            self.change("Failed" if target == "Running" and fails_to_start else target)


class GlassflowApi:
    def __init__(self, delay_s=0.3):
        self.delay_s = delay_s
        self.pipelines, self.requests, self.faults = {}, [], []
        self.only_one = self.fails_to_start = self.is_newer = False
        self.lock = threading.RLock()
        handler = type("Handler", (Handler,), {"api": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def start(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def settle(self):
        for pipeline in self.pipelines.values():
            pipeline.settle(self.fails_to_start)

    def find(self, id):
        if id not in self.pipelines:
            raise Refusal(404, "not_found", f'pipeline with id "{id}" does not exist', pipeline_id=id)
        return self.pipelines[id]

    # --- routes: method, pattern -> function

    def check(self, document):
        if self.is_newer:  # the SDK of 4.1 says schema.fields; servers of its time take both
            document = copy.deepcopy(document)
            for source in document.get("sources", []):
                schema = source.pop("schema", None)
                if schema and "fields" in schema:
                    source["schema_fields"] = schema["fields"]
        for where, what in shape_problems(document, DOCUMENT, ""):
            raise Refusal(422, "", f"validation failed: {what} ({where})")
        for where, what in meaning_problems(document):
            raise Refusal(422, "unprocessable_entity", "failed to convert request to pipeline model", error=f"{where}: {what}")
        return document

    def create(self, document):
        document = self.check(document)
        id = document["pipeline_id"]
        if not ID.fullmatch(id):
            raise Refusal(400, "bad_request", "pipeline id is invalid", pipeline_id=id)
        if id in self.pipelines:
            raise Refusal(409, "conflict", "pipeline with this ID already exists", pipeline_id=id)
        if self.only_one and self.pipelines:
            raise Refusal(403, "forbidden", "pipeline creation failed, only single pipeline in docker allowed", pipeline_id=id)
        self.pipelines[id] = Pipeline(document, self.delay_s)
        return {}

    def list(self):
        return [{"pipeline_id": id, "name": one.document["name"], "transformation_type": "", "created_at": "2026-01-01T00:00:00Z",
                 "updated_at": "2026-01-01T00:00:00Z", "status": one.state, "metadata": one.document.get("metadata")}
                for id, one in self.pipelines.items()]

    def get(self, id):
        """As the server prints it: durations as Go does, transforms in its own order, defaults filled in."""
        document = copy.deepcopy(self.find(id).document)
        order = {"dedup": 0, "filter": 1, "stateless": 2}
        document["transforms"] = sorted(document.get("transforms", []), key=lambda transform: order[transform["type"]])
        for transform in document["transforms"]:
            window = transform["config"].get("time_window", "0s")
            transform["config"]["time_window"] = go_duration(window)
        document["sink"]["max_delay_time"] = go_duration(document["sink"]["max_delay_time"])
        document.setdefault("resources", {})
        for source in document["sources"]:
            if source["type"] == "kafka":
                source["schema_version"] = "1"
                if self.is_newer:
                    source["schema"] = {"fields": source.pop("schema_fields"), "parsed_fields": None}
        return document

    def transition(self, id, target):
        pipeline = self.find(id)
        details = {"pipeline_id": id, "current_status": pipeline.state, "requested_status": target}
        if pipeline.state == target:
            raise Refusal(400, "PIPELINE_ALREADY_IN_STATE", f"Pipeline is already in {target} state", **details)
        if pipeline.state in ("Resuming", "Stopping", "Terminating") and target != "Terminating":
            raise Refusal(400, "PIPELINE_IN_TRANSITION", f"Pipeline is currently transitioning from {pipeline.state} state", **details)
        if target not in REACHABLE[pipeline.state]:
            raise Refusal(400, "INVALID_STATUS_TRANSITION", f"Invalid status transition from {pipeline.state} to {target}", **details)
        pipeline.change(target)
        return {}

    def edit(self, id, document):
        if document.get("pipeline_id") != id:
            raise Refusal(400, "bad_request", "pipeline ID in request body must match the route parameter")
        document = self.check(document)
        pipeline = self.find(id)
        if pipeline.state not in REST:
            raise Refusal(400, "PIPELINE_NOT_STOPPED_FOR_EDIT", f"Pipeline must be stopped before editing, current status: {pipeline.state}")
        pipeline.document = document
        return {}

    def delete(self, id):
        if self.find(id).state not in REST:
            raise Refusal(400, "bad_request", f"pipeline can only be deleted if it's stopped, current status: {self.find(id).state}", pipeline_id=id)
        del self.pipelines[id]
        return {}

    def health(self, id):
        pipeline = self.find(id)
        return {"pipeline_id": id, "pipeline_name": pipeline.document["name"], "overall_status": pipeline.state,
                "created_at": "2026-01-01T00:00:00Z", "updated_at": "2026-01-01T00:00:00Z"}

    def dead_letter_state(self, id):
        pipeline = self.find(id)
        return {"last_received_at": None, "last_consumed_at": None, "total_messages": pipeline.ever, "unconsumed_messages": len(pipeline.dead_letters)}

    def add_dead_letters(self, id, entries):
        self.pipelines[id].dead_letters += entries
        self.pipelines[id].ever += len(entries)

    def consume(self, id, count):
        pipeline = self.find(id)
        if not 1 <= count <= 1000:
            raise Refusal(422, "unprocessable_entity", "batch size cannot be greater than 1000", batch_size=count)
        taken, pipeline.dead_letters = pipeline.dead_letters[:count], pipeline.dead_letters[count:]
        return taken or None

    def route(self, method, path, query, body):
        base = "/api/v1/pipeline"
        if not path.startswith(base):
            raise Refusal(404, "not_found", "no such route")
        words = [word for word in path[len(base):].split("/") if word]
        action = (method, *words[1:])
        with self.lock:
            self.settle()
            if not words:
                return self.create(body) if method == "POST" else self.list()
            id = words[0]
            routes = {("GET",): lambda: self.get(id), ("DELETE",): lambda: self.delete(id), ("GET", "health"): lambda: self.health(id),
                      ("POST", "stop"): lambda: self.transition(id, "Stopping"), ("POST", "resume"): lambda: self.transition(id, "Resuming"),
                      ("POST", "terminate"): lambda: self.transition(id, "Terminating"), ("POST", "edit"): lambda: self.edit(id, body),
                      ("GET", "dlq", "state"): lambda: self.dead_letter_state(id),
                      ("GET", "dlq", "consume"): lambda: self.consume(id, int(query.get("batch_size", ["1"])[0]))}
            if action not in routes:
                raise Refusal(404, "not_found", "no such route")
            return routes[action]()

    def take_fault(self, method, path):
        with self.lock:
            for fault in self.faults:
                if fault.method == method and fault.path in path:
                    self.faults.remove(fault)
                    return fault
        return None


def go_duration(text):
    seconds = sum(float(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}[unit]
                  for number, unit in re.findall(r"([0-9.]+)(ms|s|m|h|d)", text))
    hours, minutes, rest = int(seconds // 3600), int(seconds % 3600 // 60), seconds % 60
    if 0 < seconds < 1:
        return f"{seconds * 1000:g}ms"
    return (f"{hours}h{minutes}m" if hours else f"{minutes}m" if minutes else "") + f"{rest:g}s"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    api = None

    def log_message(self, *_):
        pass

    def serve(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        parts = urllib.parse.urlsplit(self.path)
        document, status = None, 200
        fault = self.api.take_fault(self.command, self.path)
        if fault is not None:
            time.sleep(fault.delay_s)
        try:
            if self.command == "POST" and body:
                if self.headers.get("Content-Type") != "application/json":
                    raise Refusal(415, "", "unknown content type")
                if length > 1 << 20:
                    raise Refusal(413, "", "request body is too large")
                document = json.loads(body)
            self.api.requests.append((self.command, parts.path, document))
            if fault is not None and not fault.is_carried_out and fault.cut_at is None:
                answer = None
            else:
                answer = self.api.route(self.command, parts.path, urllib.parse.parse_qs(parts.query), document)
        except json.JSONDecodeError:
            answer, status = {"status": 400, "code": "", "message": "malformed JSON"}, 400
        except Refusal as refusal:
            answer, status = refusal.body, refusal.status
        payload = b"" if answer is None else json.dumps(answer).encode()
        if fault is not None and fault.cut_at is None:
            if fault.status == 0:
                self.close_connection = True
                return
            status, payload = fault.status, fault.body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        if fault is not None and fault.cut_at is not None:
            self.wfile.write(payload[:fault.cut_at])
            self.close_connection = True
        else:
            self.wfile.write(payload)

    do_GET = do_POST = do_DELETE = do_PATCH = do_PUT = serve
