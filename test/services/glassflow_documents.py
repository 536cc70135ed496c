"""The rules of GlassFlow's pipeline document, version 3, as strictly as the server has them: what is not allowed is refused.

problems(document) -> [(property, what is wrong)]: unknown properties, missing ones, wrong types, ids and references. What concerns
expressions and events is the affair of glassflow_model/.
"""

import re

ID = re.compile(r"(?!.*--)[a-z][a-z0-9-]{3,38}[a-z0-9]")
FIELD_TYPES = {"string", "bytes", "int", "int8", "int16", "int32", "int64", "uint", "uint8", "uint16", "uint32", "uint64", "float", "float32",
               "float64", "bool", "array", "map"}
WITH_A_FILTER = {"string", "bool", "int", "uint", "float", "array", "map"}
INTEGERS = {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
# Of the mapping: what the server and the Python SDK both take.
COLUMN_TYPES = INTEGERS | {"Bool", "Float32", "Float64", "String", "UUID", "DateTime", "DateTime64", "Enum8", "Enum16", "FixedString",
                           "LowCardinality(String)", "Map(String, String)"} | {f"Array({of})" for of in INTEGERS | {"String", "Bool", "Float32", "Float64"}}
LOG_FIELDS = {"timestamp", "observed_timestamp", "severity_number", "severity_text", "body", "trace_id", "span_id", "flags",
              "dropped_attributes_count", "resource_attributes", "scope_name", "scope_version", "scope_attributes", "attributes"}
DURATION = re.compile(r"([0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h|d))+")

TEXT, NUMBER, FLAG = "text", "number", "flag"
RESOURCES = {"nats": dict, "sources": list, "transform": list, "sink": dict}

# property -> (kind or shape, required). A shape is a dict of properties; [shape] is a list of such.
KAFKA = {"brokers": ([TEXT], True), "mechanism": (TEXT, True), "protocol": (TEXT, True), "username": (TEXT, False), "password": (TEXT, False),
         "root_ca": (TEXT, False), "client_cert": (TEXT, False), "client_key": (TEXT, False), "skip_tls_verification": (FLAG, False),
         "skip_auth": (FLAG, False), "kerberos_service_name": (TEXT, False), "kerberos_realm": (TEXT, False), "kerberos_keytab": (TEXT, False),
         "kerberos_config": (TEXT, False)}
SOURCE = {"type": (TEXT, True), "source_id": (TEXT, True), "connection_params": (KAFKA, False), "topic": (TEXT, False),
          "schema_fields": ([{"name": (TEXT, True), "type": (TEXT, True)}], False), "schema_version": (TEXT, False),
          "schema_registry": ({"url": (TEXT, True), "api_key": (TEXT, True), "api_secret": (TEXT, True)}, False),
          "consumer_group_initial_offset": (TEXT, False)}
TRANSFORM = {"type": (TEXT, True), "source_id": (TEXT, True), "config": ({
    "key": (TEXT, False), "time_window": (TEXT, False), "expression": (TEXT, False),
    "transforms": ([{"expression": (TEXT, True), "output_name": (TEXT, True), "output_type": (TEXT, True)}], False)}, True)}
CLICKHOUSE = {"host": (TEXT, True), "port": (TEXT, True), "http_port": (TEXT, True), "database": (TEXT, True), "username": (TEXT, True),
              "password": (TEXT, True), "secure": (FLAG, True), "skip_certificate_verification": (FLAG, False)}
SINK = {"type": (TEXT, True), "connection_params": (CLICKHOUSE, True), "table": (TEXT, True), "max_batch_size": (NUMBER, True),
        "max_delay_time": (TEXT, True),
        "mapping": ([{"name": (TEXT, True), "column_name": (TEXT, True), "column_type": (TEXT, True)}], False)}
DOCUMENT = {"version": (TEXT, True), "pipeline_id": (TEXT, True), "name": (TEXT, True), "sources": ([SOURCE], True),
            "transforms": ([TRANSFORM], False), "join": (dict, False), "sink": (SINK, True),
            "metadata": ({"tags": ([TEXT], True)}, False), "resources": ({name: (kind, False) for name, kind in RESOURCES.items()}, False)}
CONFIG_OF = {"dedup": {"key", "time_window"}, "filter": {"expression"}, "stateless": {"transforms"}}


def shape_problems(value, shape, path):
    """Structure alone: what the server refuses before it looks at meanings."""
    if shape in (dict, list):
        return [] if isinstance(value, shape) else [(path, "expected another type")]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [(path, "expected array")]
        return [problem for number, one in enumerate(value) for problem in shape_problems(one, shape[0], f"{path}[{number}]")]
    if isinstance(shape, str):
        wanted = {TEXT: str, NUMBER: int, FLAG: bool}[shape]
        return [] if isinstance(value, wanted) and (wanted is not int or not isinstance(value, bool)) else [(path, f"expected {wanted.__name__}")]
    if not isinstance(value, dict):
        return [(path, "expected object")]
    dot = f"{path}." if path else ""
    found = [(dot + name, "unexpected property") for name in value if name not in shape]
    for name, (inner, required) in shape.items():
        if name in value:
            found += shape_problems(value[name], inner, dot + name)
        elif required:
            found.append((path, f"expected required property {name} to be present"))
    return found


def source_problems(source, has_filter):
    if source["type"] == "otlp.logs":
        return [("sources", f"OTLP source must not declare {name}") for name in
                ("connection_params", "topic", "schema_fields", "schema_registry") if name in source]
    if source["type"] != "kafka":
        return [("sources", f"unsupported type {source['type']!r}")]
    found = [("sources", f"kafka source must declare {name}") for name in ("connection_params", "topic", "schema_fields") if not source.get(name)]
    if found:
        return found
    connection = source["connection_params"]
    if connection["mechanism"] not in ("NO_AUTH", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI"):
        found.append(("sources", f"mechanism {connection['mechanism']!r}"))
    if connection["protocol"] not in ("PLAINTEXT", "SASL_PLAINTEXT", "SSL", "SASL_SSL"):
        found.append(("sources", f"protocol {connection['protocol']!r}"))
    if connection["mechanism"] not in ("NO_AUTH",) and not (connection.get("username") and connection.get("password")):
        found.append(("sources", "a mechanism without username and password"))
    if connection["protocol"] in ("SSL", "SASL_SSL") and not (
            connection.get("root_ca") or connection.get("client_cert") or connection.get("skip_tls_verification")):
        found.append(("sources", "TLS without a certificate"))
    if not connection["brokers"] or not all(re.fullmatch(r"\S+:[0-9]+", broker) for broker in connection["brokers"]):
        found.append(("sources", f"brokers {connection['brokers']}"))
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,249}", source["topic"]):
        found.append(("sources", f"topic {source['topic']!r}"))
    if source.get("consumer_group_initial_offset") not in ("earliest", "latest"):
        found.append(("sources", "consumer_group_initial_offset is not said"))
    names = [field["name"] for field in source["schema_fields"]]
    if len(set(names)) != len(names) or "" in names:
        found.append(("sources", "a field is declared twice, or has no name"))
    allowed = WITH_A_FILTER if has_filter else FIELD_TYPES
    found += [("sources", f"unknown field type {field['type']!r}") for field in source["schema_fields"] if field["type"] not in allowed]
    return found


def transform_problems(document, source):
    found, seen = [], []
    fields = {field["name"] for field in source.get("schema_fields", [])}
    for transform in document.get("transforms", []):
        kind, config = transform["type"], transform["config"]
        if kind not in CONFIG_OF:
            found.append(("transforms", f"unsupported type {kind!r}"))
            continue
        if kind in seen:
            found.append(("transforms", f"more than one {kind}"))
        seen.append(kind)
        if transform["source_id"] != source["source_id"]:
            found.append(("transforms", f"unknown source_id {transform['source_id']!r}"))
        if set(config) != CONFIG_OF[kind]:
            found.append(("transforms", f"config of {kind} has {sorted(config)}"))
            continue
        if kind == "dedup":
            if not DURATION.fullmatch(config["time_window"]) or not re.search("[1-9]", config["time_window"]):
                found.append(("transforms", f"time_window {config['time_window']!r}"))
            if source["type"] == "kafka" and config["key"] not in fields:
                found.append(("transforms", f"dedup key {config['key']!r} not found in schema_fields"))
        if kind == "stateless":
            outputs = [one["output_name"] for one in config["transforms"]]
            if len(set(outputs)) != len(outputs):
                found.append(("transforms", "an output is named twice"))
            found += [("transforms", f"output_type {one['output_type']!r}") for one in config["transforms"]
                      if one["output_type"] not in FIELD_TYPES | {"boolean"}]
    if source["type"] == "otlp.logs" and seen and "dedup" not in seen:
        found.append(("transforms", "deduplication config not found for OTLP source"))
    return found


def sink_problems(document, source):
    sink, found = document["sink"], []
    if sink["type"] != "clickhouse" or not sink["table"] or not sink["connection_params"]["password"]:
        found.append(("sink", "type, table or password"))
    if sink["max_batch_size"] <= 0 or not DURATION.fullmatch(sink["max_delay_time"]):
        found.append(("sink", "max_batch_size or max_delay_time"))
    outputs = [one["output_name"] for transform in document.get("transforms", []) if transform["type"] == "stateless"
               for one in transform["config"].get("transforms", [])]
    known = set(outputs) or {field["name"] for field in source.get("schema_fields", [])} or LOG_FIELDS
    mapping = sink.get("mapping", [])
    if not mapping:
        found.append(("sink", "maps nothing"))
    for one in mapping:
        if one["name"] not in known:
            found.append(("sink", f"mapping field {one['name']!r} not found in schema"))
        if one["column_type"] not in COLUMN_TYPES:
            found.append(("sink", f"unsupported ClickHouse column type: {one['column_type']!r}"))
    for key in ("name", "column_name"):  # one field can feed one column
        values = [one[key] for one in mapping]
        if len(set(values)) != len(values):
            found.append(("sink", f"{key} twice in the mapping"))
    # The driver takes GlassFlow's INSERT apart at these.
    found += [("sink", f"the driver cannot name the column {one['column_name']!r}") for one in mapping
              if re.search(r"[\s`\"\\,()]", one["column_name"]) or not one["column_name"]]
    if re.search(r"[\s`\"\\,()]", sink["table"]):
        found.append(("sink", f"the driver cannot name the table {sink['table']!r}"))
    return found


def meaning_problems(document):
    found = []
    if document["version"] != "v3":
        found.append(("version", f"unsupported pipeline version {document['version']!r}"))
    if not ID.fullmatch(document["pipeline_id"]):
        found.append(("pipeline_id", f"{document['pipeline_id']!r} is no id"))
    if not document["name"].strip():
        found.append(("name", "is empty"))
    if len(document["sources"]) != 1 or "join" in document:
        return found + [("sources", "this model knows pipelines with one source")]
    source = document["sources"][0]
    has_filter = any(transform["type"] == "filter" for transform in document.get("transforms", []))
    return found + source_problems(source, has_filter) + transform_problems(document, source) + sink_problems(document, source)


def problems(document):
    return shape_problems(document, DOCUMENT, "") or meaning_problems(document)
