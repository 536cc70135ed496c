// What a sink is handed: one event in its form, with what destinations want to know of it. A payload owns nothing but a
// share of the memory that its views point into: many payloads share one block, which goes back to the memory budget
// when the last of them is gone. Let go of a payload as soon as it is reported.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace glassflow::sink {

// Where a change came from, for destinations that keep tables apart.
struct Table {
    std::string schema;
    std::string name;
};

struct Payload {
    std::string_view body;      // one JSON object in UTF-8
    std::string_view event_id;  // "<LSN>-<index>"; suffix "d": delete half of a key change, "m": logical message
    // The key of the row as one JSON object. Only of sinks whose form makes keys; empty: there is none.
    std::string_view key;
    const Table* table = nullptr;     // nullptr: a logical message
    std::int64_t commit_time_us = 0;  // microseconds since 1970-01-01 00:00:00 UTC; 0: not known
    std::uint64_t version = 0;        // position of the change in the WAL: grows with each change of a row
    // Which transaction: does not decrease from one payload to the next. Means nothing else to a sink.
    std::uint64_t transaction = 0;
    std::uint64_t ticket = 0;              // whose delivery this is; the sink hands it back untouched
    std::array<std::uint64_t, 2> lanes{};  // hashes of the ordering keys; the first lane_count are in use
    std::uint8_t lane_count = 0;
    bool is_barrier = false;  // everything earlier must be delivered before it, nothing later under way with it
    char operation = 0;       // "_op" of the envelope form: c, u, d, t or m
    std::shared_ptr<const void> memory;  // keeps what the views and table point to
};

}  // namespace glassflow::sink
