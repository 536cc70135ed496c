// The thread that talks to the server: takes frames off the slot's stream into the frame queue, answers keepalives,
// reports the confirmed LSN, and reconnects.
//
// No sink can block it. When the frame queue has no room it stops reading, so that the walsender waits, but goes on
// reporting, so that the walsender does not give us up.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "delivery/acknowledged_lsn.h"
#include "delivery/failure.h"
#include "delivery/frame_queue.h"
#include "delivery/wakeup.h"
#include "postgres/replication_stream.h"
#include "postgres/settings.h"
#include "retry/retry_policy.h"

namespace glassflow::delivery {

class ReplicationReader {
public:
    // Everything is borrowed and must outlive finish().
    ReplicationReader(const postgres::SourceSettings& settings, FrameQueue& queue, AcknowledgedLsn& ledger,
                      FailureHandler on_failure);

    void start();
    // The frame queue has room again, or the confirmed LSN moved. Cheap, from any thread.
    void wake() { wakeup_.wake(); }
    // Asks the server where it is instead of waiting for its next keepalive.
    void hurry() { is_hurried_.store(true), wake(); }
    // Receives nothing more, but goes on reporting.
    void stop_reading() { is_reading_.store(false), wake(); }
    // Reports the confirmed LSN a last time, ends the stream and joins the thread.
    void finish();

    struct Counters {
        std::atomic<bool> is_streaming{false};
        std::atomic<std::uint64_t> received_frames{0};
        std::atomic<std::uint64_t> received_bytes{0};
        std::atomic<std::uint64_t> reconnects{0};
        std::atomic<std::uint64_t> server_lsn{0};     // WAL end the server told last
        std::atomic<std::uint64_t> confirmed_lsn{0};  // last reported
    };
    const Counters& counters() const { return counters_; }

private:
    using Clock = std::chrono::steady_clock;

    void run();
    void check_position();
    void check_system(const postgres::SystemIdentity& system);
    void converse(postgres::ReplicationStream& stream);
    bool receive(postgres::ReplicationStream& stream);
    bool is_status_due(Clock::time_point now) const;
    Clock::duration time_to_status(Clock::time_point now) const;
    void report(postgres::ReplicationStream& stream);
    bool wait_to_reconnect(std::chrono::milliseconds delay);

    const postgres::SourceSettings& settings_;
    FrameQueue& queue_;
    AcknowledgedLsn& ledger_;
    const FailureHandler on_failure_;
    Wakeup wakeup_;
    std::thread thread_;
    std::atomic<bool> is_reading_{true};
    std::atomic<bool> is_hurried_{false};
    std::atomic<bool> is_finishing_{false};
    Counters counters_;

    // Of the thread alone:
    retry::RetryPolicy reconnect_;
    std::optional<postgres::SystemIdentity> system_;  // of the first connection
    event::Lsn reported_;
    Clock::time_point reported_at_{};
    Clock::time_point disconnected_at_{};
    bool is_reply_due_ = false;
    bool has_ended_ = false;  // the server ended the stream in good order
};

}  // namespace glassflow::delivery
