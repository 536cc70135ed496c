#include "delivery/pipeline.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "decode/decode_error.h"
#include "decode/frame_decoder.h"
#include "decode/pgoutput_decoder.h"
#include "decode/wal2json_decoder.h"
#include "delivery/toast_reader.h"
#include "log/log.h"
#include "route/lanes.h"

namespace glassflow::delivery {

namespace {

constexpr std::int64_t unix_time_of_2000_us = 946'684'800'000'000;

// Rows that wait for one query; a frame has a few thousand at most.
constexpr std::size_t max_held_rows = 500;

std::unique_ptr<decode::Decoder> make_decoder(const std::string& plugin, decode::CatalogColumns catalog,
                                              const decode::StreamedTransactions::Limits& limits) {
    if (plugin == postgres::wal2json_name)
        return std::make_unique<decode::Wal2jsonDecoder>(std::move(catalog));
    if (plugin == postgres::pgoutput_name)
        return std::make_unique<decode::PgoutputDecoder>(limits);
    return std::make_unique<decode::FrameDecoder>(limits);
}

// The memory budget was closed: delivery is being given up, and nothing more is handed over.
struct Abandoned {};

route::Lanes lanes_of(const event::RowChange& change, format::KeyScope scope) {
    switch (scope) {
        case format::KeyScope::old_key:
            return route::row_lanes(change, route::RowScope::old_row);
        case format::KeyScope::old_and_new_key:
            return route::row_lanes(change, route::RowScope::both);
        default:
            return route::row_lanes(change, route::RowScope::new_row);
    }
}
route::Lanes lanes_of(const event::Truncate& truncate, format::KeyScope) {
    return route::truncate_lanes(truncate);
}
route::Lanes lanes_of(const event::LogicalMessage& message, format::KeyScope) {
    return route::message_lanes(message);
}

// What every payload of a change says, whatever its form.
std::int64_t unix_time_us(const event::Transaction& transaction) {
    return transaction.commit_time_us + unix_time_of_2000_us;
}
template <typename Change>
void describe(sink::Payload& payload, const Change& change) {
    payload.version = change.id.lsn.value;
    payload.transaction = change.transaction->commit_lsn.value;
    payload.commit_time_us = unix_time_us(*change.transaction);
}
// One outside transactions is one of its own. Its LSN is the end of its record, where the commit of a transaction may
// begin that is told after it; a byte earlier no record begins.
void describe(sink::Payload& payload, const event::LogicalMessage& message) {
    payload.version = message.lsn.value;
    payload.transaction =
        message.transaction != nullptr ? message.transaction->commit_lsn.value : message.lsn.value - 1;
    payload.commit_time_us = message.transaction != nullptr ? unix_time_us(*message.transaction) : 0;
}

event::Value text_value(std::string_view text) {
    event::Value value;
    value.kind = event::Value::Kind::text;
    value.view = text;
    return value;
}

bool needs_lanes(sink::Sink::Order order, const format::Payload& formatted) {
    const bool is_of_one_key =
        formatted.scope == format::KeyScope::new_key || formatted.scope == format::KeyScope::old_key;
    return order == sink::Sink::Order::lane ||
           (order == sink::Sink::Order::key && (formatted.key.empty() || !is_of_one_key));
}

template <typename Change>
const event::Relation* relation_of(const Change& change) {
    return change.relation;
}
const event::Relation* relation_of(const event::LogicalMessage&) {
    return nullptr;
}

}  // namespace

// Where a format puts the payloads of one change for one outlet.
template <typename Change>
class Pipeline::Outflow final : public format::PayloadWriter {
public:
    Outflow(Pipeline& pipeline, std::size_t outlet, const Change& change)
        : pipeline_(pipeline), outlet_(outlet), change_(change) {}
    void add(const format::Payload& payload) override { pipeline_.append(outlet_, change_, payload); }

private:
    Pipeline& pipeline_;
    const std::size_t outlet_;
    const Change& change_;
};

Pipeline::Pipeline(FrameQueue& queue, AcknowledgedLsn& ledger, BlockPool& blocks, std::vector<Outlet> outlets,
                   std::function<void()> on_confirmed, FailureHandler on_failure, RelationWatch watch,
                   HeldRows::Read read_rows)
    : queue_(queue),
      ledger_(ledger),
      blocks_(blocks),
      outlets_(std::move(outlets)),
      on_confirmed_(std::move(on_confirmed)),
      on_failure_(std::move(on_failure)),
      watch_(std::move(watch)),
      batches_(outlets_.size()),
      read_rows_(std::move(read_rows)),
      is_reselecting_(read_rows_ != nullptr && std::ranges::any_of(outlets_, [](const Outlet& outlet) {
                          return outlet.toast.policy == UnchangedToast::reselect;
                      })) {}

std::string Pipeline::plugin_version() const {
    std::lock_guard lock(mutex_);
    return plugin_version_;
}

void Pipeline::run() {
    try {
        while (auto item = queue_.pop()) {
            take(*item);
            // Hand over what there is before waiting: a lone row is on its way at once.
            if (queue_.is_empty())
                flush();
        }
        flush();
        for (Batch& batch : batches_)
            batch.block.reset();
        is_complete_.store(true);
    } catch (const Abandoned&) {
    } catch (const ReadingAbandoned&) {
    } catch (const postgres::PostgresError& error) {
        on_failure_({Failure::Kind::running, error.what(), error.hint()});
    } catch (const decode::DecodeError& error) {
        on_failure_({error.kind() == decode::DecodeError::Kind::unsupported_version ? Failure::Kind::preflight
                                                                                    : Failure::Kind::running,
                     error.what(), error.hint()});
    } catch (const DeliveryStop& stop) {
        on_failure_({Failure::Kind::running, stop.what(), stop.hint()});
    } catch (const std::exception& error) {
        on_failure_({Failure::Kind::running, error.what(), ""});
    }
}

void Pipeline::take(ReceivedItem& item) {
    if (const auto* start = std::get_if<SessionStart>(&item)) {
        take_session_start(*start);
    } else if (is_waiting_for_session_) {
        // Nothing counts, positions least of all: what they confirm was not decoded.
    } else if (const auto* frame = std::get_if<postgres::Frame>(&item)) {
        take_frame(*frame);
        release_held();
    } else if (ledger_.advance(std::get<WalEnd>(item).wal_end)) {
        on_confirmed_();
    }
}

void Pipeline::take_session_start(const SessionStart& start) {
    is_waiting_for_session_ = false;
    if (decoder_ == nullptr || plugin_ != start.plugin) {
        plugin_ = start.plugin;
        const bool tells_unchanged = std::ranges::any_of(
            outlets_, [](const Outlet& outlet) { return outlet.toast.policy != UnchangedToast::omit; });
        decoder_ =
            make_decoder(start.plugin, tells_unchanged ? other_plugins_.catalog : nullptr, other_plugins_.streamed);
        table_filter_.reset();
        if (start.plugin != postgres::plugin_name)
            table_filter_ = std::make_unique<TableFilter>(other_plugins_.tables, other_plugins_.exclude_tables,
                                                          static_cast<event::EventHandler&>(*this));
    }
    decoder_->reset();
    if (table_filter_ != nullptr) {
        table_filter_->reset();
        log::info("session started", {{"plugin", start.plugin}});
        std::lock_guard lock(mutex_);
        plugin_version_ = start.plugin;
    }
}

// Transactions in progress that need more than they may have are asked for again when they are no longer in progress.
void Pipeline::take_frame(const postgres::Frame& frame) {
    event::EventHandler& handler = table_filter_ != nullptr ? static_cast<event::EventHandler&>(*table_filter_) : *this;
    try {
        decoder_->decode(frame.bytes(), frame.wal_start(), handler);
    } catch (const decode::DecodeError& error) {
        if (error.kind() != decode::DecodeError::Kind::over_budget)
            throw;
        log::warning("transactions in progress are not asked for any more", {{"reason", error.what()}});
        is_waiting_for_session_ = true;
        other_plugins_.refuse_streaming();
    }
}

// The ledger knows of a payload before a sink can report it.
void Pipeline::flush() {
    settle_pending();
    for (std::size_t i = 0; i < outlets_.size(); ++i) {
        std::vector<sink::Payload>& payloads = batches_[i].payloads;
        if (payloads.empty())
            continue;
        outlets_[i].port->pushed(payloads.size());
        const std::size_t usual_count = payloads.size();
        outlets_[i].sink->push(std::exchange(payloads, {}));
        payloads.reserve(usual_count);
    }
}

// The outlet's block, with room for a payload with so much text. When there is no memory for another block, everything
// that this thread holds is handed over and let go before it waits: sinks can give back only what they have.
PayloadBlock& Pipeline::make_room(std::size_t outlet, std::uint64_t text_bytes) {
    Batch& batch = batches_[outlet];
    const std::uint64_t bytes = text_bytes + outlets_[outlet].sink->payload_overhead_bytes();
    if (batch.block == nullptr || !batch.block->has_room(bytes)) {
        flush();
        batch.block.reset();
        const std::uint64_t block_bytes = std::max(bytes, PayloadBlock::usual_bytes);
        batch.block = blocks_.try_make(block_bytes);
        if (batch.block == nullptr) {
            for (Batch& other : batches_)
                other.block.reset();
            batch.block = blocks_.make(block_bytes);
        }
        if (batch.block == nullptr)
            throw Abandoned{};
        batch.table = nullptr;
    }
    batch.block->take_room(bytes);
    return *batch.block;
}

void Pipeline::settle_pending() {
    if (pending_count_ > 0)
        ledger_.add(*ticket_, std::exchange(pending_count_, 0));
}

void Pipeline::session(const event::Session& session) {
    log::info("session started", {{"plugin_version", session.plugin_version},
                                  {"server_version_num", session.server_version_num},
                                  {"server_encoding", session.server_encoding}});
    counters_.server_version_num.store(session.server_version_num);
    std::lock_guard lock(mutex_);
    plugin_version_ = session.plugin_version;
}

// A row's lane is made from its table's name and key. When DDL changes these, payloads of the same row in the old lane
// may still be under way: the next payload waits for everything before it, so that order is kept across the change.
void Pipeline::relation(const event::Relation& relation) {
    release_held();
    described_ = nullptr;
    if (watch_)
        unwatched_.insert(relation.id);
    for (const Outlet& outlet : outlets_)
        outlet.format->relation(relation);
    std::string origin = relation.schema + '\0' + relation.table + '\0' + static_cast<char>(relation.identity);
    for (const std::uint32_t position : relation.key)
        origin += '\0' + relation.columns[position].name + '\0' + relation.columns[position].type;
    auto known = lane_origins_.find(relation.oid);
    if (known == lane_origins_.end()) {
        if (lane_origins_.size() >= max_lane_origins) {
            lane_origins_.clear();
            has_forgotten_origins_ = true;
        }
        lane_origins_.emplace(relation.oid, std::move(origin));
        if (!has_forgotten_origins_)
            return;
    } else if (known->second == origin) {
        return;
    } else {
        known->second = std::move(origin);
    }
    for (Batch& batch : batches_)
        batch.is_barrier_due = true;
}

void Pipeline::begin(const event::Transaction& transaction) {
    if (resume_.begin(transaction.commit_lsn) == ResumePoint::Begin::fresh)
        ticket_ = ledger_.open(unix_time_us(transaction));
}

// What is skipped by position was described in its time: an old shape that comes again after a reconnect is no news.
void Pipeline::show(const event::Relation& relation) {
    if (unwatched_.erase(relation.id) == 0)
        return;
    release_held();
    flush();
    watch_(relation);
}

void Pipeline::row(const event::RowChange& change) {
    if (!resume_.take_change())
        return;
    if (!unwatched_.empty())
        show(*change.relation);
    // Nothing overtakes a row that waits.
    if (!held_.is_empty() || (is_reselecting_ && has_gaps(change)))
        hold(change);
    else
        deliver(change, nullptr);
}

void Pipeline::hold(const event::RowChange& change) {
    held_.hold(change);
    if (held_.size() >= max_held_rows)
        release_held();
}

void Pipeline::release_held() {
    if (held_.is_empty())
        return;
    held_.fill(read_rows_);
    for (const HeldRow& row : held_.rows())
        deliver(row.change, &row);
    held_.clear();
}

void Pipeline::deliver(const event::RowChange& change, const HeldRow* held) {
    counters_.changes.fetch_add(1, std::memory_order_relaxed);
    const bool is_incomplete = has_gaps(change);
    for (std::size_t i = 0; i < outlets_.size(); ++i) {
        const event::RowChange told = is_incomplete ? filled(i, change, held) : change;
        Outflow<event::RowChange> out(*this, i, told);
        outlets_[i].format->row(told, out);
    }
}

// The change as this outlet is told it. Its new row is valid until the next call.
event::RowChange Pipeline::filled(std::size_t outlet, const event::RowChange& change, const HeldRow* held) {
    const ToastSettings& toast = outlets_[outlet].toast;
    ToastCounts counts;
    new_row_.assign(change.new_row.begin(), change.new_row.end());
    for (std::uint32_t i = 0; i < new_row_.size(); ++i) {
        if (!is_gap(change, i))
            continue;
        const bool is_found = toast.policy == UnchangedToast::reselect && held != nullptr && !held->found.empty() &&
                              held->found[i].kind != event::Value::Kind::unchanged_toast;
        if (is_found) {
            new_row_[i] = held->found[i];
            ++(held->is_gone ? counts.gone : counts.reselected);
        } else if (toast.policy != UnchangedToast::omit) {
            new_row_[i] = text_value(toast.placeholder);
            ++counts.placeholders;
        } else {
            ++counts.omitted;
        }
    }
    outlets_[outlet].port->filled({change.relation->schema, change.relation->table}, counts);
    event::RowChange told = change;
    told.new_row = new_row_;
    return told;
}

void Pipeline::truncate(const event::Truncate& truncate) {
    release_held();
    if (!resume_.take_change())
        return;
    dispatch(truncate,
             [&](format::EventFormat& format, format::PayloadWriter& out) { format.truncate(truncate, out); });
}

void Pipeline::message(const event::LogicalMessage& message) {
    release_held();
    const bool is_alone = message.transaction == nullptr;
    if (is_alone ? !resume_.take_message(message.lsn) : !resume_.take_change())
        return;
    if (is_alone)
        ticket_ = ledger_.open();
    if (message.prefix == reserved_message_prefix)
        counters_.own_message_lsn.store(std::max(counters_.own_message_lsn.load(), message.lsn.value));
    else
        dispatch(message,
                 [&](format::EventFormat& format, format::PayloadWriter& out) { format.message(message, out); });
    if (is_alone) {
        settle_pending();
        ledger_.seal(*ticket_, message.lsn);
        ticket_.reset();
    }
}

void Pipeline::commit(const event::Transaction& transaction) {
    release_held();
    if (!resume_.commit(transaction.commit_lsn))
        return;
    settle_pending();
    if (ledger_.seal(*ticket_, transaction.end_lsn))
        on_confirmed_();
    ticket_.reset();
    counters_.transactions.fetch_add(1, std::memory_order_relaxed);
}

template <typename Change, typename Write>
void Pipeline::dispatch(const Change& change, Write write) {
    counters_.changes.fetch_add(1, std::memory_order_relaxed);
    for (std::size_t i = 0; i < outlets_.size(); ++i) {
        Outflow<Change> out(*this, i, change);
        write(*outlets_[i].format, out);
    }
}

template <typename Change>
void Pipeline::append(std::size_t outlet, const Change& change, const format::Payload& formatted) {
    Batch& batch = batches_[outlet];
    PayloadBlock& block = make_room(outlet, formatted.body.size() + formatted.event_id.size() + formatted.key.size());
    sink::Payload& payload = batch.payloads.emplace_back();
    payload.body = block.keep(formatted.body);
    payload.event_id = block.keep(formatted.event_id);
    payload.key = block.keep(formatted.key);
    payload.operation = formatted.operation;
    describe(payload, change);
    if (const event::Relation* relation = relation_of(change))
        payload.table = table_of(batch, *relation);
    if (needs_lanes(outlets_[outlet].sink->order(), formatted)) {
        const route::Lanes lanes = lanes_of(change, formatted.scope);
        payload.lanes = lanes.hashes;
        payload.lane_count = lanes.count;
        payload.is_barrier = lanes.is_barrier;
    }
    payload.is_barrier = std::exchange(batch.is_barrier_due, false) || payload.is_barrier;
    payload.ticket = *ticket_;
    payload.memory = batch.block;
    ++pending_count_;
}

const sink::Table* Pipeline::table_of(Batch& batch, const event::Relation& relation) {
    if (described_ != &relation) {
        described_ = &relation;
        for (Batch& other : batches_)
            other.table = nullptr;
    }
    if (batch.table == nullptr)
        batch.table = batch.block->keep({relation.schema, relation.table});
    return batch.table;
}

}  // namespace glassflow::delivery
