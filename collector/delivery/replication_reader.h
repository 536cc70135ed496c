// The thread that talks to the server: acquires the slot, takes frames off its stream into the frame queue, answers
// keepalives, reports the confirmed LSN, and reconnects.
//
// No sink can block it. When the frame queue has no room it stops reading, so that the walsender waits, but goes on
// reporting, so that the walsender does not give us up.
//
// The slot is what makes one of several collectors the one that delivers. Whoever does not get it stands by; whoever
// gets it asks the checkpoint whether it may go on from there (resume_decision.h), starts the sinks, and streams. What
// changes under a running stream in a way that its memory does not survive is a failure of kind begin_again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "delivery/acknowledged_lsn.h"
#include "delivery/checkpoint_store.h"
#include "delivery/checkpoint_writer.h"
#include "delivery/failure.h"
#include "delivery/frame_queue.h"
#include "delivery/resume_decision.h"
#include "delivery/wakeup.h"
#include "log/repeat_limit.h"
#include "postgres/replication_stream.h"
#include "postgres/settings.h"
#include "retry/retry_policy.h"

namespace glassflow::delivery {

class ReplicationReader {
public:
    // on_acquired is called once, from the thread, when the slot is ours and before anything is received: it starts the
    // sinks, and is told which history it is (Sink::start()). It may throw sink::SinkError. Everything is borrowed and
    // must outlive finish().
    ReplicationReader(const postgres::SourceSettings& settings, ResumeChoice choice, FrameQueue& queue,
                      AcknowledgedLsn& ledger, CheckpointStore& store, CheckpointWriter& checkpoints,
                      std::function<void(const std::string& stream)> on_acquired, FailureHandler on_failure);

    void start();
    // The frame queue has room again, or the durable position moved. Cheap, from any thread.
    void wake() { wakeup_.wake(); }
    // Asks the server where it is instead of waiting for its next keepalive.
    void hurry() { is_hurried_.store(true), wake(); }
    // Connects again, and asks for no transactions in progress any more.
    void refuse_streaming() { streams_in_progress_.store(false), is_reconnect_due_.store(true), wake(); }
    // What server answers now. One that was a standby when the stream began and is none any more has been promoted: the
    // stream goes on through that, but its positions are of another timeline. Then it connects again.
    void see_server(const std::string& started, bool is_in_recovery);
    // Receives nothing more, but goes on reporting.
    void stop_reading() { is_reading_.store(false), wake(); }
    // Reports the durable position a last time, ends the stream and joins the thread.
    void finish();

    struct Counters {
        std::atomic<bool> is_streaming{false};
        std::atomic<bool> is_full{false};  // not reading: the queue has no room
        std::atomic<std::uint64_t> received_frames{0};
        std::atomic<std::uint64_t> received_bytes{0};
        std::atomic<std::uint64_t> reconnects{0};
        std::atomic<std::uint64_t> received_lsn{0};   // of the last thing received
        std::atomic<std::uint64_t> server_lsn{0};     // WAL end the server told last
        std::atomic<std::uint64_t> confirmed_lsn{0};  // last reported
    };
    const Counters& counters() const { return counters_; }
    // Why it stands by; nullopt when it does not.
    std::optional<std::string> standby_reason() const;

private:
    using Clock = std::chrono::steady_clock;

    void run();
    void stream_once();
    bool acquire(postgres::ReplicationStream& stream);
    bool is_free(const std::optional<postgres::ReplicationSlot>& slot);
    ResumeFacts facts_of(postgres::ReplicationStream& stream, std::optional<postgres::ReplicationSlot> slot);
    event::Lsn carry_out(const ResumeDecision& decision, postgres::ReplicationStream& stream, const ResumeFacts& facts);
    event::Lsn make_slot(const ResumeDecision& decision, postgres::Connection& connection, const ResumeFacts& facts);
    Checkpoint checkpoint_of(const ResumeDecision& decision, const ResumeFacts& facts, event::Lsn stands) const;
    void begin(Checkpoint checkpoint, event::Lsn stands);
    void stand_by(const std::string& reason);
    void end_standby();
    void wait_until_free();
    bool has_taken_over() const;

    void converse(postgres::ReplicationStream& stream);
    bool receive(postgres::ReplicationStream& stream);
    bool is_status_due(Clock::time_point now) const;
    Clock::duration time_to_status(Clock::time_point now) const;
    void report(postgres::ReplicationStream& stream);
    bool wait(std::chrono::milliseconds delay);

    const postgres::SourceSettings& settings_;
    const ResumeChoice choice_;
    FrameQueue& queue_;
    AcknowledgedLsn& ledger_;
    CheckpointStore& store_;
    CheckpointWriter& checkpoints_;
    const std::function<void(const std::string& stream)> on_acquired_;
    const FailureHandler on_failure_;
    Wakeup wakeup_;
    std::thread thread_;
    std::atomic<bool> is_reading_{true};
    std::atomic<bool> is_hurried_{false};
    std::atomic<bool> is_finishing_{false};
    std::atomic<bool> streams_in_progress_;
    std::atomic<bool> is_reconnect_due_{false};
    std::atomic<bool> is_promoted_{false};
    Counters counters_;
    mutable std::mutex mutex_;  // of these two
    std::optional<std::string> standby_reason_;
    std::string recovery_started_;  // when the server was started that we read in recovery; empty when we read none

    // Of the thread alone:
    retry::RetryPolicy reconnect_;
    std::optional<Checkpoint> position_;                // since the slot was first acquired; whose LSNs are in memory
    std::optional<Clock::time_point> other_active_at_;  // when another collector was last seen to have the slot
    log::RepeatLimit standby_log_{std::chrono::minutes(10)};
    std::string plugin_;  // of the slot that was acquired
    event::Lsn reported_;
    Clock::time_point reported_at_{};
    Clock::time_point disconnected_at_{};
    bool is_reply_due_ = false;
    bool has_ended_ = false;  // the server ended the stream in good order
};

}  // namespace glassflow::delivery
