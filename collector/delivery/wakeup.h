// Wakes a thread that waits in poll(): a counter with a file descriptor. Many wake() calls before it looks cost one.
#pragma once

#include <atomic>

namespace glassflow::delivery {

class Wakeup {
public:
    Wakeup();
    ~Wakeup();
    Wakeup(const Wakeup&) = delete;
    Wakeup& operator=(const Wakeup&) = delete;

    int fd() const { return fd_; }
    void wake();
    // To be called by the waiting thread before it looks at what it was woken for.
    void reset();

private:
    int fd_;
    std::atomic<bool> is_set_{false};
};

}  // namespace glassflow::delivery
