// How long to wait before trying again: exponential backoff with full jitter, bounded, reset by success.
//
// Pure: randomness is passed in, nothing sleeps here.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace glassflow::retry {

class RetryPolicy {
public:
    RetryPolicy(std::chrono::milliseconds initial, std::chrono::milliseconds maximum)
        : initial_(initial), maximum_(maximum) {}

    // The delay before the next try. random is uniform in [0, 1); at_least is what the other side asked for
    // (Retry-After) and is honoured even beyond the maximum.
    std::chrono::milliseconds next_delay(double random, std::optional<std::chrono::milliseconds> at_least = {});
    void succeeded() { attempts_ = 0; }
    std::uint32_t attempts() const { return attempts_; }

private:
    std::chrono::milliseconds initial_;
    std::chrono::milliseconds maximum_;
    std::uint32_t attempts_ = 0;
};

}  // namespace glassflow::retry
