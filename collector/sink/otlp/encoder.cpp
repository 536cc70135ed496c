// The messages are made on an arena that is emptied after each request; their texts are the only copies.
#include "sink/otlp/encoder.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <stdexcept>

#include "sink/otlp/logs.pb.h"

namespace glassflow::sink {

namespace {

constexpr std::size_t first_block_bytes = 256 * 1024;
constexpr int severity_number_info = 9;

// Keys, tags and lengths of a record with all its attributes, of a scope of its own, and of numbers at their longest;
// in JSON with names and punctuation. A test compares.
constexpr std::size_t record_overhead_protobuf = 192;
constexpr std::size_t record_overhead_json = 768;

// Of what the receiver makes of a record: its fields, with names.
constexpr std::size_t flattened_overhead = 512;
constexpr std::size_t widest = 12;  // characters that a byte of a name can become, twice

using glassflow::otlp::KeyValue;
using google::protobuf::RepeatedPtrField;

std::string_view severity_text(const Payload& payload) {
    switch (payload.operation) {
        case 'c':
            return "INSERT";
        case 'u':
            return "UPDATE";
        case 'd':
            return "DELETE";
        case 't':
            return "TRUNCATE";
        case 'm':
            return "MESSAGE";
        case 'r':
            return "SNAPSHOT";
        default:
            throw std::runtime_error("event with an operation that otlp has no severity for");
    }
}

void add_attribute(RepeatedPtrField<KeyValue>& attributes, std::string_view key, std::string_view value) {
    auto& attribute = *attributes.Add();
    attribute.mutable_key()->assign(key);
    attribute.mutable_value()->mutable_string_value()->assign(value);
}

void fill_record(glassflow::otlp::LogRecord& record, const Payload& payload) {
    char lsn[20];
    const auto end = std::to_chars(std::begin(lsn), std::end(lsn), payload.version).ptr;
    if (payload.commit_time_us > 0) {
        record.set_time_unix_nano(static_cast<std::uint64_t>(payload.commit_time_us) * 1000);
    }
    record.set_severity_number(severity_number_info);
    record.mutable_severity_text()->assign(severity_text(payload));
    record.mutable_body()->mutable_string_value()->assign(payload.body);
    auto& attributes = *record.mutable_attributes();
    attributes.Reserve(5);
    add_attribute(attributes, "event_id", payload.event_id);
    add_attribute(attributes, "lsn", {lsn, end});
    add_attribute(attributes, "op", {&payload.operation, 1});
    if (payload.table != nullptr) {
        add_attribute(attributes, "schema", payload.table->schema);
        add_attribute(attributes, "table", payload.table->name);
    }
}

bool are_of_one_table(const Payload& one, const Payload& other) {
    if (one.table == other.table || one.table == nullptr || other.table == nullptr) {
        return one.table == other.table;
    }
    return one.table->name == other.table->name && one.table->schema == other.table->schema;
}

// From first on: how many payloads follow each other from one table.
std::size_t run_length(std::span<const Payload* const> payloads, std::size_t first) {
    std::size_t next = first + 1;
    while (next < payloads.size() && are_of_one_table(*payloads[first], *payloads[next])) {
        ++next;
    }
    return next - first;
}

void fill(glassflow::otlp::ResourceLogs& logs, std::span<const Payload* const> payloads) {
    for (std::size_t first = 0; first < payloads.size();) {
        const auto count = run_length(payloads, first);
        auto& scope_logs = *logs.add_scope_logs();
        if (const auto* table = payloads[first]->table; table != nullptr) {
            auto& name = *scope_logs.mutable_scope()->mutable_name();
            name.reserve(table->schema.size() + 1 + table->name.size());
            name.append(table->schema).append(1, '.').append(table->name);
        }
        scope_logs.mutable_log_records()->Reserve(static_cast<int>(count));
        for (std::size_t i = first; i < first + count; ++i) {
            fill_record(*scope_logs.add_log_records(), *payloads[i]);
        }
        first += count;
    }
}

// protobuf escapes more than Go does: all kinds of characters beyond ASCII that show nothing.
std::size_t protojson_bytes(std::string_view text) {
    const auto wide =
        std::count_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xc0; });
    return escaped_bytes(text) + 5 * static_cast<std::size_t>(std::count(text.begin(), text.end(), '\x7f')) +
           8 * static_cast<std::size_t>(wide);
}

google::protobuf::ArenaOptions arena_options(std::vector<char>& first_block) {
    google::protobuf::ArenaOptions options;
    options.initial_block = first_block.data();
    options.initial_block_size = first_block.size();
    options.max_block_size = first_block_bytes;
    return options;
}

}  // namespace

OtlpEncoder::OtlpEncoder(OtlpEncoding encoding, std::vector<std::pair<std::string, std::string>> resource)
    : encoding_(encoding),
      resource_(std::move(resource)),
      envelope_bytes_(256),
      first_block_(first_block_bytes),
      arena_(arena_options(first_block_)) {
    for (const auto& [key, value] : resource_) {
        envelope_bytes_ += 128 + escaped_bytes(key) + escaped_bytes(value);
    }
}

void OtlpEncoder::encode(std::span<const Payload* const> payloads, std::string& request) {
    request.clear();
    {
        auto& message = *google::protobuf::Arena::CreateMessage<glassflow::otlp::ExportLogsServiceRequest>(&arena_);
        auto& logs = *message.add_resource_logs();
        for (const auto& [key, value] : resource_) {
            add_attribute(*logs.mutable_resource()->mutable_attributes(), key, value);
        }
        fill(logs, payloads);
        const bool is_encoded = encoding_ == OtlpEncoding::protobuf
                                    ? message.SerializeToString(&request)
                                    : google::protobuf::util::MessageToJsonString(message, &request).ok();
        if (!is_encoded) {
            throw std::runtime_error("a request could not be encoded");
        }
    }
    arena_.Reset();
}

std::size_t OtlpEncoder::record_bytes(const Payload& payload) const {
    const std::size_t names = payload.table == nullptr ? 0 : payload.table->schema.size() + payload.table->name.size();
    if (encoding_ == OtlpEncoding::protobuf) {
        return record_overhead_protobuf + payload.body.size() + payload.event_id.size() + 2 * names;
    }
    return record_overhead_json + protojson_bytes(payload.body) + payload.event_id.size() + widest * names;
}

std::size_t OtlpEncoder::flattened_bytes(const Payload& payload) const {
    const std::size_t names = payload.table == nullptr ? 0 : payload.table->schema.size() + payload.table->name.size();
    return flattened_overhead + envelope_bytes_ + escaped_bytes(payload.body) + payload.event_id.size() +
           widest * names;
}

std::size_t escaped_bytes(std::string_view text) {
    auto bytes = text.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '"' || c == '\\') {
            ++bytes;
        } else if (c == '<' || c == '>' || c == '&' || c < 0x20) {
            bytes += 5;
        } else if (c == 0xe2 && text.substr(i + 1, 1) == "\x80") {
            bytes += 3;  // U+2028 and U+2029, and some that are not escaped
        }
    }
    return bytes;
}

}  // namespace glassflow::sink
