// A limit on the memory of everything that is on its way, in bytes: who wants to hold more waits until others let go.
//
// Thread-safe.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace glassflow::delivery {

class ByteBudget {
public:
    explicit ByteBudget(std::uint64_t limit_bytes) : limit_bytes_(limit_bytes) {}

    // Waits until bytes fit under the limit, then holds them. More than the whole limit is let in when nothing else is
    // held, so that one large row does not stop everything for ever. False when closed: then nothing is held.
    bool acquire(std::uint64_t bytes);
    // The same without waiting: false also when it would have to.
    bool try_acquire(std::uint64_t bytes);

    // Lets go of bytes that were acquired.
    void release(std::uint64_t bytes);

    // Everyone who waits, and everyone who comes, gets false from now on. release() stays possible.
    void close();
    // Waits that long; false at once when it is closed, or gets closed meanwhile.
    bool stays_open(std::chrono::milliseconds time);

    std::uint64_t used() const;
    std::uint64_t limit() const { return limit_bytes_; }

private:
    bool fits(std::uint64_t bytes) const;

    const std::uint64_t limit_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable released_;
    std::uint64_t used_bytes_ = 0;
    bool is_closed_ = false;
};

}  // namespace glassflow::delivery
