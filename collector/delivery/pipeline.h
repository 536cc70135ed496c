// The thread that decodes: received frames -> events -> payloads -> sinks, with an entry in the ledger for each
// transaction.
//
// After a reconnect the server sends again everything that was not confirmed. What this process has in hand already is
// recognised by its position (commit LSN, ordinal in the transaction) and skipped, so that a reconnect neither repeats
// nor reorders anything; see ResumePoint.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "decode/catalog_columns.h"
#include "decode/decoder.h"
#include "decode/streamed_transactions.h"
#include "delivery/acknowledged_lsn.h"
#include "delivery/failure.h"
#include "delivery/frame_queue.h"
#include "delivery/held_rows.h"
#include "delivery/payload_block.h"
#include "delivery/resume_point.h"
#include "delivery/settings.h"
#include "delivery/sink_port.h"
#include "delivery/table_filter.h"
#include "event/event_handler.h"
#include "format/event_format.h"
#include "sink/sink.h"

namespace glassflow::delivery {

// Messages of this prefix are between collectors and the server, and are not delivered.
inline constexpr std::string_view reserved_message_prefix = "glassflow";

// A sink, the form of its events, and where it reports. Borrowed by the pipeline.
struct Outlet {
    sink::Sink* sink = nullptr;
    format::EventFormat* format = nullptr;
    SinkPort* port = nullptr;
    ToastSettings toast = {};
};

// Told of each description of a table before the first row of it that is new to the sinks; everything before is with
// them. It may take its time, and it may throw DeliveryStop.
using RelationWatch = std::function<void(const event::Relation&)>;

class Pipeline : private event::EventHandler {
public:
    // As many tables as a session of the plugin knows. Beyond them all are forgotten, and a table that is described
    // then may be one of those.
    static constexpr std::size_t max_lane_origins = 32768;

    // watch may be empty.
    Pipeline(FrameQueue& queue, AcknowledgedLsn& ledger, BlockPool& blocks, std::vector<Outlet> outlets,
             std::function<void()> on_confirmed, FailureHandler on_failure, RelationWatch watch = {},
             HeldRows::Read read_rows = {});

    // The thread's work: returns when the queue is closed and empty, or after a failure was reported.
    void run();

    // What slots of other plugins than ours need; set before run().
    struct OtherPlugins {
        decode::CatalogColumns catalog;                  // asked when an outlet wants more of a column than to omit it
        std::vector<std::string> tables;                 // patterns of source.tables, which not every plugin knows
        std::vector<std::string> exclude_tables;         // the same of source.exclude_tables
        decode::StreamedTransactions::Limits streamed;   // what is kept of transactions in progress, of our plugin, too
        std::function<void()> refuse_streaming = [] {};  // they are more than that: connect again without them
    };
    void set_other_plugins(OtherPlugins settings) { other_plugins_ = std::move(settings); }

    // run() was left because everything received was handed over.
    bool is_complete() const { return is_complete_.load(); }

    struct Counters {
        std::atomic<std::uint64_t> changes{0};
        std::atomic<std::uint64_t> transactions{0};
        std::atomic<std::uint32_t> server_version_num{0};
        std::atomic<std::uint64_t> own_message_lsn{0};  // of the last message between collectors and the server
    };
    const Counters& counters() const { return counters_; }
    std::string plugin_version() const;

private:
    // What is on its way to one sink and not handed over yet.
    struct Batch {
        std::vector<sink::Payload> payloads;
        std::shared_ptr<PayloadBlock> block;  // that the next payload goes into; payloads handed over may be in it, too
        const sink::Table* table = nullptr;   // in block, of the relation described_
        bool is_barrier_due = false;          // the next payload is one, see relation()
    };
    template <typename Change>
    class Outflow;

    void take(ReceivedItem& item);
    void take_session_start(const SessionStart& start);
    void take_frame(const postgres::Frame& frame);
    void flush();
    PayloadBlock& make_room(std::size_t outlet, std::uint64_t text_bytes);
    void settle_pending();
    void show(const event::Relation& relation);
    void hold(const event::RowChange& change);
    void release_held();
    void deliver(const event::RowChange& change, const HeldRow* held);
    event::RowChange filled(std::size_t outlet, const event::RowChange& change, const HeldRow* held);

    void session(const event::Session& session) override;
    void relations_change() override { release_held(); }
    void relation(const event::Relation& relation) override;
    void begin(const event::Transaction& transaction) override;
    void row(const event::RowChange& change) override;
    void truncate(const event::Truncate& truncate) override;
    void message(const event::LogicalMessage& message) override;
    void commit(const event::Transaction& transaction) override;

    template <typename Change, typename Write>
    void dispatch(const Change& change, Write write);
    template <typename Change>
    void append(std::size_t outlet, const Change& change, const format::Payload& formatted);
    const sink::Table* table_of(Batch& batch, const event::Relation& relation);

    FrameQueue& queue_;
    AcknowledgedLsn& ledger_;
    BlockPool& blocks_;
    const std::vector<Outlet> outlets_;
    const std::function<void()> on_confirmed_;
    const FailureHandler on_failure_;
    const RelationWatch watch_;

    OtherPlugins other_plugins_;
    std::string plugin_;                         // of the session
    std::unique_ptr<decode::Decoder> decoder_;   // of that plugin
    std::unique_ptr<TableFilter> table_filter_;  // what the decoder tells of other plugins' slots goes through it
    bool is_waiting_for_session_ = false;        // what is received until then is of a connection that is given up
    ResumePoint resume_;
    std::optional<Ticket> ticket_;                 // of the transaction being received
    std::uint64_t pending_count_ = 0;              // payloads of ticket_ that the ledger does not know of yet
    std::vector<Batch> batches_;                   // per outlet
    const event::Relation* described_ = nullptr;   // the relation whose name batches keep
    std::unordered_set<std::uint32_t> unwatched_;  // ids of relations that watch_ was not told of yet
    // By relation oid: what its lanes are made from.
    std::unordered_map<std::uint32_t, std::string> lane_origins_;
    bool has_forgotten_origins_ = false;
    const HeldRows::Read read_rows_;  // what outlets with reselect need
    const bool is_reselecting_;
    HeldRows held_;                      // of the transaction being received
    std::vector<event::Value> new_row_;  // scratch
    std::atomic<bool> is_complete_{false};
    Counters counters_;
    mutable std::mutex mutex_;  // of plugin_version_
    std::string plugin_version_;
};

}  // namespace glassflow::delivery
