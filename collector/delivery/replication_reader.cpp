#include "delivery/replication_reader.h"

#include <poll.h>

#include <algorithm>
#include <random>

#include "log/log.h"
#include "postgres/connection.h"
#include "postgres/preflight.h"
#include "postgres/replication_slot.h"

namespace glassflow::delivery {

using namespace std::chrono_literals;
using postgres::PostgresError;

namespace {
constexpr auto least_status_interval = 20ms;  // however often the confirmed LSN moves
constexpr auto hurried_interval = 50ms;
constexpr auto farewell_timeout = 2s;
constexpr int messages_per_turn = 64;  // between two looks at the clock

double random_fraction() {
    thread_local std::mt19937_64 engine{std::random_device{}()};
    return std::uniform_real_distribution<double>(0, 1)(engine);
}
}  // namespace

ReplicationReader::ReplicationReader(const postgres::SourceSettings& settings, FrameQueue& queue,
                                     AcknowledgedLsn& ledger, FailureHandler on_failure)
    : settings_(settings),
      queue_(queue),
      ledger_(ledger),
      on_failure_(std::move(on_failure)),
      reconnect_(settings.reconnect_initial, settings.reconnect_max) {}

void ReplicationReader::start() {
    thread_ = std::thread(&ReplicationReader::run, this);
}

void ReplicationReader::finish() {
    is_finishing_.store(true);
    wake();
    if (thread_.joinable())
        thread_.join();
}

void ReplicationReader::run() {
    while (!is_finishing_.load()) {
        try {
            check_position();
            auto stream = postgres::ReplicationStream::start(settings_);
            check_system(stream.system());
            if (reconnect_.attempts() > 0) {
                const auto down_ms =
                    std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - disconnected_at_);
                log::info("streaming again", {{"slot", settings_.slot}, {"down_ms", down_ms.count()}});
                counters_.reconnects.fetch_add(1);
            }
            reconnect_.succeeded();
            queue_.push(SessionStart{});
            counters_.is_streaming.store(true);
            converse(stream);
            counters_.is_streaming.store(false);
            if (is_finishing_.load())
                return;
            throw PostgresError("the server ended the stream (it is shutting down)", "57P01", "", true);
        } catch (const PostgresError& error) {
            counters_.is_streaming.store(false);
            // Who was let in before is let in again: a full server, a password that is being changed, pg_hba.conf in
            // the middle of an edit. Waiting loses nothing, and the log says why at each try.
            const bool may_pass = system_ && error.sqlstate() == postgres::connection_refused;
            if (!error.is_retryable() && !may_pass) {
                on_failure_({system_ ? Failure::Kind::running : Failure::Kind::preflight, error.what(),
                             postgres::remedy_for(error, settings_)});
                return;
            }
            if (reconnect_.attempts() == 0)
                disconnected_at_ = Clock::now();
            const auto delay = reconnect_.next_delay(random_fraction());
            log::warning("not connected to the source, trying again",
                         {{"reason", error.what()}, {"delay_ms", delay.count()}, {"attempt", reconnect_.attempts()}});
            if (!wait_to_reconnect(delay))
                return;
        } catch (const std::exception& error) {
            counters_.is_streaming.store(false);
            on_failure_({Failure::Kind::running, std::string("could not read from the source: ") + error.what(), ""});
            return;
        }
    }
}

// The slot must stand where we left it. One that is ahead of everything we confirmed was moved by somebody else, or is
// a new slot of the same name: what lies between would be lost without a word.
void ReplicationReader::check_position() {
    auto connection = postgres::Connection::open(settings_, postgres::Connection::Kind::sql);
    const auto slot = postgres::find_slot(connection, settings_.slot);
    if (!slot)
        throw PostgresError("slot \"" + settings_.slot + "\" does not exist", "42704", "", false);
    if (!system_) {
        ledger_.advance(slot->confirmed_flush_lsn);
        reported_ = ledger_.confirmed();
        counters_.confirmed_lsn.store(reported_.value);
        return;
    }
    if (slot->confirmed_flush_lsn > ledger_.confirmed())
        throw PostgresError("slot \"" + settings_.slot + "\" stands at " + to_string(slot->confirmed_flush_lsn) +
                                ", but this collector has delivered only up to " + to_string(ledger_.confirmed()) +
                                ": it was moved or made again by somebody else",
                            "", "Find out what used the slot; a restart of the collector accepts the gap and goes on.",
                            false);
}

// LSNs of another system or timeline cannot be compared with ours, and comparing them is how delivery knows what it has
// delivered already. A restart begins with an empty memory and is safe.
void ReplicationReader::check_system(const postgres::SystemIdentity& system) {
    if (!system_) {
        system_ = system;
        return;
    }
    if (*system_ != system)
        throw PostgresError("the server behind " + postgres::describe(settings_) + " is another one now (system " +
                                system.system_identifier + " timeline " + system.timeline + ", was system " +
                                system_->system_identifier + " timeline " + system_->timeline + ")",
                            "", "If this is a failover to a server that has the slot, restart the collector.", false);
}

void ReplicationReader::converse(postgres::ReplicationStream& stream) {
    has_ended_ = false;
    is_reply_due_ = true;  // says hello, and where we are
    while (!has_ended_) {
        wakeup_.reset();
        const bool wants_input = is_reading_.load() && receive(stream);
        if (has_ended_)
            return;
        if (is_finishing_.load()) {
            report(stream);
            stream.finish(farewell_timeout);
            return;
        }
        if (is_status_due(Clock::now()))
            report(stream);
        const auto timeout = std::chrono::ceil<std::chrono::milliseconds>(time_to_status(Clock::now()));
        stream.wait(std::max(timeout, 0ms), wakeup_.fd(), wants_input);
    }
}

// Takes what has arrived into the queue, until there is nothing more (true: wait for input) or the queue is full
// (false). It must not stop before: what libpq has in its buffer already makes no socket readable.
bool ReplicationReader::receive(postgres::ReplicationStream& stream) {
    for (int count = 0; queue_.has_room() && is_reading_.load(); ++count) {
        if (count % messages_per_turn == messages_per_turn - 1 && is_status_due(Clock::now()))
            report(stream);
        auto message = stream.next();
        if (std::holds_alternative<postgres::Nothing>(message))
            return true;
        if (std::holds_alternative<postgres::EndOfStream>(message)) {
            has_ended_ = true;
            return false;
        }
        if (auto* keepalive = std::get_if<postgres::Keepalive>(&message)) {
            counters_.server_lsn.store(std::max(counters_.server_lsn.load(), keepalive->wal_end.value));
            is_reply_due_ |= keepalive->is_reply_requested;
            queue_.push(WalEnd{keepalive->wal_end});
        } else {
            auto& frame = std::get<postgres::Frame>(message);
            counters_.received_frames.fetch_add(1, std::memory_order_relaxed);
            counters_.received_bytes.fetch_add(frame.bytes().size(), std::memory_order_relaxed);
            queue_.push(std::move(frame));
        }
    }
    return false;
}

ReplicationReader::Clock::duration ReplicationReader::time_to_status(Clock::time_point now) const {
    if (is_reply_due_)
        return Clock::duration::zero();
    Clock::duration interval = settings_.status_interval;
    if (ledger_.confirmed() > reported_)
        interval = std::min<Clock::duration>(interval, least_status_interval);
    if (is_hurried_.load())
        interval = std::min<Clock::duration>(interval, hurried_interval);
    return std::max(reported_at_ + interval - now, Clock::duration::zero());
}

bool ReplicationReader::is_status_due(Clock::time_point now) const {
    return time_to_status(now) == Clock::duration::zero();
}

void ReplicationReader::report(postgres::ReplicationStream& stream) {
    const event::Lsn confirmed = ledger_.confirmed();
    stream.send_status(confirmed, is_hurried_.load());
    reported_ = confirmed;
    reported_at_ = Clock::now();
    is_reply_due_ = false;
    counters_.confirmed_lsn.store(confirmed.value);
}

// False when there is nothing left to connect for.
bool ReplicationReader::wait_to_reconnect(std::chrono::milliseconds delay) {
    const auto until = Clock::now() + delay;
    while (is_reading_.load() && !is_finishing_.load()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
        if (left <= 0ms)
            return true;
        pollfd polled{wakeup_.fd(), POLLIN, 0};
        poll(&polled, 1, static_cast<int>(left.count()));
        wakeup_.reset();
    }
    return false;
}

}  // namespace glassflow::delivery
