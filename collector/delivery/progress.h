// Looks at a stream that catches up -> now and then a line that says how fast, how far behind and for how long still.
// Pure: the clock is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "event/lsn.h"

namespace glassflow::delivery {

class Progress {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Look {
        std::uint64_t changes = 0;  // received until now
        event::Lsn confirmed;       // every sink has everything before it
        event::Lsn server;          // end of the server's WAL, as far as it is known
        std::int64_t lag_us = 0;    // since the commit of the oldest transaction that is not delivered
    };
    struct Report {
        std::uint64_t changes_per_second = 0;
        std::uint64_t lag_bytes = 0;
        std::int64_t lag_seconds = 0;
        std::optional<std::chrono::seconds> time_left;  // nullopt: at this rate it never ends
        bool is_caught_up = false;                      // the last one of its kind
        std::chrono::seconds took{0};                   // of the last one
    };

    // Catching up is being this far behind, in WAL or in time.
    static constexpr std::uint64_t behind_bytes = 64 << 20;
    static constexpr std::int64_t behind_us = 10'000'000;

    explicit Progress(std::chrono::milliseconds interval) : interval_(interval) {}

    // nullopt when there is nothing to say: it is not behind, or said so a moment ago.
    std::optional<Report> look(TimePoint now, const Look& look);

private:
    const std::chrono::milliseconds interval_;
    std::optional<TimePoint> behind_since_;
    bool has_told_ = false;
    TimePoint last_time_;  // of last_
    Look last_;
};

}  // namespace glassflow::delivery
