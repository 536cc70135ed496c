#include "sink/kafka/inbox.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace glassflow::sink::kafka {

void Inbox::push(std::vector<Payload>&& payloads) {
    std::lock_guard lock(mutex_);
    const bool was_empty = payloads_.empty();
    if (was_empty) {
        payloads_ = std::move(payloads);
    } else {
        std::move(payloads.begin(), payloads.end(), std::back_inserter(payloads_));
    }
    if (was_empty && waker_) {
        waker_();
    }
}

void Inbox::finish(TimePoint deadline) {
    {
        std::lock_guard lock(mutex_);
        is_finishing_ = true;
        deadline_ = deadline;
        if (waker_) {
            waker_();
        }
    }
    changed_.notify_all();
}

std::vector<Payload> Inbox::take() {
    std::lock_guard lock(mutex_);
    return std::exchange(payloads_, {});
}

bool Inbox::is_finishing() {
    std::lock_guard lock(mutex_);
    return is_finishing_;
}

bool Inbox::is_past_deadline() {
    return std::chrono::steady_clock::now() >= deadline();
}

Inbox::TimePoint Inbox::deadline() {
    std::lock_guard lock(mutex_);
    return deadline_;
}

std::size_t Inbox::size() {
    std::lock_guard lock(mutex_);
    return payloads_.size();
}

void Inbox::wait_until(TimePoint time) {
    std::unique_lock lock(mutex_);
    const bool was_finishing = is_finishing_;
    while (std::chrono::steady_clock::now() < std::min(time, deadline_) && is_finishing_ == was_finishing) {
        changed_.wait_until(lock, std::min(time, deadline_));
    }
}

void Inbox::set_waker(std::function<void()> waker) {
    std::lock_guard lock(mutex_);
    waker_ = std::move(waker);
}

}  // namespace glassflow::sink::kafka
