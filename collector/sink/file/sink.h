// The sink that appends payloads to a file as JSON lines, or writes them to standard output.
//
// Group commit: its thread takes all that is queued, appends it in order, syncs once, and only then reports delivered.
// One file has one order, so lanes and barriers need nothing here.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "retry/retry_policy.h"
#include "sink/file/file_calls.h"
#include "sink/file/line_file.h"
#include "sink/file/settings.h"
#include "sink/sink.h"

namespace glassflow::sink {

// How long to wait between tries when the disk is full or fails.
struct FileBackoff {
    std::chrono::milliseconds initial{200};
    std::chrono::milliseconds maximum{10'000};
};

class FileSink final : public Sink {
public:
    explicit FileSink(FileSettings settings, std::unique_ptr<FileCalls> calls = std::make_unique<FileCalls>(),
                      FileBackoff backoff = {});
    ~FileSink() override;  // without finish(): what is queued is not written

    const std::string& name() const override { return settings_.name; }
    std::string_view type() const override { return "file"; }
    void check() override;
    Order order() const override { return Order::push; }
    // Opens and repairs the file; throws SinkError when that needs a person.
    void start(DeliveryListener& listener, const std::string& stream) override;
    void push(std::vector<Payload>&& payloads) override;
    bool finish(std::chrono::steady_clock::time_point deadline) override;

private:
    using TimePoint = std::chrono::steady_clock::time_point;
    // In pieces: one list of all that a full queue holds would take twice its memory while it grows.
    using Batch = std::deque<std::vector<Payload>>;

    void run(DeliveryListener& listener);
    bool take_queued();
    bool deliver(DeliveryListener& listener);
    void report(DeliveryListener& listener, std::size_t count);
    void back_off(DeliveryListener& listener, const std::string& reason);
    bool is_past_deadline();

    FileSettings settings_;
    std::unique_ptr<FileCalls> calls_;
    std::thread thread_;

    // Of the thread.
    LineFile file_;
    Batch batch_;               // taken and not on disk yet, in order
    bool is_busy_ = false;      // the last batch was a large one: more of them will come
    std::size_t reported_ = 0;  // how many of the first of batch_ are delivered and reported
    retry::RetryPolicy retry_policy_;
    std::mt19937_64 generator_{std::random_device{}()};

    std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    Batch inbox_;
    std::size_t inbox_bytes_ = 0;
    bool is_finishing_ = false;
    TimePoint deadline_ = TimePoint::max();
    std::size_t left_ = 0;  // unreported when the thread ended
};

}  // namespace glassflow::sink
