// The rows. Field order within a row is the declaration order of Option; the order of rows is the order of the docs.
#include "config/option_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

#include "config/checks.h"

namespace glassflow::config {
namespace {

using namespace std::string_view_literals;
using sink::FileSettings;
using sink::GlassflowHttpSettings;
using sink::KafkaSettings;
using sink::OtlpSettings;

constexpr std::array sslmode_words{"disable"sv, "allow"sv, "prefer"sv, "require"sv, "verify-ca"sv, "verify-full"sv};
constexpr std::array session_attrs_words{"any"sv,     "read-write"sv, "read-only"sv,
                                         "primary"sv, "standby"sv,    "prefer-standby"sv};
constexpr std::array plugin_words{"auto"sv, "glassflow"sv, "wal2json"sv, "pgoutput"sv};  // in the order of SlotPlugin
constexpr std::array slot_loss_words{"fail"sv, "recreate"sv};                      // in the order of SlotLossPolicy
constexpr std::array format_words{"envelope"sv, "wal2json"sv, "flat"sv, "row"sv};  // of FormatName
constexpr std::array enum_words{"low_cardinality"sv, "string"sv, "native"sv};      // in the order of EnumColumns
constexpr std::array toast_words{"omit"sv, "placeholder"sv, "reselect"sv};         // of UnchangedToast
constexpr std::array array_words{"text"sv, "native"sv};                            // of ArrayColumns and ArrayStyle
constexpr std::array keyless_words{"history"sv, "refuse"sv};                       // of KeylessTables
constexpr std::array schema_change_words{"warn"sv, "apply"sv, "stop"sv};           // of SchemaChangePolicy
constexpr std::array level_words{"debug"sv, "info"sv, "warning"sv, "error"sv};
constexpr std::array style_words{"automatic"sv, "text"sv, "json"sv};
constexpr std::array compression_words{"none"sv, "gzip"sv, "snappy"sv, "lz4"sv, "zstd"sv};
constexpr std::array oversize_words{"dead_letter"sv, "truncate"sv};
constexpr std::array security_words{"plaintext"sv, "ssl"sv, "sasl_plaintext"sv, "sasl_ssl"sv};
constexpr std::array sasl_words{"PLAIN"sv, "SCRAM-SHA-256"sv, "SCRAM-SHA-512"sv, "GSSAPI"sv, "OAUTHBEARER"sv};
constexpr std::array encoding_words{"protobuf"sv, "json"sv};  // in the order of OtlpEncoding
constexpr std::array sink_type_words{"file"sv, "glassflow"sv, "otlp"sv,
                                     "kafka"sv};  // in the order of SinkConfiguration::settings

constexpr std::uint64_t second_ms = 1000;
constexpr std::uint64_t minute_ms = 60 * second_ms;
constexpr std::uint64_t hour_ms = 60 * minute_ms;
constexpr std::uint64_t kibibyte = 1ULL << 10;
constexpr std::uint64_t mebibyte = 1ULL << 20;

GlassflowHttpSettings& http(SinkConfiguration& sink) {
    return std::get<GlassflowHttpSettings>(sink.settings);
}

OtlpSettings& otlp(SinkConfiguration& sink) {
    return std::get<OtlpSettings>(sink.settings);
}

KafkaSettings& kafka(SinkConfiguration& sink) {
    return std::get<KafkaSettings>(sink.settings);
}

constexpr Option options[] = {
    {.key = "source.host",
     .kind = Kind::list,
     .doc = "Host name or address of the Postgres server, or the directory of its Unix socket; `name:port` when its "
            "port is not that of source.port. Several are tried in turn until one suits source.target_session_attrs: "
            "a primary and its standbys. When empty, libpq decides: PGHOST, then the local socket.",
     .field = [](Configuration& c) -> Field { return &c.source.hosts; },
     .check = check_host},
    {.key = "source.port",
     .kind = Kind::integer,
     .doc = "Port of the Postgres server.",
     .field = [](Configuration& c) -> Field { return &c.source.port; },
     .range = {1, 65535}},
    {.key = "source.target_session_attrs",
     .kind = Kind::word,
     .doc = "Which of the hosts will do, as libpq defines it. When empty, read-write if there are several, any if "
            "there is one.",
     .field = [](Configuration& c) -> Field { return &c.source.target_session_attrs; },
     .words = session_attrs_words},
    {.key = "source.user",
     .kind = Kind::text,
     .doc = "Role to connect as. It needs the attribute REPLICATION. When empty, libpq decides: PGUSER, then the name "
            "of the operating system user.",
     .field = [](Configuration& c) -> Field { return &c.source.user; },
     .check = check_identifier_length},
    {.key = "source.password",
     .kind = Kind::text,
     .doc = "Password of the role. When empty, libpq decides: PGPASSWORD, then ~/.pgpass.",
     .field = [](Configuration& c) -> Field { return &c.source.password; },
     .is_secret = true},
    {.key = "source.database",
     .kind = Kind::text,
     .doc = "Database whose changes are captured.",
     .field = [](Configuration& c) -> Field { return &c.source.database; },
     .is_required = true,
     .check = check_identifier_length},
    {.key = "source.sslmode",
     .kind = Kind::word,
     .doc = "How the connection is encrypted and whom it trusts, as libpq defines it. When empty, libpq decides: "
            "PGSSLMODE, then prefer.",
     .field = [](Configuration& c) -> Field { return &c.source.sslmode; },
     .words = sslmode_words},
    {.key = "source.sslrootcert",
     .kind = Kind::text,
     .doc = "File with the certificates that the server's certificate is checked against.",
     .field = [](Configuration& c) -> Field { return &c.source.sslrootcert; }},
    {.key = "source.slot",
     .kind = Kind::text,
     .doc = "Logical replication slot to consume. Its plugin is glassflow, wal2json or pgoutput, see "
            "[other_plugins.md](other_plugins.md).",
     .field = [](Configuration& c) -> Field { return &c.source.slot; },
     .is_required = true,
     .check = check_slot_name},
    {.key = "source.create_slot",
     .kind = Kind::boolean,
     .doc = "Create the slot when it is missing. From then on the server keeps the write-ahead log that the slot has "
            "not yet consumed.",
     .field = [](Configuration& c) -> Field { return &c.source.create_slot; }},
    {.key = "source.plugin",
     .kind = Kind::word,
     .doc = "Output plugin of the slot. auto: that of the slot that is there, glassflow for one that is made. Another "
            "word makes the slot with that plugin, and refuses a slot of any other.",
     .field = [](Configuration& c) -> Field { return &c.source.plugin; },
     .words = plugin_words},
    {.key = "source.publications",
     .kind = Kind::list,
     .doc = "Publications whose tables a pgoutput slot sends. What they publish is narrowed further by source.tables.",
     .field = [](Configuration& c) -> Field { return &c.source.publications; },
     .check = check_identifier_length},
    {.key = "source.binary",
     .kind = Kind::boolean,
     .doc = "Ask a pgoutput slot for values in binary, which costs the server less; not for every type, see "
            "[other_plugins.md](other_plugins.md). PostgreSQL 14 and later.",
     .field = [](Configuration& c) -> Field { return &c.source.binary; }},
    {.key = "source.streaming",
     .kind = Kind::boolean,
     .doc = "Ask a pgoutput slot for transactions while they are in progress, so that the server need not spill large "
            "ones to disk. They are held until they commit, in a quarter of memory_limit; when they need more, the "
            "collector connects again and asks for committed ones only. PostgreSQL 14 and later.",
     .field = [](Configuration& c) -> Field { return &c.source.streaming; }},
    {.key = "source.wal2json_args",
     .kind = Kind::list,
     .doc = "Options for a wal2json slot, as NAME=VALUE: format-version (2 when not given), actions, filter-tables, "
            "add-tables, filter-origins, filter-msg-prefixes, add-msg-prefixes. The others are set by the collector.",
     .field = [](Configuration& c) -> Field { return &c.source.wal2json_args; },
     .check = check_wal2json_argument},
    {.key = "source.on_slot_lost",
     .kind = Kind::word,
     .doc = "What to do when the server has given the slot up (wal_status lost, or invalidated) or it is gone. fail: "
            "end and say so. recreate: make it anew and go on; the gap is logged, counted and kept in the checkpoint.",
     .field = [](Configuration& c) -> Field { return &c.source.on_slot_lost; },
     .words = slot_loss_words},
    {.key = "source.slot_watch_interval",
     .kind = Kind::duration,
     .doc = "Time between two looks at the slot's safety, over a connection of their own.",
     .field = [](Configuration& c) -> Field { return &c.source.slot_watch_interval; },
     .range = {100, hour_ms}},
    {.key = "source.heartbeat_interval",
     .kind = Kind::duration,
     .doc = "Time between two heartbeats: logical messages that must come back through the slot, or a warning says "
            "which half is stuck. 0s: none. Some 70 bytes of write-ahead log each; not possible on a standby.",
     .field = [](Configuration& c) -> Field { return &c.source.heartbeat_interval; },
     .range = {0, hour_ms}},
    {.key = "source.tables",
     .kind = Kind::list,
     .doc = "Tables to capture, as schema.table. `*` stands for any run of characters, double quotes keep a name as it "
            "is. When empty, every table.",
     .field = [](Configuration& c) -> Field { return &c.source.tables; },
     .check = check_table_pattern},
    {.key = "source.frame_bytes",
     .kind = Kind::size,
     .doc = "Size at which the plugin sends what it has gathered of a transaction.",
     .field = [](Configuration& c) -> Field { return &c.source.frame_bytes; },
     .range = {1024, 16 * mebibyte}},
    {.key = "source.connect_timeout",
     .kind = Kind::duration,
     .doc = "How long one attempt to connect may take.",
     .field = [](Configuration& c) -> Field { return &c.source.connect_timeout; },
     .range = {second_ms, 10 * minute_ms}},
    {.key = "source.status_interval",
     .kind = Kind::duration,
     .doc = "Longest time between two status updates to the server. Keep it well below the server's "
            "wal_sender_timeout.",
     .field = [](Configuration& c) -> Field { return &c.source.status_interval; },
     .range = {100, minute_ms}},
    {.key = "source.reconnect_initial",
     .kind = Kind::duration,
     .doc = "Wait before the first attempt to connect again; it doubles with each further one.",
     .field = [](Configuration& c) -> Field { return &c.source.reconnect_initial; },
     .range = {10, minute_ms}},
    {.key = "source.reconnect_max",
     .kind = Kind::duration,
     .doc = "Longest wait between two attempts to connect again.",
     .field = [](Configuration& c) -> Field { return &c.source.reconnect_max; },
     .range = {10, hour_ms}},

    {.key = "sinks[].name",
     .kind = Kind::text,
     .doc = "Name of the sink in logs, metrics, dead letter files, environment variables and flags. Unique.",
     .sink_field = [](SinkConfiguration& s) -> Field {
         return std::visit([](auto& settings) { return &settings.name; }, s.settings);
     },
     .is_required = true,
     .check = check_sink_name},
    {.key = "sinks[].type",
     .kind = Kind::word,
     .doc = "What the sink delivers to.",
     .sink_field = [](SinkConfiguration&) -> Field { return std::monostate(); },
     .words = sink_type_words,
     .is_required = true},
    {.key = "sinks[].format",
     .kind = Kind::word,
     .doc = "Form of the events, see event_forms.md. A sink of type otlp has row unless told otherwise.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.format; },
     .words = format_words},
    {.key = "sinks[].arrays",
     .kind = Kind::word,
     .doc =
         "How arrays look in the forms envelope, flat and row. text: a string with JSON text, `\"[1,null]\"`. native: "
         "an array; event_forms.md says what GlassFlow makes of it.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.arrays; },
     .words = array_words},
    {.key = "sinks[].toast",
     .kind = Kind::word,
     .doc = "What the sink is told of a large value that an update did not touch and the WAL does not hold. omit: the "
            "column is absent. placeholder: sinks[].toast_placeholder. reselect, which sinks of type kafka and otlp "
            "begin with: what the row holds now, read from the table, for which the role needs SELECT. Does not "
            "happen under REPLICA IDENTITY FULL. See event_forms.md.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.toast.policy; },
     .words = toast_words},
    {.key = "sinks[].toast_placeholder",
     .kind = Kind::text,
     .doc = "The text that stands for such a value: with toast: placeholder, and with reselect for tables without a "
            "key.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &s.toast.placeholder; }},
    {.key = "sinks[].path",
     .kind = Kind::text,
     .doc = "File that events are appended to, one per line. `-` is standard output.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &std::get<FileSettings>(s.settings).path; },
     .sink_type = "file",
     .is_required = true},
    {.key = "sinks[].url",
     .kind = Kind::text,
     .doc = "Base address of the HTTP events API, without /pipelines.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).url; },
     .sink_type = "glassflow",
     .is_required = true,
     .check = check_url},
    {.key = "sinks[].pipeline_id",
     .kind = Kind::text,
     .doc = "Pipeline that the events are published to.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).pipeline_id; },
     .sink_type = "glassflow",
     .is_required = true,
     .check = check_pipeline_id},
    {.key = "sinks[].access_token",
     .kind = Kind::text,
     .doc = "Access token of the pipeline.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).access_token; },
     .sink_type = "glassflow",
     .is_required = true,
     .is_secret = true,
     .check = check_access_token},
    {.key = "sinks[].concurrent_requests",
     .kind = Kind::integer,
     .doc = "Requests under way at the same time. Events of one key are never under way together.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).concurrent_requests; },
     .sink_type = "glassflow",
     .range = {1, 1024}},
    {.key = "sinks[].request_timeout",
     .kind = Kind::duration,
     .doc = "How long one request may take before it is tried again.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).request_timeout; },
     .sink_type = "glassflow",
     .range = {100, 10 * minute_ms}},
    {.key = "sinks[].retry_initial",
     .kind = Kind::duration,
     .doc = "Longest wait before the first retry of a request; it doubles with each further one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).retry_initial; },
     .sink_type = "glassflow",
     .range = {10, minute_ms}},
    {.key = "sinks[].retry_max",
     .kind = Kind::duration,
     .doc = "Longest wait between two retries, unless the server asks for a longer one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &http(s).retry_max; },
     .sink_type = "glassflow",
     .range = {10, hour_ms}},

    {.key = "sinks[].brokers",
     .kind = Kind::list,
     .doc = "Brokers to begin with, as host:port; the others are learned from them.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).brokers; },
     .sink_type = "kafka",
     .is_required = true,
     .check = check_broker},
    {.key = "sinks[].topic",
     .kind = Kind::text,
     .doc = "Topic of a table: {database}, {schema} and {table} stand for its names. Names that Kafka does not allow "
            "are made so, see kafka.md.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).topic; },
     .sink_type = "kafka",
     .is_required = true},
    {.key = "sinks[].message_topic",
     .kind = Kind::text,
     .doc = "Topic of logical messages, which belong to no table.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).message_topic; },
     .sink_type = "kafka",
     .is_required = true},
    {.key = "sinks[].drop_messages",
     .kind = Kind::boolean,
     .doc = "Leave logical messages out.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).drop_messages; },
     .sink_type = "kafka"},
    {.key = "sinks[].create_topics",
     .kind = Kind::boolean,
     .doc = "Make topics that are missing. One that is there stays as it is.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).create_topics; },
     .sink_type = "kafka"},
    {.key = "sinks[].partitions",
     .kind = Kind::integer,
     .doc = "Partitions of topics made. 0: as many as the brokers make by default.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).partitions; },
     .sink_type = "kafka",
     .range = {0, 100'000}},
    {.key = "sinks[].replication_factor",
     .kind = Kind::integer,
     .doc = "Replicas of topics made. 0: as many as the brokers make by default.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).replication_factor; },
     .sink_type = "kafka",
     .range = {0, 1'000}},
    {.key = "sinks[].compression",
     .kind = Kind::word,
     .doc = "How batches are compressed.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).compression; },
     .sink_type = "kafka",
     .words = compression_words},
    {.key = "sinks[].linger",
     .kind = Kind::duration,
     .doc = "How long a record waits for others to travel with.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).linger; },
     .sink_type = "kafka",
     .range = {0, minute_ms}},
    {.key = "sinks[].batch_bytes",
     .kind = Kind::size,
     .doc = "Size at which a batch is sent. Keep it below max.message.bytes of the topics.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).batch_bytes; },
     .sink_type = "kafka",
     .range = {1024, 1ULL << 30}},
    {.key = "sinks[].max_event_bytes",
     .kind = Kind::size,
     .doc = "Largest event that is sent as it is. GlassFlow cannot take much more than the default.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).max_event_bytes; },
     .sink_type = "kafka",
     .range = {1024, 1ULL << 29}},
    {.key = "sinks[].oversize",
     .kind = Kind::word,
     .doc = "What becomes of a larger event. dead_letter: it goes to the dead letter store. truncate: it goes without "
            "its largest values, which a field _truncated names.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).oversize; },
     .sink_type = "kafka",
     .words = oversize_words},
    {.key = "sinks[].tombstones",
     .kind = Kind::boolean,
     .doc = "Send a record with the key and no value after each delete, for compacted topics. GlassFlow takes none.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).tombstones; },
     .sink_type = "kafka"},
    {.key = "sinks[].security_protocol",
     .kind = Kind::word,
     .doc = "How connections are made.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).security_protocol; },
     .sink_type = "kafka",
     .words = security_words},
    {.key = "sinks[].sasl_mechanism",
     .kind = Kind::word,
     .doc = "How the user proves itself. GSSAPI and OAUTHBEARER are set up by properties.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).sasl_mechanism; },
     .sink_type = "kafka",
     .words = sasl_words},
    {.key = "sinks[].sasl_username",
     .kind = Kind::text,
     .doc = "User of SASL.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).sasl_username; },
     .sink_type = "kafka"},
    {.key = "sinks[].sasl_password",
     .kind = Kind::text,
     .doc = "Password of SASL.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).sasl_password; },
     .sink_type = "kafka",
     .is_secret = true},
    {.key = "sinks[].tls_ca",
     .kind = Kind::text,
     .doc = "File with the certificates that the brokers' are checked against. When empty, the system's.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).tls_ca; },
     .sink_type = "kafka"},
    {.key = "sinks[].tls_certificate",
     .kind = Kind::text,
     .doc = "File with the certificate that the brokers know us by.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).tls_certificate; },
     .sink_type = "kafka"},
    {.key = "sinks[].tls_key",
     .kind = Kind::text,
     .doc = "File with the key of tls_certificate.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).tls_key; },
     .sink_type = "kafka"},
    {.key = "sinks[].tls_key_password",
     .kind = Kind::text,
     .doc = "Password of the file tls_key.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).tls_key_password; },
     .sink_type = "kafka",
     .is_secret = true},
    {.key = "sinks[].properties",
     .kind = Kind::list,
     .doc = "Any other property of librdkafka, as NAME=VALUE. Those that delivery rests on are refused.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).properties; },
     .sink_type = "kafka",
     .check = check_property},
    {.key = "sinks[].secret_properties",
     .kind = Kind::list,
     .doc = "The same for properties that are secrets.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).secret_properties; },
     .sink_type = "kafka",
     .is_secret = true,
     .check = check_property},
    {.key = "sinks[].exactly_once",
     .kind = Kind::boolean,
     .doc = "Deliver in Kafka transactions that carry the position, so that a reader of committed records sees each "
            "event once.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).exactly_once; },
     .sink_type = "kafka"},
    {.key = "sinks[].transactional_id",
     .kind = Kind::text,
     .doc = "Name of the producer in transactions, of no other one at the same time. When empty, made of slot and sink "
            "name.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).transactional_id; },
     .sink_type = "kafka"},
    {.key = "sinks[].position_topic",
     .kind = Kind::text,
     .doc = "Topic that holds the positions of exactly_once. Made when it is missing.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).position_topic; },
     .sink_type = "kafka",
     .is_required = true},
    {.key = "sinks[].transaction_bytes",
     .kind = Kind::size,
     .doc = "Size at which a transaction is committed. It stays in memory until then, see memory_limit.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).transaction_bytes; },
     .sink_type = "kafka",
     .range = {1024, 1ULL << 30}},
    {.key = "sinks[].transaction_age",
     .kind = Kind::duration,
     .doc = "Age at which a transaction is committed.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).transaction_age; },
     .sink_type = "kafka",
     .range = {1, minute_ms}},
    {.key = "sinks[].transaction_timeout",
     .kind = Kind::duration,
     .doc = "How long brokers keep a transaction of a producer that they do not hear of. At most their "
            "transaction.max.timeout.ms.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &kafka(s).transaction_timeout; },
     .sink_type = "kafka",
     .range = {second_ms, 24 * hour_ms}},

    {.key = "sinks[].url",
     .kind = Kind::text,
     .doc = "Address of GlassFlow's OTLP receiver, without /v1/logs.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).url; },
     .sink_type = "otlp",
     .is_required = true,
     .check = check_url},
    {.key = "sinks[].pipeline_id",
     .kind = Kind::text,
     .doc = "Pipeline of the tables that sinks[].pipelines does not name. May be empty when that names all of them.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).pipeline_id; },
     .sink_type = "otlp",
     .check = check_otlp_pipeline_id},
    {.key = "sinks[].pipelines",
     .kind = Kind::list,
     .doc = "Pipelines of single tables, as schema.table=pipeline-id; tables are written as in source.tables. The "
            "first element that matches counts.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).pipelines; },
     .sink_type = "otlp",
     .check = check_table_pipeline},
    {.key = "sinks[].encoding",
     .kind = Kind::word,
     .doc = "How requests are written. json is larger and slower; for looking at what is sent.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).encoding; },
     .sink_type = "otlp",
     .words = encoding_words},
    {.key = "sinks[].concurrent_requests",
     .kind = Kind::integer,
     .doc = "Requests of one pipeline under way at the same time, never more than 32 of all pipelines together. "
            "Changes of one key are never in two of them.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).concurrent_requests; },
     .sink_type = "otlp",
     .range = {1, 32}},
    {.key = "sinks[].max_request_bytes",
     .kind = Kind::size,
     .doc = "Size that a request does not exceed. The receiver's limit is 4 MiB.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).max_request_bytes; },
     .sink_type = "otlp",
     .range = {64 * kibibyte, 4 * mebibyte}},
    {.key = "sinks[].max_event_bytes",
     .kind = Kind::size,
     .doc = "Largest event that is sent as it is. The receiver cannot hand on what has 1 MiB with its quotes escaped: "
            "such an event is too large whatever this says.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).max_event_bytes; },
     .sink_type = "otlp",
     .range = {kibibyte, mebibyte}},
    {.key = "sinks[].oversize",
     .kind = Kind::word,
     .doc = "What becomes of a larger event. dead_letter: it goes to the dead letter store. truncate: it goes without "
            "its largest values, which a field _truncated names.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).oversize; },
     .sink_type = "otlp",
     .words = oversize_words},
    {.key = "sinks[].batch_delay",
     .kind = Kind::duration,
     .doc = "How long a request that is not full waits for more events. 0ms: it goes at once when none is under way; "
            "what comes meanwhile goes together in the next.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).batch_delay; },
     .sink_type = "otlp",
     .range = {0, 10 * second_ms}},
    {.key = "sinks[].request_timeout",
     .kind = Kind::duration,
     .doc = "How long one request may take before it is tried again. A busy receiver may take 15 s to say that it is.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).request_timeout; },
     .sink_type = "otlp",
     .range = {100, 10 * minute_ms}},
    {.key = "sinks[].retry_initial",
     .kind = Kind::duration,
     .doc = "Longest wait before the first retry of a request; it doubles with each further one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).retry_initial; },
     .sink_type = "otlp",
     .range = {10, minute_ms}},
    {.key = "sinks[].retry_max",
     .kind = Kind::duration,
     .doc = "Longest wait between two retries, unless the receiver asks for a longer one.",
     .sink_field = [](SinkConfiguration& s) -> Field { return &otlp(s).retry_max; },
     .sink_type = "otlp",
     .range = {10, hour_ms}},

    {.key = "pipeline.api_url",
     .kind = Kind::text,
     .doc = "Base address of GlassFlow's management API, without /api/v1.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.api_url; },
     .check = check_url},
    {.key = "pipeline.api_timeout",
     .kind = Kind::duration,
     .doc = "How long one request to the management API may take.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.api_timeout; },
     .range = {100, 10 * minute_ms}},
    {.key = "pipeline.transition_timeout",
     .kind = Kind::duration,
     .doc = "How long a pipeline may take to stop, or to run again, when it is edited or deleted.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.transition_timeout; },
     .range = {second_ms, hour_ms}},
    {.key = "pipeline.id_prefix",
     .kind = Kind::text,
     .doc = "What the ids of pipelines begin with, before schema and table.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.id_prefix; },
     .check = check_id_prefix},
    {.key = "pipeline.sink",
     .kind = Kind::text,
     .doc = "Name of the sink whose events the pipelines read. When empty, the only one of its type.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.sink; },
     .check = check_sink_name},
    {.key = "pipeline.kafka_brokers",
     .kind = Kind::list,
     .doc = "Brokers as GlassFlow reaches them, `host:port` each. When empty, those of the sink.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.kafka_brokers; },
     .check = check_host},
    {.key = "pipeline.dedup_window",
     .kind = Kind::text,
     .doc = "How long GlassFlow remembers `_event_id` to recognise a repetition: a number with the unit s, m, h or d.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.dedup_window; },
     .check = check_dedup_window},
    {.key = "pipeline.max_batch_size",
     .kind = Kind::integer,
     .doc = "Rows that GlassFlow inserts into ClickHouse at once.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.max_batch_size; },
     .range = {1, 10'000'000}},
    {.key = "pipeline.max_delay_time",
     .kind = Kind::duration,
     .doc = "How long GlassFlow waits for a batch to become full.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.max_delay_time; },
     .range = {100, hour_ms}},
    {.key = "pipeline.enums",
     .kind = Kind::word,
     .doc =
         "What an enum becomes in ClickHouse: LowCardinality(String), String, or native, ClickHouse's own enum, which "
         "does not know labels that Postgres gets later.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.enums; },
     .words = enum_words},
    {.key = "pipeline.arrays",
     .kind = Kind::word,
     .doc =
         "What an array becomes in ClickHouse: its text, or native, Array(Nullable(T)) for those of one dimension, in "
         "which NULL and an empty array are the same.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.arrays; },
     .words = array_words},
    {.key = "pipeline.decimal_columns",
     .kind = Kind::boolean,
     .doc = "Beside the exact text of each numeric(p,s) of at most 76 digits, a MATERIALIZED Decimal column.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.decimal_columns; }},
    {.key = "pipeline.keyless_tables",
     .kind = Kind::word,
     .doc =
         "What becomes of a table without a key. history: a row per change, in a MergeTree. refuse: nothing is written "
         "for it.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.keyless_tables; },
     .words = keyless_words},
    {.key = "pipeline.schema_change",
     .kind = Kind::word,
     .doc = "What to do when a table changes while its events flow, see pipelines.md. warn: say what it means. apply: "
            "alter "
            "the ClickHouse table and edit the pipeline, while the events of the new shape wait. stop: end before the "
            "first "
            "event of the new shape.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.schema_change; },
     .words = schema_change_words},
    {.key = "pipeline.clickhouse_host",
     .kind = Kind::text,
     .doc = "Host of ClickHouse, as GlassFlow reaches it.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.host; },
     .check = check_host},
    {.key = "pipeline.clickhouse_port",
     .kind = Kind::integer,
     .doc = "Port of ClickHouse's native protocol.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.port; },
     .range = {1, 65535}},
    {.key = "pipeline.clickhouse_http_port",
     .kind = Kind::integer,
     .doc = "Port of ClickHouse's HTTP interface.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.http_port; },
     .range = {1, 65535}},
    {.key = "pipeline.clickhouse_database",
     .kind = Kind::text,
     .doc = "Database of ClickHouse that the tables are in.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.database; },
     .check = check_clickhouse_database},
    {.key = "pipeline.clickhouse_user",
     .kind = Kind::text,
     .doc = "User of ClickHouse that GlassFlow inserts as.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.user; }},
    {.key = "pipeline.clickhouse_password",
     .kind = Kind::text,
     .doc = "Password of that user. GlassFlow refuses an empty one.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.password; },
     .is_secret = true},
    {.key = "pipeline.clickhouse_secure",
     .kind = Kind::boolean,
     .doc = "Whether ClickHouse is reached over TLS.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.secure; }},
    {.key = "pipeline.clickhouse_skip_certificate_verification",
     .kind = Kind::boolean,
     .doc = "Whether any certificate of ClickHouse will do.",
     .field = [](Configuration& c) -> Field { return &c.pipeline.clickhouse.skip_certificate_verification; }},

    {.key = "admin.listen",
     .kind = Kind::text,
     .doc = "Address and port of /healthz, /readyz, /status and /metrics; port 0 takes any free one. Empty: no admin "
            "server. There is no authentication: keep it on a loopback address or a private network.",
     .field = [](Configuration& c) -> Field { return &c.admin.listen; },
     .check = check_listen_address},
    {.key = "state_directory",
     .kind = Kind::text,
     .doc = "Directory of what the collector keeps: the checkpoint of the slot and the dead letters. Created when "
            "missing. Give each source its own.",
     .field = [](Configuration& c) -> Field { return &c.delivery.state_directory; },
     .is_required = true},
    {.key = "dead_letter_limit",
     .kind = Kind::integer,
     .doc = "How many dead letters a sink may have before it stops instead of having another: that many refusals have "
            "another cause than single rows. 0: no limit.",
     .field = [](Configuration& c) -> Field { return &c.delivery.dead_letter_limit; },
     .range = {0, 1ULL << 40}},
    {.key = "memory_limit",
     .kind = Kind::size,
     .doc = "Bytes that all queues together may hold. When they are full, reading from the server pauses.",
     .field = [](Configuration& c) -> Field { return &c.delivery.memory_limit_bytes; },
     .range = {mebibyte, 1ULL << 40}},
    {.key = "shutdown_timeout",
     .kind = Kind::duration,
     .doc = "How long SIGTERM waits for deliveries under way. What is left then is delivered again after the next "
            "start.",
     .field = [](Configuration& c) -> Field { return &c.delivery.shutdown_timeout; },
     .range = {100, hour_ms}},
    {.key = "log.level",
     .kind = Kind::word,
     .doc = "Least severe lines that are logged.",
     .field = [](Configuration& c) -> Field { return &c.log.level; },
     .words = level_words},
    {.key = "log.style",
     .kind = Kind::word,
     .doc = "How lines are written. automatic: text on a terminal, JSON otherwise.",
     .field = [](Configuration& c) -> Field { return &c.log.style; },
     .words = style_words},
};

}  // namespace

std::span<const Option> option_table() {
    return options;
}

const Option* find_option(std::string_view key) {
    const auto found = std::ranges::find(options, key, &Option::key);
    return found == std::end(options) ? nullptr : &*found;
}

std::span<const std::string_view> sink_types() {
    return sink_type_words;
}

SinkConfiguration make_sink(std::string_view type) {
    if (type == "file") {
        return {.settings = FileSettings{}};
    }
    if (type == "glassflow") {
        return {.settings = GlassflowHttpSettings{}};
    }
    if (type == "otlp") {
        return {.format = format::FormatName::row,
                .toast = {.policy = delivery::UnchangedToast::reselect},
                .settings = OtlpSettings{}};
    }
    if (type == "kafka") {
        return {.toast = {.policy = delivery::UnchangedToast::reselect}, .settings = KafkaSettings{}};
    }
    throw std::logic_error("no such type of sink");
}

std::string_view type_of(const SinkConfiguration& sink) {
    return sink_type_words.at(sink.settings.index());
}

const std::string& name_of(const SinkConfiguration& sink) {
    return std::visit([](const auto& settings) -> const std::string& { return settings.name; }, sink.settings);
}

std::string environment_name(const Option& option) {
    std::string name = "GLASSFLOW_";
    if (option.is_of_sinks()) {
        name += "SINKS_<NAME>_";
    }
    for (const char c : option.is_of_sinks() ? option.sink_key() : option.key) {
        name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
    return name;
}

std::string flag_name(const Option& option) {
    return option.is_of_sinks() ? "--sinks.NAME." + std::string(option.sink_key()) : "--" + std::string(option.key);
}

}  // namespace glassflow::config
