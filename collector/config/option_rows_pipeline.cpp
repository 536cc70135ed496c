// Rows of the section pipeline: what is written for GlassFlow and ClickHouse.
#include <array>

#include "config/checks.h"
#include "config/option_rows.h"
#include "config/option_units.h"

namespace glassflow::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array enum_words{"low_cardinality"sv, "string"sv, "native"sv};  // in the order of EnumColumns
constexpr std::array array_words{"text"sv, "native"sv};                        // of ArrayColumns and ArrayStyle
constexpr std::array keyless_words{"history"sv, "refuse"sv};                   // of KeylessTables
constexpr std::array schema_change_words{"warn"sv, "apply"sv, "stop"sv};       // of SchemaChangePolicy

constexpr Option rows[] = {
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
};

}  // namespace

std::span<const Option> pipeline_rows() {
    return rows;
}

}  // namespace glassflow::config
