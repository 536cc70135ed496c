// What a person can set about pipelines: where GlassFlow's management API is, which ClickHouse they write to, and which
// of the choices there are for types and tables.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::etl {

// What to do when a table changes while its events flow.
enum class SchemaChangePolicy : std::uint8_t { warn, apply, stop };
// What becomes of an enum: text with a dictionary, plain text, or ClickHouse's own enum.
enum class EnumColumns : std::uint8_t { low_cardinality, string, native };
// What becomes of an array: its text, or ClickHouse's own array.
enum class ArrayColumns : std::uint8_t { text, native };
// What becomes of a table whose rows have no key.
enum class KeylessTables : std::uint8_t { history, refuse };

struct ClickHouseSettings {
    std::string host = "localhost";  // as GlassFlow reaches it
    std::uint16_t port = 9000;       // native protocol
    std::uint16_t http_port = 8123;
    std::string database = "default";
    std::string user = "default";
    std::string password;  // secret; GlassFlow refuses an empty one
    bool secure = false;
    bool skip_certificate_verification = false;
};

struct PipelineSettings {
    std::string api_url = "http://localhost:8081";
    std::chrono::milliseconds api_timeout{30'000};          // of one request
    std::chrono::milliseconds transition_timeout{300'000};  // until a pipeline that was told to stop has stopped
    std::string id_prefix = "pg";                           // ids are <prefix>-<schema>-<table>
    std::string sink;                                       // the sink whose events it reads; empty = the only one
    std::vector<std::string> kafka_brokers;                 // as GlassFlow reaches them; empty = those of the sink
    std::string dedup_window = "24h";
    std::uint32_t max_batch_size = 1000;
    std::chrono::milliseconds max_delay_time{1'000};
    EnumColumns enums = EnumColumns::low_cardinality;
    ArrayColumns arrays = ArrayColumns::text;
    bool decimal_columns = true;  // a MATERIALIZED Decimal beside the text of a numeric
    KeylessTables keyless_tables = KeylessTables::history;
    SchemaChangePolicy schema_change = SchemaChangePolicy::warn;
    ClickHouseSettings clickhouse;
};

}  // namespace glassflow::etl
