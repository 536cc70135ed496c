// How long after its commit each event was delivered: counts by upper bound, as Prometheus has histograms. Thread-safe.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>

#include "delivery/status.h"

namespace glassflow::delivery {

class LatencyHistogram {
public:
    // Both in microseconds since 1970, by the clocks of two machines: what seems negative counts as nothing.
    void add(std::int64_t commit_time_us, std::int64_t now_us, std::uint64_t events) {
        const std::int64_t latency_us = std::max<std::int64_t>(now_us - commit_time_us, 0);
        const auto* const bound = std::ranges::lower_bound(latency_bounds_us, latency_us);
        const std::lock_guard lock(mutex_);
        status_.counts[static_cast<std::size_t>(bound - latency_bounds_us.begin())] += events;
        status_.sum_seconds += static_cast<double>(latency_us) / 1e6 * static_cast<double>(events);
    }

    LatencyStatus status() const {
        const std::lock_guard lock(mutex_);
        return status_;
    }

private:
    mutable std::mutex mutex_;
    LatencyStatus status_;
};

}  // namespace glassflow::delivery
