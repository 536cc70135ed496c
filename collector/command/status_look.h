// One look at how delivery stands: from a running collector, or from the slot alone when there is none.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/lsn.h"

namespace glassflow::command {

struct SinkLook {
    std::string name;
    std::string type;
    std::int64_t delivered_events = 0;  // since the collector started, as the next two
    std::int64_t delivered_bytes = 0;
    std::int64_t dead_letters = 0;
    std::int64_t queued_events = 0;
    bool is_halted = false;
    std::string last_error;
};

// nullopt: not known, or there is none.
struct StatusLook {
    std::chrono::steady_clock::time_point time;
    bool is_of_collector = false;
    std::string source;  // host:port/database
    std::string slot;
    // streaming, standby, not_connected (of a collector); in_use, idle (of a slot); lost, missing (of either)
    std::string state;
    event::Lsn position;         // up to here everything is delivered and confirmed
    event::Lsn server_position;  // the end of the server's write-ahead log
    std::optional<std::int64_t> lag_bytes;
    std::optional<double> lag_seconds;
    std::optional<std::int64_t> retained_wal_bytes;
    std::string wal_status;
    std::optional<std::int64_t> safe_wal_bytes;
    std::optional<std::int64_t> seconds_to_loss;
    std::optional<std::int64_t> received_changes;  // since the collector started
    std::optional<std::int64_t> dead_letters;      // in the store
    std::string last_error;
    std::vector<SinkLook> sinks;
};

// Of the text that /status of the admin server answers. Throws std::invalid_argument when it is none.
StatusLook look_from_admin(std::string_view text, std::chrono::steady_clock::time_point time);

// Between two looks: per second.
struct StatusRates {
    std::optional<double> changes;
    std::optional<double> confirmed_bytes;           // of write-ahead log
    std::vector<std::optional<double>> sink_events;  // as the later look's sinks
    std::vector<std::optional<double>> sink_bytes;
};
StatusRates rates_between(const StatusLook& earlier, const StatusLook& later);

}  // namespace glassflow::command
