// The events that the sandbox accepted, in the order of acceptance: kept (the latest ones, up to a limit in bytes),
// printed and recorded as JSON lines.
//
// Thread-safe. Offsets count from the first accepted event and stay valid when old ones are dropped.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace glassflow::sandbox {

class EventLog {
public:
    // printed may be null. Throws std::system_error when record_path (may be empty) cannot be opened.
    EventLog(std::uint64_t kept_bytes, std::ostream* printed, const std::string& record_path);
    ~EventLog();
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;

    // event is one JSON object. Throws std::system_error when it cannot be recorded; then it is not accepted.
    void append(std::string event);

    struct Page {
        std::uint64_t first = 0;  // offset of events[0]; later than asked for when those were dropped
        std::vector<std::string> events;
    };
    Page read(std::uint64_t offset, std::uint64_t limit) const;

    // The oldest kept event that was not consumed yet.
    std::optional<std::string> consume();

    std::uint64_t accepted() const;
    std::uint64_t kept() const;

private:
    void record(const std::string& line);

    const std::uint64_t kept_bytes_limit_;
    std::ostream* printed_;
    int record_file_ = -1;

    mutable std::mutex mutex_;  // guards what follows, and makes the order of the outputs the order of acceptance
    std::deque<std::string> events_;
    std::uint64_t first_ = 0;     // offset of events_.front()
    std::uint64_t consumed_ = 0;  // offset of the next to consume
    std::uint64_t kept_bytes_ = 0;
};

}  // namespace glassflow::sandbox
