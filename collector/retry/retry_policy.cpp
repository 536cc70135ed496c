// Attempts -> delay. Full jitter: the delay is uniform in [0, min(maximum, initial * 2^attempts)), so that many senders
// that failed at the same moment do not come back at the same moment.
#include "retry/retry_policy.h"

#include <algorithm>
#include <limits>

namespace glassflow::retry {

std::chrono::milliseconds RetryPolicy::next_delay(double random, std::optional<std::chrono::milliseconds> at_least) {
    auto ceiling = std::min(initial_, maximum_);
    // Doubling step by step stops at the maximum, so it cannot overflow however many attempts there were.
    for (std::uint32_t i = 0; i < attempts_ && ceiling < maximum_; ++i) {
        ceiling = ceiling > maximum_ / 2 ? maximum_ : ceiling * 2;
    }
    if (attempts_ < std::numeric_limits<std::uint32_t>::max()) {
        ++attempts_;
    }

    auto fraction = std::clamp(random, 0.0, 1.0);
    auto delay = std::chrono::milliseconds(static_cast<std::int64_t>(fraction * static_cast<double>(ceiling.count())));
    // Never 0: a destination that fails at once must not be asked again in a tight loop.
    delay = std::max(delay, std::chrono::milliseconds(1));
    if (!at_least) {
        return delay;
    }
    // What was asked for comes first; the jitter on top is at most the initial delay.
    return std::max(delay, *at_least + std::min(delay, initial_));
}

}  // namespace glassflow::retry
