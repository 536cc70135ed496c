#include "delivery/pipeline.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "decode/decode_error.h"
#include "log/log.h"
#include "route/lanes.h"

namespace glassflow::delivery {

namespace {

constexpr std::uint64_t batch_bytes = 128 << 10;       // handed over to a sink at once
constexpr std::uint64_t payload_overhead_bytes = 192;  // what a payload costs beside its text

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

}  // namespace

Pipeline::Pipeline(FrameQueue& queue, AcknowledgedLsn& ledger, ByteBudget& budget, std::vector<Outlet> outlets,
                   std::function<void()> on_confirmed, FailureHandler on_failure)
    : queue_(queue),
      ledger_(ledger),
      budget_(budget),
      outlets_(std::move(outlets)),
      on_confirmed_(std::move(on_confirmed)),
      on_failure_(std::move(on_failure)),
      batches_(outlets_.size()) {}

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
        is_complete_.store(true);
    } catch (const Abandoned&) {
    } catch (const decode::DecodeError& error) {
        on_failure_({error.kind() == decode::DecodeError::Kind::unsupported_version ? Failure::Kind::preflight
                                                                                    : Failure::Kind::running,
                     error.what(), error.hint()});
    } catch (const std::exception& error) {
        on_failure_({Failure::Kind::running, error.what(), ""});
    }
}

void Pipeline::take(ReceivedItem& item) {
    if (std::holds_alternative<SessionStart>(item)) {
        decoder_.reset();
    } else if (const auto* frame = std::get_if<postgres::Frame>(&item)) {
        decoder_.decode(frame->bytes(), *this);
    } else if (ledger_.advance(std::get<WalEnd>(item).wal_end)) {
        on_confirmed_();
    }
}

// Memory is accounted for before it is handed over; the ledger knows of a payload before a sink can report it.
void Pipeline::flush() {
    settle_pending();
    for (std::size_t i = 0; i < outlets_.size(); ++i) {
        if (batches_[i].payloads.empty())
            continue;
        Batch batch = std::exchange(batches_[i], {});
        if (!budget_.acquire(batch.bytes))
            throw Abandoned{};
        outlets_[i].port->pushed(batch.payloads.size());
        outlets_[i].sink->push(std::move(batch.payloads));
    }
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
    std::string origin = relation.schema + '\0' + relation.table + '\0' + static_cast<char>(relation.identity);
    for (const std::uint32_t position : relation.key)
        origin += '\0' + relation.columns[position].name + '\0' + relation.columns[position].type;
    auto [known, is_new] = lane_origins_.try_emplace(relation.oid, origin);
    if (is_new || known->second == origin)
        return;
    known->second = std::move(origin);
    for (Batch& batch : batches_)
        batch.is_barrier_due = true;
}

void Pipeline::begin(const event::Transaction& transaction) {
    if (resume_.begin(transaction.commit_lsn) == ResumePoint::Begin::fresh)
        ticket_ = ledger_.open();
}

void Pipeline::row(const event::RowChange& change) {
    if (!resume_.take_change())
        return;
    dispatch(change, [&](format::EventFormat& format) { format.row(change, formatted_); });
}

void Pipeline::truncate(const event::Truncate& truncate) {
    if (!resume_.take_change())
        return;
    dispatch(truncate, [&](format::EventFormat& format) { format.truncate(truncate, formatted_); });
}

void Pipeline::message(const event::LogicalMessage& message) {
    const bool is_alone = message.transaction == nullptr;
    if (is_alone ? !resume_.take_message(message.lsn) : !resume_.take_change())
        return;
    if (is_alone)
        ticket_ = ledger_.open();
    if (message.prefix == reserved_message_prefix)
        counters_.own_message_lsn.store(std::max(counters_.own_message_lsn.load(), message.lsn.value));
    else
        dispatch(message, [&](format::EventFormat& format) { format.message(message, formatted_); });
    if (is_alone) {
        settle_pending();
        ledger_.seal(*ticket_, message.lsn);
        ticket_.reset();
    }
}

void Pipeline::commit(const event::Transaction& transaction) {
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
        formatted_.clear();
        write(*outlets_[i].format);
        for (auto& payload : formatted_)
            append(i, change, std::move(payload));
    }
    for (const Batch& batch : batches_) {
        if (batch.bytes >= batch_bytes) {
            flush();
            return;
        }
    }
}

template <typename Change>
void Pipeline::append(std::size_t outlet, const Change& change, format::Payload&& formatted) {
    Batch& batch = batches_[outlet];
    const std::uint64_t bytes = formatted.body.size() + payload_overhead_bytes;
    const route::Lanes lanes = lanes_of(change, formatted.scope);
    sink::Payload payload;
    payload.body = std::move(formatted.body);
    payload.event_id = std::move(formatted.event_id);
    payload.lanes = lanes.hashes;
    payload.lane_count = lanes.count;
    payload.is_barrier = std::exchange(batch.is_barrier_due, false) || lanes.is_barrier;
    payload.ticket = *ticket_;
    payload.budget_bytes = bytes;
    batch.payloads.push_back(std::move(payload));
    batch.bytes += bytes;
    ++pending_count_;
}

}  // namespace glassflow::delivery
