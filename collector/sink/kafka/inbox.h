// What the thread of a sink is handed by others: payloads, and the wish to end. Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "sink/payload.h"

namespace glassflow::sink::kafka {

class Inbox {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    void push(std::vector<Payload>&& payloads);
    void finish(TimePoint deadline);

    // Of the sink's thread.
    std::vector<Payload> take();
    bool is_finishing();
    bool is_past_deadline();
    TimePoint deadline();  // never, until finish()
    std::size_t size();
    // Waits until then, or until finish(): whoever waits looks at the deadline itself.
    void wait_until(TimePoint time);
    // Called when there is something to look at, while the lock is held; nullptr when nobody polls.
    void set_waker(std::function<void()> waker);

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Payload> payloads_;
    bool is_finishing_ = false;
    TimePoint deadline_ = TimePoint::max();
    std::function<void()> waker_;
};

}  // namespace glassflow::sink::kafka
