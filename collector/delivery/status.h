// What can be seen of a running collector: a snapshot, shown by /status and /metrics.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::delivery {

struct SinkStatus {
    std::string name;
    std::string type;
    std::uint64_t delivered_events = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t retries = 0;
    std::uint64_t dead_letters = 0;
    std::uint64_t queued_events = 0;
    bool is_halted = false;
    std::string last_error;  // empty when the last thing that happened was a delivery
};

struct Status {
    bool is_streaming = false;  // connected to Postgres and receiving
    std::string slot;
    std::string source;  // host:port/database
    std::string plugin_version;
    std::uint32_t server_version_num = 0;
    std::uint64_t received_frames = 0;
    std::uint64_t received_bytes = 0;
    std::uint64_t received_changes = 0;
    std::uint64_t received_transactions = 0;
    std::uint64_t reconnects = 0;
    std::uint64_t queue_bytes = 0;
    std::uint64_t memory_limit_bytes = 0;
    std::uint64_t server_lsn = 0;     // WAL end the server last told
    std::uint64_t confirmed_lsn = 0;  // confirmed to the server
    std::uint64_t lag_bytes = 0;      // server_lsn - confirmed_lsn
    std::int64_t started_unix_s = 0;
    std::string last_error;
    std::vector<SinkStatus> sinks;
};

}  // namespace glassflow::delivery
