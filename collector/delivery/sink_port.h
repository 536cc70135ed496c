// Where a sink reports: turns its outcomes into ledger entries, dead letters, counters and log lines. One
// per sink.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "delivery/acknowledged_lsn.h"
#include "delivery/dead_letter.h"
#include "delivery/failure.h"
#include "delivery/latency_histogram.h"
#include "delivery/status.h"
#include "delivery/table_counters.h"
#include "log/repeat_limit.h"
#include "sink/sink.h"

namespace glassflow::delivery {

class SinkPort : public sink::DeliveryListener {
public:
    // Everything is borrowed. on_confirmed is called when the ledger's confirmed LSN moved.
    SinkPort(const sink::Sink& sink, AcknowledgedLsn& ledger, DeadLetterStore& dead_letters,
             std::function<void()> on_confirmed, FailureHandler on_failure);

    void delivered(std::span<const sink::Payload> payloads) override;
    void refused(const sink::Payload& payload, std::string_view reason) override;
    void retrying(std::string_view reason, std::chrono::milliseconds delay) override;
    void halted(std::string_view reason) override;

    // count payloads were handed to the sink.
    void pushed(std::uint64_t count) { pushed_events_.fetch_add(count, std::memory_order_relaxed); }
    // An update of the table was told with gaps, filled or not.
    void filled(const sink::Table& table, const ToastCounts& counts) { tables_.filled(table, counts); }
    SinkStatus status() const;

private:
    void settle(std::span<const sink::Payload> payloads);
    void count(std::span<const sink::Payload> payloads);
    void set_last_error(std::string_view error);

    const std::string name_;
    const std::string type_;
    AcknowledgedLsn& ledger_;
    DeadLetterStore& dead_letters_;
    const std::function<void()> on_confirmed_;
    const FailureHandler on_failure_;

    TableCounters tables_;
    LatencyHistogram latency_;
    std::atomic<std::uint64_t> pushed_events_{0};
    std::atomic<std::uint64_t> delivered_events_{0};
    std::atomic<std::uint64_t> delivered_bytes_{0};
    std::atomic<std::uint64_t> retries_{0};
    std::atomic<std::uint64_t> refused_events_{0};
    std::atomic<bool> is_halted_{false};
    std::atomic<bool> is_retrying_{false};
    mutable std::mutex mutex_;  // of last_error_
    std::string last_error_;
    log::RepeatLimit retry_log_;
};

}  // namespace glassflow::delivery
