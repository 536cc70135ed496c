// SIGTERM and SIGINT as something to wait for. To be made before the first thread, which inherits that they are
// blocked.
#pragma once

#include <chrono>

namespace glassflow::command {

class StopSignal {
public:
    StopSignal();
    ~StopSignal();
    StopSignal(const StopSignal&) = delete;
    StopSignal& operator=(const StopSignal&) = delete;

    int fd() const { return fd_; }  // readable from the first signal on
    bool is_pending() const { return wait(std::chrono::milliseconds(0)); }
    // Waits that long at most; true when a signal is there.
    bool wait(std::chrono::milliseconds time) const;

private:
    int fd_;
};

}  // namespace glassflow::command
