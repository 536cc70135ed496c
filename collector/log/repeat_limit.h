// Keeps a happening that repeats from flooding the log: the first line at once, then at most one per interval.
//
//     if (const auto suppressed = limit.admit(message, now)) log::warning(message, {{"suppressed", *suppressed}, ...});
//
// Lines are told apart by their message alone, so the message must be a constant and what varies must be a fact.
// Thread-safe. The clock is passed in.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace glassflow::log {

class RepeatLimit {
public:
    using Clock = std::chrono::steady_clock;

    explicit RepeatLimit(Clock::duration interval = std::chrono::seconds(10)) : interval_(interval) {}

    // nullopt: say nothing. Otherwise log, and tell how many of the same message were held back since the last line.
    std::optional<std::uint64_t> admit(std::string_view message, Clock::time_point now = Clock::now());
    // It is over (recovered): the next one is logged at once. Returns how many were held back.
    std::uint64_t forget(std::string_view message);

    static constexpr std::size_t max_messages = 256;  // remembered; beyond that the oldest is forgotten

private:
    struct Seen {
        Clock::time_point last_line;
        std::uint64_t suppressed = 0;
    };

    const Clock::duration interval_;
    std::mutex mutex_;
    std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace glassflow::log
