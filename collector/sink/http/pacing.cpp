// The window opens by doubling and closes to one; the pause grows by the retry policy as long as no request of the
// current epoch is answered.
#include "sink/http/pacing.h"

#include <algorithm>

namespace glassflow::sink {

namespace {

constexpr std::uint32_t failures_of_an_outage = 8;

}  // namespace

Pacing::Pacing(std::uint32_t concurrent_requests, std::chrono::milliseconds retry_initial,
               std::chrono::milliseconds retry_max)
    : concurrent_requests_(std::max(concurrent_requests, 1u)),
      window_(concurrent_requests_),
      outage_(retry_initial, retry_max) {}

void Pacing::answered(Epoch epoch) {
    if (epoch != epoch_) {
        return;  // sent before the outage: says nothing about now
    }
    failed_in_a_row_ = 0;
    outage_.succeeded();
    window_ = window_ > concurrent_requests_ / 2 ? concurrent_requests_ : window_ * 2;
}

std::chrono::milliseconds Pacing::destination_failed(TimePoint now, Epoch epoch, double random,
                                                     std::optional<std::chrono::milliseconds> retry_after) {
    if (epoch == epoch_) {
        ++epoch_;
        window_ = 1;
        failed_in_a_row_ = 0;
        paused_until_ = std::max(paused_until_, now + outage_.next_delay(random, retry_after));
    } else if (retry_after) {
        paused_until_ = std::max(paused_until_, now + *retry_after);
    }
    return std::chrono::ceil<std::chrono::milliseconds>(std::max(paused_until_, now) - now);
}

bool Pacing::payload_failed() {
    return ++failed_in_a_row_ >= failures_of_an_outage;
}

}  // namespace glassflow::sink
