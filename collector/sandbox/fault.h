// How the sandbox misbehaves, told as JSON: {"status":429,"retry_after":1,"count":20}, {"hang_ms":500},
// {"close":true,"accept":true,"probability":0.1,"count":-1}.
//
//   status       answer with it instead of taking the event
//   retry_after  with a Retry-After header: a number of seconds, or any text (such as an HTTP date)
//   detail       with this text in the body
//   hang_ms      wait before answering; an event whose sender has gone away meanwhile is not taken
//   close        close the connection without an answer
//   accept       take the event all the same: its sender cannot know (default false)
//   count        how many requests (default 1); -1 = until told otherwise; 0 = behave
//   probability  of each request to be met by it (default 1)
#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

namespace glassflow::sandbox {

struct Fault {
    int status = 0;             // 0 = no status of its own
    std::string retry_after{};  // empty = no header
    std::string detail{};
    std::chrono::milliseconds hang{0};
    bool is_close = false;
    bool is_accepted = false;
    std::int64_t count = 1;
    double probability = 1.0;
};

// Throws std::invalid_argument that says what is wrong.
Fault parse_fault(std::string_view json);

// The fault in force. Thread-safe.
class FaultPlan {
public:
    void set(Fault fault);
    // The fault that meets the next request, if any.
    std::optional<Fault> next();
    std::int64_t left() const;

private:
    mutable std::mutex mutex_;
    Fault fault_{.count = 0};
    std::mt19937_64 generator_{0};  // the same faults in every run
};

}  // namespace glassflow::sandbox
