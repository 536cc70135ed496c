#include "delivery/dead_letter.h"

#include <chrono>
#include <ctime>
#include <utility>

#include "delivery/dead_letter_line.h"

namespace glassflow::delivery {

namespace {

// RFC 3339, UTC, milliseconds.
std::string now_text() {
    const auto now = std::chrono::system_clock::now();
    const auto seconds = std::chrono::system_clock::to_time_t(now);
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    char text[64];
    const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
    const auto fraction = std::to_string(1000 + milliseconds).substr(1);
    return std::string(text, size) + "." + fraction + "Z";
}

}  // namespace

DeadLetterStore::DeadLetterStore(const std::string& state_directory, std::string sink_name, std::uint64_t limit)
    : sink_name_(std::move(sink_name)), limit_(limit), file_(state_directory, sink_name_) {
    file_.prepare();
    count_ = file_.count();
}

void DeadLetterStore::write(const sink::Payload& payload, std::string_view reason) {
    const std::string line = dead_letter_line(payload, now_text(), sink_name_, reason);
    const std::lock_guard guard(mutex_);
    if (limit_ > 0 && count_ >= limit_) {
        count_ = file_.count();  // somebody may have cleared it out
        if (count_ >= limit_)
            throw DeadLetterError("there are " + std::to_string(count_) + " dead letters, dead_letter_limit is " +
                                      std::to_string(limit_) + "; the last refusal: " + std::string(reason),
                                  "Find out why events are refused; then replay or purge the dead letters.");
    }
    file_.append(line);
    ++count_;
}

std::uint64_t DeadLetterStore::count() const {
    const std::lock_guard guard(mutex_);
    return count_;
}

}  // namespace glassflow::delivery
