// A ring of the latest events, and their copies on a stream and in a file.
#include "sandbox/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace glassflow::sandbox {

namespace {

// Line breaks in valid JSON can only be white space between tokens: inside strings they are escaped.
std::string one_line(std::string event) {
    std::replace_if(
        event.begin(), event.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return event;
}

}  // namespace

EventLog::EventLog(std::uint64_t kept_bytes, std::ostream* printed, const std::string& record_path)
    : kept_bytes_limit_(kept_bytes), printed_(printed) {
    if (record_path.empty()) {
        return;
    }
    record_file_ = ::open(record_path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (record_file_ < 0) {
        throw std::system_error(errno, std::generic_category(), "could not open record file \"" + record_path + "\"");
    }
}

EventLog::~EventLog() {
    if (record_file_ >= 0) {
        ::close(record_file_);
    }
}

void EventLog::append(std::string event) {
    event = one_line(std::move(event));
    std::lock_guard lock(mutex_);
    if (record_file_ >= 0) {
        record(event + "\n");
    }
    if (printed_ != nullptr) {
        *printed_ << event << '\n' << std::flush;
    }
    kept_bytes_ += event.size();
    events_.push_back(std::move(event));
    while (kept_bytes_ > kept_bytes_limit_ && events_.size() > 1) {
        kept_bytes_ -= events_.front().size();
        events_.pop_front();
        ++first_;
    }
}

void EventLog::record(const std::string& line) {
    for (std::size_t written = 0; written < line.size();) {
        auto count = ::write(record_file_, line.data() + written, line.size() - written);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            throw std::system_error(errno, std::generic_category(), "could not record an event");
        }
        written += static_cast<std::size_t>(count);
    }
}

EventLog::Page EventLog::read(std::uint64_t offset, std::uint64_t limit) const {
    std::lock_guard lock(mutex_);
    Page page;
    page.first = std::max(offset, first_);
    for (auto i = page.first - first_; i < events_.size() && page.events.size() < limit; ++i) {
        page.events.push_back(events_[i]);
    }
    return page;
}

std::optional<std::string> EventLog::consume() {
    std::lock_guard lock(mutex_);
    consumed_ = std::max(consumed_, first_);
    if (consumed_ - first_ >= events_.size()) {
        return std::nullopt;
    }
    return events_[consumed_++ - first_];
}

std::uint64_t EventLog::accepted() const {
    std::lock_guard lock(mutex_);
    return first_ + events_.size();
}

std::uint64_t EventLog::kept() const {
    std::lock_guard lock(mutex_);
    return events_.size();
}

}  // namespace glassflow::sandbox
