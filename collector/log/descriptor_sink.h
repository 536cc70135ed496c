// Lines -> a file descriptor, never waiting long for a reader that has stopped reading.
//
// A full pipe (a log shipper that hangs) must not stop replication: a line waits for room for at most patience_ms, and
// from then on lines are dropped and counted until there is room again; the count is told first then.
#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace glassflow::log {

class DescriptorSink : public spdlog::sinks::base_sink<std::mutex> {
public:
    // Does not own the descriptor.
    explicit DescriptorSink(int descriptor, int patience_ms = 1000)
        : descriptor_(descriptor), patience_ms_(patience_ms) {}

    std::uint64_t dropped_lines();  // since the start; a line that was cut short counts, too

protected:
    void sink_it_(const spdlog::details::log_msg& message) override;
    void flush_() override {}

private:
    bool write_line(std::string_view line);
    bool wait_for_room();
    void count_dropped();

    int descriptor_;
    int patience_ms_;
    bool is_stuck_ = false;
    bool is_line_torn_ = false;  // the last write ended in the middle of a line
    std::uint64_t dropped_ = 0;  // since the last line that went out
    std::uint64_t dropped_total_ = 0;
};

}  // namespace glassflow::log
