// How long the slot is safe, from looks at it; and whether what was written comes back, from heartbeats. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

#include "event/lsn.h"

namespace glassflow::delivery {

// safe_wal_size of pg_replication_slots over the last looks -> when it is used up at the rate at which it shrinks.
class SlotForecast {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // nullopt: the server sets no limit, the slot cannot be lost by size.
    void add(TimePoint time, std::optional<std::int64_t> safe_wal_bytes);
    // Until the slot may be lost; nullopt when that is not in sight. Zero when it may happen at any checkpoint.
    std::optional<std::chrono::seconds> time_to_loss() const;

    static constexpr std::size_t window = 7;  // looks

private:
    struct Look {
        TimePoint time;
        std::int64_t safe_wal_bytes;
    };

    std::deque<Look> looks_;
};

enum class SlotDanger : std::uint8_t { none, soon, imminent };  // nothing to say, to warn of, to raise the alarm about
SlotDanger danger_of(std::optional<std::chrono::seconds> time_to_loss);

// How far the stream has come, by position.
struct StreamProgress {
    bool is_streaming = false;
    bool is_full = false;  // nothing is read, because the queues have no room
    event::Lsn received;   // by the thread that talks to the server
    event::Lsn decoded;    // of messages like the heartbeat, past the decoder
    event::Lsn confirmed;  // every sink has everything before it
};

// The loop of one heartbeat: into the WAL, through the slot, through the decoder, past the sinks.
class Heartbeat {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    enum class State : std::uint8_t {
        none,             // none was sent yet
        under_way,        // sent, and within its time
        returned,         // the last one came back
        stuck_server,     // the server half: it was written and did not come out of the slot
        stuck_collector,  // our half: it was received and waits for queues in front of it
    };

    explicit Heartbeat(std::chrono::milliseconds patience) : patience_(patience) {}

    bool is_due(TimePoint now, std::chrono::milliseconds interval) const {
        return !sent_at_ || (!pending_ && now >= *sent_at_ + interval);
    }
    // before: a position that the WAL had reached when it was written, so that it lies behind.
    void sent(TimePoint now, event::Lsn before);
    State look(TimePoint now, const StreamProgress& progress);
    // Of the last one that came back, at the precision of the looks.
    std::chrono::milliseconds round_trip() const { return round_trip_; }

private:
    const std::chrono::milliseconds patience_;
    std::optional<TimePoint> sent_at_;
    std::optional<event::Lsn> pending_;
    std::chrono::milliseconds round_trip_{0};
};

std::string_view name_of(Heartbeat::State state);

}  // namespace glassflow::delivery
