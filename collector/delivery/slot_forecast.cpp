#include "delivery/slot_forecast.h"

#include <algorithm>

namespace glassflow::delivery {

using namespace std::chrono_literals;

namespace {
constexpr auto soon = 1h;
constexpr auto imminent = 10min;
}  // namespace

void SlotForecast::add(TimePoint time, std::optional<std::int64_t> safe_wal_bytes) {
    if (!safe_wal_bytes) {
        looks_.clear();
        return;
    }
    looks_.push_back({time, *safe_wal_bytes});
    if (looks_.size() > window)
        looks_.pop_front();
}

std::optional<std::chrono::seconds> SlotForecast::time_to_loss() const {
    if (looks_.empty())
        return std::nullopt;
    if (looks_.back().safe_wal_bytes <= 0)
        return 0s;
    const auto passed_s = std::chrono::duration<double>(looks_.back().time - looks_.front().time).count();
    const auto shrunk = static_cast<double>(looks_.front().safe_wal_bytes - looks_.back().safe_wal_bytes);
    if (passed_s <= 0 || shrunk <= 0)
        return std::nullopt;
    constexpr double a_century_s = 3.2e9;
    const double left_s = static_cast<double>(looks_.back().safe_wal_bytes) / (shrunk / passed_s);
    return std::chrono::seconds(static_cast<std::int64_t>(std::min(left_s, a_century_s)));
}

SlotDanger danger_of(std::optional<std::chrono::seconds> time_to_loss) {
    if (!time_to_loss || *time_to_loss >= soon)
        return SlotDanger::none;
    return *time_to_loss < imminent ? SlotDanger::imminent : SlotDanger::soon;
}

void Heartbeat::sent(TimePoint now, event::Lsn before) {
    sent_at_ = now;
    pending_ = before;
}

Heartbeat::State Heartbeat::look(TimePoint now, const StreamProgress& progress) {
    if (!sent_at_)
        return State::none;
    // Confirmed counts as well: after a reconnect the stream begins there, and what lies before does not come again.
    if (pending_ && (progress.decoded >= *pending_ || progress.confirmed > *pending_)) {
        pending_.reset();
        round_trip_ = std::chrono::duration_cast<std::chrono::milliseconds>(now - *sent_at_);
    }
    if (!pending_)
        return State::returned;
    if (now < *sent_at_ + patience_)
        return State::under_way;
    return progress.is_full || progress.received > *pending_ ? State::stuck_collector : State::stuck_server;
}

std::string_view name_of(Heartbeat::State state) {
    switch (state) {
        case Heartbeat::State::under_way:
            return "under way";
        case Heartbeat::State::returned:
            return "returned";
        case Heartbeat::State::stuck_server:
            return "stale: server";
        case Heartbeat::State::stuck_collector:
            return "stale: collector";
        case Heartbeat::State::none:
            break;
    }
    return "none";
}

}  // namespace glassflow::delivery
