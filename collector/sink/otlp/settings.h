// What a person can set for a sink that sends OTLP logs over HTTP.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glassflow::sink {

enum class OtlpEncoding : std::uint8_t { protobuf, json };

struct OtlpSettings {
    std::string name;
    std::string url = "http://127.0.0.1:4318";  // of the receiver, without /v1/logs
    std::string pipeline_id;                    // of the tables that no entry of pipelines names; may be empty
    std::vector<std::string> pipelines;         // "schema.table=pipeline-id", the first that matches counts
    OtlpEncoding encoding = OtlpEncoding::protobuf;
    std::uint32_t concurrent_requests = 1;              // of each pipeline
    std::uint64_t max_request_bytes = 3'670'016;        // 3.5 MiB: the wall is at 4 MiB
    std::uint64_t max_event_bytes = 524'288;            // of an event's body
    std::string oversize = "dead_letter";               // or "truncate"
    std::chrono::milliseconds batch_delay{0};           // how long a batch that is not full may wait for more
    std::chrono::milliseconds request_timeout{60'000};  // a busy receiver may take 15 s and more to say so
    std::chrono::milliseconds retry_initial{200};
    std::chrono::milliseconds retry_max{30'000};
    // What follows is set by the program, not by a person.
    std::string form = "row";         // of the events
    std::vector<std::string> tables;  // source.tables: what is captured; empty: every table
    // Attributes of the resource: where the changes come from.
    std::vector<std::pair<std::string, std::string>> resource{{"service.name", "glassflow-collector"}};
};

// As GlassFlow's management API has it: 5 to 40 of a-z, 0-9 and -, a letter first, no - at the end, no two in a row.
inline bool is_otlp_pipeline_id(std::string_view id) {
    auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    auto is_allowed = [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '-'; };
    return id.size() >= 5 && id.size() <= 40 && is_lower(id.front()) && id.back() != '-' &&
           std::all_of(id.begin(), id.end(), is_allowed) && id.find("--") == std::string_view::npos;
}

}  // namespace glassflow::sink
