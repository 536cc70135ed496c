// The thread of a sink that does everything in turns of one loop: takes what was pushed, turns the loop, stops when
// asked.
#pragma once

#include <chrono>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sink/sink.h"

namespace glassflow::sink {

// What is turned. Only wake() may be called from another thread than the loop's.
class Loop {
public:
    virtual ~Loop() = default;

    virtual void add(std::vector<Payload>&& payloads) = 0;
    // Starts what may start, moves what is under way, reports what has ended. False when delivery has halted: what is
    // left stays unreported and no turn may follow.
    virtual bool turn(DeliveryListener& listener) = 0;
    // Returns when another turn has something to do, at wake_at at the latest.
    virtual void wait(std::chrono::steady_clock::time_point wake_at) = 0;
    virtual void wake() = 0;
    virtual std::size_t left() const = 0;  // not reported yet
};

class LoopThread {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit LoopThread(Loop& loop) : loop_(loop) {}
    ~LoopThread() { finish(TimePoint::min()); }  // what is under way is aborted
    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    void start(const std::string& name, DeliveryListener& listener);
    void push(std::vector<Payload>&& payloads);
    bool finish(TimePoint deadline);  // as Sink::finish()

private:
    void run(DeliveryListener& listener);
    bool turn(DeliveryListener& listener);

    Loop& loop_;
    std::thread thread_;

    std::mutex mutex_;  // guards what follows
    std::vector<Payload> inbox_;
    bool is_finishing_ = false;
    TimePoint deadline_ = TimePoint::max();
    std::size_t left_ = 0;  // unreported when the thread ended
};

}  // namespace glassflow::sink
