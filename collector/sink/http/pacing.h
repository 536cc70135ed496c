// How hard a destination may be asked right now: how many requests at once, and none at all for how long.
//
// Pure: time and randomness are passed in. After an outage one request goes first, and each success doubles how many
// may go, so that a destination that comes back is not met by everything at once. Requests that were under way when an
// outage was noticed fail with it and tell nothing new; an epoch number tells them from those sent after.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "retry/retry_policy.h"

namespace glassflow::sink {

class Pacing {
public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Epoch = std::uint64_t;

    Pacing(std::uint32_t concurrent_requests, std::chrono::milliseconds retry_initial,
           std::chrono::milliseconds retry_max);

    bool may_start(TimePoint now, std::size_t under_way) const { return now >= paused_until_ && under_way < window_; }
    TimePoint paused_until() const { return paused_until_; }
    Epoch epoch() const { return epoch_; }  // to be remembered with each request

    // The destination answered a request of that epoch as it should (delivered or refused).
    void answered(Epoch epoch);

    // The destination cannot take requests. Returns the delay until the next one may go.
    std::chrono::milliseconds destination_failed(TimePoint now, Epoch epoch, double random,
                                                 std::optional<std::chrono::milliseconds> retry_after);

    // One request failed. True when so many did in a row that it is the destination: call destination_failed then.
    bool payload_failed();

private:
    std::uint32_t concurrent_requests_;
    std::uint32_t window_;
    std::uint32_t failed_in_a_row_ = 0;
    Epoch epoch_ = 0;
    TimePoint paused_until_{};
    retry::RetryPolicy outage_;
};

}  // namespace glassflow::sink
