// What can be seen of a running collector: a snapshot, shown by /status and /metrics.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace glassflow::delivery {

// Large values that an update left untouched and the WAL does not hold, by what a sink was told of them.
struct ToastCounts {
    std::uint64_t reselected = 0;    // the value that the row holds now
    std::uint64_t gone = 0;          // null: the row is no more, and its removal comes next
    std::uint64_t placeholders = 0;  // the placeholder
    std::uint64_t omitted = 0;       // nothing
};

struct TableStatus {
    std::string schema;  // both empty: logical messages
    std::string table;
    std::uint64_t delivered_events = 0;
    std::uint64_t delivered_bytes = 0;
    std::uint64_t dead_letters = 0;
    ToastCounts toast = {};
};

// Upper bounds, inclusive, of the latencies that are counted together; the last count is of those beyond.
inline constexpr std::array<std::int64_t, 14> latency_bounds_us{
    1'000,   2'500,   5'000,     10'000,    25'000,     50'000,      100'000,
    250'000, 500'000, 1'000'000, 5'000'000, 30'000'000, 300'000'000, 3'600'000'000};

struct LatencyStatus {
    std::array<std::uint64_t, latency_bounds_us.size() + 1> counts{};  // events, by bound
    double sum_seconds = 0;
};

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
    std::vector<TableStatus> tables = {};
    LatencyStatus latency = {};  // from commit to delivered
};

// What the slot's watcher saw last; see slot_watch.h.
struct SlotCare {
    bool is_known = false;  // the last look succeeded
    bool is_lost = false;   // gone, or given up by the server
    std::string wal_status;
    std::string invalidation_reason;
    std::optional<std::int64_t> safe_wal_bytes;   // nullopt: the server sets no limit
    std::optional<std::int64_t> seconds_to_loss;  // at the current rate; nullopt: not in sight
    std::uint64_t server_wal_lsn = 0;
    std::uint64_t retained_wal_bytes = 0;
    std::string heartbeat = "off";
    std::int64_t heartbeat_round_trip_ms = 0;
    bool is_stale = false;  // a heartbeat did not come back in time
};

// What is remembered across restarts; see checkpoint.h.
struct CheckpointStatus {
    std::string path;
    std::uint64_t lsn = 0;
    std::string time;  // of the last write by this process; empty: none yet
    std::uint64_t failures = 0;
    std::string last_error;  // empty when the last write succeeded
    std::uint64_t gaps = 0;  // accepted ones that it knows of
};

struct Status {
    bool is_streaming = false;  // connected to Postgres and receiving
    bool is_standby = false;    // waiting until another collector lets go of the slot
    std::string standby_reason;
    SlotCare slot_care;
    CheckpointStatus checkpoint;
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
    std::int64_t lag_us = 0;          // since the commit of the oldest transaction that not every sink has; 0: none
    std::int64_t started_unix_s = 0;
    std::string last_error;
    std::vector<SinkStatus> sinks;
};

}  // namespace glassflow::delivery
