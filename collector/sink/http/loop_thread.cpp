// One turn after another; between two of them the loop waits for the network, for a timer or to be woken.
#include "sink/http/loop_thread.h"

#include <exception>
#include <iterator>
#include <utility>

#include "sink/worker_thread.h"

namespace glassflow::sink {

void LoopThread::start(const std::string& name, DeliveryListener& listener) {
    thread_ = start_worker_thread(name, [this, &listener] { run(listener); });
}

void LoopThread::push(std::vector<Payload>&& payloads) {
    bool was_empty = false;
    {
        std::lock_guard lock(mutex_);
        was_empty = inbox_.empty();
        if (was_empty) {
            inbox_ = std::move(payloads);
        } else {
            std::move(payloads.begin(), payloads.end(), std::back_inserter(inbox_));
        }
    }
    if (was_empty) {
        loop_.wake();
    }
}

bool LoopThread::finish(TimePoint deadline) {
    {
        std::lock_guard lock(mutex_);
        is_finishing_ = true;
        deadline_ = deadline;
    }
    if (thread_.joinable()) {
        loop_.wake();
        thread_.join();
    }
    std::lock_guard lock(mutex_);
    return left_ == 0 && inbox_.empty();
}

void LoopThread::run(DeliveryListener& listener) {
    try {
        while (turn(listener)) {
        }
    } catch (const std::exception& error) {
        listener.halted(error.what());
    }
    std::lock_guard lock(mutex_);
    left_ = loop_.left();
}

bool LoopThread::turn(DeliveryListener& listener) {
    std::vector<Payload> payloads;
    bool is_finishing = false;
    TimePoint deadline;
    {
        std::lock_guard lock(mutex_);
        payloads.swap(inbox_);
        is_finishing = is_finishing_;
        deadline = deadline_;
    }
    loop_.add(std::move(payloads));
    if (is_finishing && std::chrono::steady_clock::now() >= deadline) {
        return false;
    }
    if (!loop_.turn(listener) || (is_finishing && loop_.left() == 0)) {
        return false;
    }
    loop_.wait(deadline);
    return true;
}

}  // namespace glassflow::sink
