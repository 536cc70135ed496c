#include "delivery/progress.h"

#include <algorithm>

namespace glassflow::delivery {

namespace {

// A stream that stands still is told of less often.
constexpr int stall_factor = 6;
// What is shown when the end is in sight at all.
constexpr double longest_seconds = 10.0 * 365 * 86'400;

std::uint64_t distance(event::Lsn from, event::Lsn to) {
    return to > from ? to.value - from.value : 0;
}

}  // namespace

std::optional<Progress::Report> Progress::look(TimePoint now, const Look& look) {
    const std::uint64_t lag_bytes = distance(look.confirmed, look.server);
    const bool is_behind = lag_bytes >= behind_bytes || look.lag_us >= behind_us;
    if (!is_behind) {
        const auto since = behind_since_;
        behind_since_.reset();
        if (!has_told_)
            return std::nullopt;
        has_told_ = false;
        Report report;
        report.is_caught_up = true;
        report.lag_bytes = lag_bytes;
        report.took = std::chrono::duration_cast<std::chrono::seconds>(now - since.value_or(now));
        return report;
    }
    if (!behind_since_) {
        behind_since_ = now;
        last_time_ = now;
        last_ = look;
        return std::nullopt;
    }
    const bool has_moved = look.changes != last_.changes || look.confirmed != last_.confirmed;
    if (now - last_time_ < (has_moved ? 1 : stall_factor) * interval_)
        return std::nullopt;
    const double seconds = std::chrono::duration<double>(now - last_time_).count();
    Report report;
    report.changes_per_second =
        static_cast<std::uint64_t>(static_cast<double>(look.changes - std::min(last_.changes, look.changes)) / seconds);
    report.lag_bytes = lag_bytes;
    report.lag_seconds = look.lag_us / 1'000'000;
    // The lag shrinks by what is confirmed, and grows by what is written meanwhile.
    const std::uint64_t lag_before = distance(last_.confirmed, last_.server);
    if (lag_before > lag_bytes) {
        const double bytes_per_second = static_cast<double>(lag_before - lag_bytes) / seconds;
        const double left = static_cast<double>(lag_bytes) / bytes_per_second;
        if (left < longest_seconds)
            report.time_left = std::chrono::seconds(static_cast<std::int64_t>(left));
    }
    last_time_ = now;
    last_ = look;
    has_told_ = true;
    return report;
}

}  // namespace glassflow::delivery
