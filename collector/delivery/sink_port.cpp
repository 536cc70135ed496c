#include "delivery/sink_port.h"

#include <chrono>
#include <exception>
#include <utility>

#include "log/log.h"

namespace glassflow::delivery {

namespace {
constexpr auto retry_message = "delivery failed, trying again";
}

SinkPort::SinkPort(const sink::Sink& sink, AcknowledgedLsn& ledger, DeadLetterStore& dead_letters,
                   std::function<void()> on_confirmed, FailureHandler on_failure)
    : name_(sink.name()),
      type_(sink.type()),
      ledger_(ledger),
      dead_letters_(dead_letters),
      on_confirmed_(std::move(on_confirmed)),
      on_failure_(std::move(on_failure)) {}

void SinkPort::delivered(std::span<const sink::Payload> payloads) {
    count(payloads);
    if (is_retrying_.exchange(false)) {
        const auto suppressed = retry_log_.forget(retry_message);
        log::info("delivering again", {{"sink", name_}, {"suppressed_lines", suppressed}});
        set_last_error("");
    }
    settle(payloads);
}

void SinkPort::refused(const sink::Payload& payload, std::string_view reason) {
    try {
        dead_letters_.write(payload, reason);
    } catch (const std::exception& error) {
        // Not in the store means not settled: its position stays unconfirmed, and it comes again after a restart.
        halted(std::string("a refused event could not be put into the dead letter store: ") + error.what());
        return;
    }
    refused_events_.fetch_add(1, std::memory_order_relaxed);
    tables_.refused(payload.table);
    log::warning("event refused, put into the dead letter store",
                 {{"sink", name_}, {"event_id", payload.event_id}, {"reason", reason}});
    settle({&payload, 1});
}

void SinkPort::retrying(std::string_view reason, std::chrono::milliseconds delay) {
    retries_.fetch_add(1, std::memory_order_relaxed);
    is_retrying_.store(true);
    set_last_error(reason);
    if (const auto suppressed = retry_log_.admit(retry_message))
        log::warning(
            retry_message,
            {{"sink", name_}, {"reason", reason}, {"delay_ms", delay.count()}, {"suppressed_lines", *suppressed}});
}

void SinkPort::halted(std::string_view reason) {
    is_halted_.store(true);
    set_last_error(reason);
    on_failure_({Failure::Kind::running, "sink \"" + name_ + "\" stopped: " + std::string(reason),
                 "Nothing is lost: what was not delivered is not confirmed, and comes again after a restart."});
}

SinkStatus SinkPort::status() const {
    SinkStatus status;
    status.name = name_;
    status.type = type_;
    status.delivered_events = delivered_events_.load(std::memory_order_relaxed);
    status.delivered_bytes = delivered_bytes_.load(std::memory_order_relaxed);
    status.retries = retries_.load(std::memory_order_relaxed);
    status.dead_letters = refused_events_.load(std::memory_order_relaxed);
    const std::uint64_t settled = status.delivered_events + status.dead_letters;
    const std::uint64_t pushed = pushed_events_.load(std::memory_order_relaxed);
    status.queued_events = pushed > settled ? pushed - settled : 0;
    status.is_halted = is_halted_.load();
    status.tables = tables_.status();
    status.latency = latency_.status();
    std::lock_guard lock(mutex_);
    status.last_error = last_error_;
    return status;
}

// Payloads of a table and of a transaction come in runs.
void SinkPort::count(std::span<const sink::Payload> payloads) {
    using std::chrono::duration_cast;
    const std::int64_t now_us =
        duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    std::uint64_t all_bytes = 0;
    for (std::size_t first = 0; first < payloads.size();) {
        const sink::Payload& head = payloads[first];
        std::uint64_t bytes = 0;
        std::size_t next = first;
        for (; next < payloads.size() && payloads[next].table == head.table &&
               payloads[next].commit_time_us == head.commit_time_us;
             ++next)
            bytes += payloads[next].body.size();
        tables_.delivered(head.table, next - first, bytes);
        if (head.commit_time_us != 0)
            latency_.add(head.commit_time_us, now_us, next - first);
        all_bytes += bytes;
        first = next;
    }
    delivered_events_.fetch_add(payloads.size(), std::memory_order_relaxed);
    delivered_bytes_.fetch_add(all_bytes, std::memory_order_relaxed);
}

// Payloads of a transaction come in runs, so the ledger is asked once per run.
void SinkPort::settle(std::span<const sink::Payload> payloads) {
    bool has_moved = false;
    for (std::size_t first = 0; first < payloads.size();) {
        const Ticket ticket = payloads[first].ticket;
        std::size_t next = first;
        while (next < payloads.size() && payloads[next].ticket == ticket)
            ++next;
        has_moved |= ledger_.deliver(ticket, next - first);
        first = next;
    }
    if (has_moved)
        on_confirmed_();
}

void SinkPort::set_last_error(std::string_view error) {
    std::lock_guard lock(mutex_);
    last_error_ = error;
}

}  // namespace glassflow::delivery
