// A counting semaphore. All waiters are woken on every release: a small request may fit where a large one does not.
#include "delivery/byte_budget.h"

#include <stdexcept>

namespace glassflow::delivery {

bool ByteBudget::acquire(std::uint64_t bytes) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [&] { return is_closed_ || fits(bytes); });
    if (is_closed_) {
        return false;
    }
    used_bytes_ += bytes;
    return true;
}

bool ByteBudget::try_acquire(std::uint64_t bytes) {
    std::lock_guard lock(mutex_);
    if (is_closed_ || !fits(bytes)) {
        return false;
    }
    used_bytes_ += bytes;
    return true;
}

void ByteBudget::release(std::uint64_t bytes) {
    {
        std::lock_guard lock(mutex_);
        if (bytes > used_bytes_) {
            throw std::logic_error("memory budget: more released than acquired");
        }
        used_bytes_ -= bytes;
    }
    released_.notify_all();
}

void ByteBudget::close() {
    {
        std::lock_guard lock(mutex_);
        is_closed_ = true;
    }
    released_.notify_all();
}

bool ByteBudget::stays_open(std::chrono::milliseconds time) {
    std::unique_lock lock(mutex_);
    return !released_.wait_for(lock, time, [this] { return is_closed_; });
}

std::uint64_t ByteBudget::used() const {
    std::lock_guard lock(mutex_);
    return used_bytes_;
}

bool ByteBudget::fits(std::uint64_t bytes) const {
    // Written so that it cannot overflow.
    return used_bytes_ == 0 || (used_bytes_ <= limit_bytes_ && bytes <= limit_bytes_ - used_bytes_);
}

}  // namespace glassflow::delivery
