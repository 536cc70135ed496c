// What was seen is bounded: messages are constants of the program, so the bound is never met unless someone breaks
// that.
#include "log/repeat_limit.h"

#include <algorithm>
#include <utility>

namespace glassflow::log {

std::optional<std::uint64_t> RepeatLimit::admit(std::string_view message, Clock::time_point now) {
    std::lock_guard lock(mutex_);
    const auto found = seen_.find(message);
    if (found == seen_.end()) {
        if (seen_.size() >= max_messages) {
            seen_.erase(std::min_element(seen_.begin(), seen_.end(), [](const auto& left, const auto& right) {
                return left.second.last_line < right.second.last_line;
            }));
        }
        seen_.emplace(message, Seen{now, 0});
        return 0;
    }
    Seen& seen = found->second;
    if (now - seen.last_line < interval_) {
        ++seen.suppressed;
        return std::nullopt;
    }
    seen.last_line = now;
    return std::exchange(seen.suppressed, 0);
}

std::uint64_t RepeatLimit::forget(std::string_view message) {
    std::lock_guard lock(mutex_);
    const auto found = seen_.find(message);
    if (found == seen_.end()) {
        return 0;
    }
    const std::uint64_t suppressed = found->second.suppressed;
    seen_.erase(found);
    return suppressed;
}

}  // namespace glassflow::log
