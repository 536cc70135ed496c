// Delivery as a whole: the replication thread, the decoding thread, the sinks, and the way they start and stop.
//
//   server -> ReplicationReader -> FrameQueue -> Pipeline -> sinks (a thread each) -> SinkPort -> AcknowledgedLsn
//                  ^------------------------- confirmed LSN -------------------------------------------'
//
// One limit bounds the memory of all queues: a quarter of it holds frames that were not decoded yet, another one
// transactions in progress when they are asked for (source.streaming), the rest payloads that were not delivered yet.
// When it is used up, the decoding thread waits, then the frame queue fills, then the replication thread stops reading,
// then the walsender waits. Nothing is dropped anywhere.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "delivery/acknowledged_lsn.h"
#include "delivery/byte_budget.h"
#include "delivery/checkpoint_store.h"
#include "delivery/checkpoint_writer.h"
#include "delivery/dead_letter.h"
#include "delivery/failure.h"
#include "delivery/frame_queue.h"
#include "delivery/pipeline.h"
#include "delivery/progress.h"
#include "delivery/replication_reader.h"
#include "delivery/resume_decision.h"
#include "delivery/settings.h"
#include "delivery/sink_port.h"
#include "delivery/slot_watch.h"
#include "delivery/status.h"
#include "delivery/toast_reader.h"
#include "delivery/wakeup.h"
#include "format/event_format.h"
#include "postgres/settings.h"
#include "sink/sink.h"

namespace glassflow::delivery {

struct Destination {
    std::unique_ptr<sink::Sink> sink;
    std::unique_ptr<format::EventFormat> format;
    ToastSettings toast = {};
};

// As RelationWatch; pause waits that long, and gives false when delivery is given up meanwhile.
using TableWatch =
    std::function<void(const event::Relation&, const std::function<bool(std::chrono::milliseconds)>& pause)>;

class Delivery {
public:
    // choice is what a person said to a refusal to resume. Throws DeadLetterError when the state directory cannot be
    // used.
    Delivery(postgres::SourceSettings source, DeliverySettings settings, std::vector<Destination> destinations,
             ResumeChoice choice = ResumeChoice::none, TableWatch watch = {});
    ~Delivery();
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    // Waits for the slot while another collector has it, then streams until stop_fd becomes readable, everything before
    // drain_target is confirmed, or something failed; then delivers what is in hand, confirms it and lets go of the
    // slot, within settings.shutdown_timeout. nullopt when all that was received whole is confirmed.
    std::optional<Failure> run(int stop_fd, std::optional<event::Lsn> drain_target);

    // Thread-safe.
    Status status() const;

private:
    void start();
    void start_sinks(const std::string& stream);
    StreamProgress progress() const;
    void wait(int stop_fd, std::optional<event::Lsn> drain_target);
    void tell_progress(std::optional<event::Lsn> drain_target);
    std::uint64_t server_lsn() const;
    std::int64_t lag_us() const;
    std::optional<Failure> stop();
    void give_up();
    void fail(Failure failure);
    std::optional<Failure> failure() const;

    struct Outfall {  // a destination with what reports for it
        Destination destination;
        std::unique_ptr<DeadLetterStore> dead_letters;
        std::unique_ptr<SinkPort> port;
        bool is_started = false;
    };

    const postgres::SourceSettings source_;
    const DeliverySettings settings_;
    const std::int64_t started_unix_s_;
    AcknowledgedLsn ledger_;
    ByteBudget budget_;
    BlockPool blocks_{budget_};
    Wakeup control_;  // wakes run()
    std::vector<Outfall> outfalls_;
    std::unique_ptr<FrameQueue> queue_;
    std::unique_ptr<CheckpointStore> checkpoint_store_;
    std::unique_ptr<ReplicationReader> reader_;
    ToastReader toast_reader_;
    std::unique_ptr<Pipeline> pipeline_;
    std::unique_ptr<CheckpointWriter> checkpoints_;  // its thread wakes reader_
    std::unique_ptr<SlotWatch> watch_;               // its thread asks all of them
    // Of the thread that run() is called on:
    Progress progress_{std::chrono::seconds(10)};
    std::chrono::steady_clock::time_point progress_due_{};
    std::thread pipeline_thread_;
    Wakeup pipeline_done_;
    std::mutex sinks_mutex_;  // of is_stopping_ and the outfalls' is_started: the reader's thread starts sinks
    bool is_stopping_ = false;
    mutable std::mutex mutex_;  // of failure_
    std::optional<Failure> failure_;
};

// A position after everything that is committed now: writes a small logical message (or, on a standby, takes the replay
// position). Throws PostgresError.
event::Lsn drain_target_now(const postgres::SourceSettings& source);

}  // namespace glassflow::delivery
