// poll() before each write of at most PIPE_BUF bytes: a pipe that polls writable takes that much without blocking.
#include "log/descriptor_sink.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

namespace glassflow::log {

std::uint64_t DescriptorSink::dropped_lines() {
    std::lock_guard lock(mutex_);
    return dropped_total_;
}

void DescriptorSink::sink_it_(const spdlog::details::log_msg& message) {
    if (dropped_ > 0 &&
        write_line(fmt::format("glassflow-collector: {} log lines were dropped: nobody read them\n", dropped_))) {
        dropped_ = 0;
    }
    std::string line(message.payload.data(), message.payload.size());
    line += '\n';
    if (!write_line(line)) {
        count_dropped();
    }
}

void DescriptorSink::count_dropped() {
    ++dropped_;
    ++dropped_total_;
}

// Waits the whole patience only once per jam, or every line would hold its thread up that long.
bool DescriptorSink::wait_for_room() {
    pollfd entry{descriptor_, POLLOUT, 0};
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, is_stuck_ ? 0 : patience_ms_);
    } while (ready < 0 && errno == EINTR);
    is_stuck_ = ready <= 0;
    return ready > 0;
}

// A failure (a closed descriptor, a full disk) has no better place to be told: it is counted like a jam.
bool DescriptorSink::write_line(std::string_view line) {
    std::string whole = is_line_torn_ ? "\n" : "";
    whole += line;
    std::string_view rest = whole;
    while (!rest.empty()) {
        if (!wait_for_room()) {
            return false;
        }
        const ssize_t written = ::write(descriptor_, rest.data(), std::min<std::size_t>(rest.size(), PIPE_BUF));
        if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        rest.remove_prefix(static_cast<std::size_t>(written));
        is_line_torn_ = !rest.empty();
    }
    return true;
}

}  // namespace glassflow::log
