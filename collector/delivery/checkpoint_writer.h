// The thread that puts the confirmed position on disk before the server is told it.
//
//   ledger.confirmed()  >=  durable(), which is in the checkpoint  >=  what the server was told
//
// The replication thread tells the server durable() and never the ledger's own number. Writing costs two syncs, so it
// is done here, where a slow disk holds up no keepalive, and at most once per interval; the first move after a pause is
// written at once. When the disk refuses, delivery goes on, the server keeps its WAL, and the same is tried again.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "delivery/acknowledged_lsn.h"
#include "delivery/checkpoint.h"
#include "log/repeat_limit.h"
#include "retry/retry_policy.h"

namespace glassflow::delivery {

class CheckpointWriter {
public:
    // write throws a std::exception when the checkpoint is not on disk. on_durable is called when durable() moved, from
    // the thread.
    CheckpointWriter(const AcknowledgedLsn& ledger, std::function<void(const Checkpoint&)> write,
                     std::function<void()> on_durable, std::chrono::milliseconds interval);
    ~CheckpointWriter();
    CheckpointWriter(const CheckpointWriter&) = delete;
    CheckpointWriter& operator=(const CheckpointWriter&) = delete;

    // Whose position it is from now on; checkpoint.confirmed is where the server or the file stood already. Written
    // soon, even when nothing moves. The first call starts the thread.
    void begin(Checkpoint checkpoint);
    // The ledger moved. Cheap, from any thread.
    void request();
    // Waits until everything the ledger has confirmed is on disk. False when the deadline passed first.
    bool flush(std::chrono::steady_clock::time_point deadline);

    event::Lsn durable() const { return event::Lsn{durable_.load()}; }
    std::uint64_t failures() const { return failures_.load(); }
    std::string last_error() const;         // empty when the last write succeeded
    std::string last_written_time() const;  // empty when nothing was written yet
    std::size_t gap_count() const;

private:
    using Clock = std::chrono::steady_clock;

    void run();
    bool is_behind() const;
    bool write(const Checkpoint& checkpoint);

    const AcknowledgedLsn& ledger_;
    const std::function<void(const Checkpoint&)> write_;
    const std::function<void()> on_durable_;
    const std::chrono::milliseconds interval_;
    retry::RetryPolicy retry_;  // of the thread
    log::RepeatLimit repeated_;
    std::atomic<std::uint64_t> durable_{0};
    std::atomic<std::uint64_t> failures_{0};
    std::thread thread_;

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable changed_;
    std::optional<Checkpoint> checkpoint_;
    std::string written_time_;
    bool is_new_ = false;  // checkpoint_ was set and is not on disk in any form
    bool is_hurried_ = false;
    bool is_stopping_ = false;
    std::string last_error_;
};

// RFC 3339, UTC, milliseconds.
std::string time_text(std::chrono::system_clock::time_point time);

}  // namespace glassflow::delivery
