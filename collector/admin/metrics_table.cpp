// Values are doubles because Prometheus' are: a count or LSN beyond 2^53 is rounded there, /status has all its digits.
#include "admin/metrics_table.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <utility>
#include <vector>

namespace glassflow::admin {
namespace {

using delivery::SinkStatus;
using delivery::Status;
using delivery::TableStatus;
using Type = Metric::Type;

double number(std::uint64_t count) {
    return static_cast<double>(count);
}

double finite_or_infinity(const std::optional<std::int64_t>& value) {
    return value ? static_cast<double>(*value) : std::numeric_limits<double>::infinity();
}

constexpr Metric metrics[] = {
    {.name = "glassflow_collector_streaming",
     .type = Type::gauge,
     .help = "1 while connected to the source and receiving, 0 otherwise.",
     .value = [](const Status& s) { return s.is_streaming ? 1.0 : 0.0; }},
    {.name = "glassflow_collector_standby",
     .type = Type::gauge,
     .help = "1 while another collector has the slot and this one waits for it, 0 otherwise.",
     .value = [](const Status& s) { return s.is_standby ? 1.0 : 0.0; }},
    {.name = "glassflow_collector_start_time_seconds",
     .type = Type::gauge,
     .help = "When the collector was started, in seconds since 1970.",
     .value = [](const Status& s) { return static_cast<double>(s.started_unix_s); }},
    {.name = "glassflow_collector_received_frames_total",
     .type = Type::counter,
     .help = "Frames received from the plugin.",
     .value = [](const Status& s) { return number(s.received_frames); }},
    {.name = "glassflow_collector_received_bytes_total",
     .type = Type::counter,
     .help = "Bytes of the frames received.",
     .value = [](const Status& s) { return number(s.received_bytes); }},
    {.name = "glassflow_collector_received_changes_total",
     .type = Type::counter,
     .help = "Row changes, truncations and messages received, including those received again.",
     .value = [](const Status& s) { return number(s.received_changes); }},
    {.name = "glassflow_collector_received_transactions_total",
     .type = Type::counter,
     .help = "Transactions received whole.",
     .value = [](const Status& s) { return number(s.received_transactions); }},
    {.name = "glassflow_collector_reconnects_total",
     .type = Type::counter,
     .help = "Times the stream was begun again after the connection was lost.",
     .value = [](const Status& s) { return number(s.reconnects); }},
    {.name = "glassflow_collector_queue_bytes",
     .type = Type::gauge,
     .help = "Bytes that all queues hold now.",
     .value = [](const Status& s) { return number(s.queue_bytes); }},
    {.name = "glassflow_collector_memory_limit_bytes",
     .type = Type::gauge,
     .help = "Bytes that all queues may hold; when they are full, reading from the server pauses.",
     .value = [](const Status& s) { return number(s.memory_limit_bytes); }},
    {.name = "glassflow_collector_server_lsn_bytes",
     .type = Type::gauge,
     .help = "End of the server's write-ahead log as it last told, as a position in bytes.",
     .value = [](const Status& s) { return number(s.server_lsn); }},
    {.name = "glassflow_collector_confirmed_lsn_bytes",
     .type = Type::gauge,
     .help = "Position up to which every sink has everything, confirmed to the server.",
     .value = [](const Status& s) { return number(s.confirmed_lsn); }},
    {.name = "glassflow_collector_lag_bytes",
     .type = Type::gauge,
     .help = "Write-ahead log between the two positions: what the server keeps for this slot.",
     .value = [](const Status& s) { return number(s.lag_bytes); }},
    {.name = "glassflow_collector_lag_seconds",
     .type = Type::gauge,
     .help = "Time since the commit of the oldest transaction in hand that not every sink has; 0 when there is none.",
     .value = [](const Status& s) { return static_cast<double>(s.lag_us) / 1e6; }},
    {.name = "glassflow_collector_slot_lost",
     .type = Type::gauge,
     .help = "1 when the slot is gone or the server has given it up, 0 otherwise.",
     .value = [](const Status& s) { return s.slot_care.is_lost ? 1.0 : 0.0; }},
    {.name = "glassflow_collector_slot_retained_bytes",
     .type = Type::gauge,
     .help = "Write-ahead log that the server keeps because of the slot.",
     .value = [](const Status& s) { return number(s.slot_care.retained_wal_bytes); }},
    {.name = "glassflow_collector_slot_safe_bytes",
     .type = Type::gauge,
     .help =
         "Write-ahead log that can still be written before the slot may be lost; +Inf when the server has no limit.",
     .value = [](const Status& s) { return finite_or_infinity(s.slot_care.safe_wal_bytes); }},
    {.name = "glassflow_collector_slot_loss_seconds",
     .type = Type::gauge,
     .help = "Time until the slot may be lost at the current rate; +Inf when that is not in sight.",
     .value = [](const Status& s) { return finite_or_infinity(s.slot_care.seconds_to_loss); }},
    {.name = "glassflow_collector_heartbeat_stale",
     .type = Type::gauge,
     .help = "1 when a heartbeat did not come back in time, 0 otherwise.",
     .value = [](const Status& s) { return s.slot_care.is_stale ? 1.0 : 0.0; }},
    {.name = "glassflow_collector_checkpoint_failures_total",
     .type = Type::counter,
     .help = "Writes of the checkpoint that failed; nothing is confirmed to the server until one succeeds.",
     .value = [](const Status& s) { return number(s.checkpoint.failures); }},
    {.name = "glassflow_collector_gaps",
     .type = Type::gauge,
     .help = "Accepted gaps that the checkpoint knows of: ranges of changes that were never delivered.",
     .value = [](const Status& s) { return number(s.checkpoint.gaps); }},
    {.name = "glassflow_collector_delivered_events_total",
     .type = Type::counter,
     .help = "Events that the sink has accepted.",
     .sink_value = [](const SinkStatus& s) { return number(s.delivered_events); }},
    {.name = "glassflow_collector_delivered_bytes_total",
     .type = Type::counter,
     .help = "Bytes of the events that the sink has accepted.",
     .sink_value = [](const SinkStatus& s) { return number(s.delivered_bytes); }},
    {.name = "glassflow_collector_delivery_retries_total",
     .type = Type::counter,
     .help = "Deliveries that failed and were tried again.",
     .sink_value = [](const SinkStatus& s) { return number(s.retries); }},
    {.name = "glassflow_collector_dead_letters_total",
     .type = Type::counter,
     .help = "Events that the sink refused for good; they are in the dead letter store.",
     .sink_value = [](const SinkStatus& s) { return number(s.dead_letters); }},
    {.name = "glassflow_collector_queued_events",
     .type = Type::gauge,
     .help = "Events handed to the sink and not yet accepted.",
     .sink_value = [](const SinkStatus& s) { return number(s.queued_events); }},
    {.name = "glassflow_collector_sink_halted",
     .type = Type::gauge,
     .help = "1 when the sink has stopped delivering until someone looks after it, 0 otherwise.",
     .sink_value = [](const SinkStatus& s) { return s.is_halted ? 1.0 : 0.0; }},
    {.name = "glassflow_collector_delivery_latency_seconds",
     .type = Type::histogram,
     .help = "Time from the commit on the server to the event being delivered, by the clocks of both machines.",
     .latency = [](const SinkStatus& s) -> const delivery::LatencyStatus& { return s.latency; }},
    {.name = "glassflow_collector_table_delivered_events_total",
     .type = Type::counter,
     .help = "Events of the table that the sink has accepted; logical messages under an empty name, tables beyond the "
             "first thousand together.",
     .table_value = [](const TableStatus& t) { return number(t.delivered_events); }},
    {.name = "glassflow_collector_table_delivered_bytes_total",
     .type = Type::counter,
     .help = "Bytes of these events.",
     .table_value = [](const TableStatus& t) { return number(t.delivered_bytes); }},
    {.name = "glassflow_collector_table_dead_letters_total",
     .type = Type::counter,
     .help = "Events of the table that the sink refused for good.",
     .table_value = [](const TableStatus& t) { return number(t.dead_letters); }},
    {.name = "glassflow_collector_table_toast_reselected_values_total",
     .type = Type::counter,
     .help = "Unchanged large values that were read from the table by the row's key.",
     .table_value = [](const TableStatus& t) { return number(t.toast.reselected); }},
    {.name = "glassflow_collector_table_toast_gone_values_total",
     .type = Type::counter,
     .help =
         "Unchanged large values told as null because the row was gone when they were read: its removal comes next.",
     .table_value = [](const TableStatus& t) { return number(t.toast.gone); }},
    {.name = "glassflow_collector_table_toast_placeholder_values_total",
     .type = Type::counter,
     .help = "Unchanged large values that the sink was told a placeholder for.",
     .table_value = [](const TableStatus& t) { return number(t.toast.placeholders); }},
    {.name = "glassflow_collector_table_toast_omitted_values_total",
     .type = Type::counter,
     .help = "Unchanged large values that the sink was told nothing of.",
     .table_value = [](const TableStatus& t) { return number(t.toast.omitted); }},
};

prometheus::ClientMetric client_metric(Type type, double value) {
    prometheus::ClientMetric metric;
    if (type == Type::counter) {
        metric.counter.value = value;
    } else {
        metric.gauge.value = value;
    }
    return metric;
}

// Prometheus' buckets are cumulative.
prometheus::ClientMetric histogram(const delivery::LatencyStatus& latency) {
    prometheus::ClientMetric metric;
    std::uint64_t count = 0;
    for (std::size_t i = 0; i < latency.counts.size(); ++i) {
        count += latency.counts[i];
        const bool is_last = i == delivery::latency_bounds_us.size();
        const double bound = is_last ? std::numeric_limits<double>::infinity()
                                     : static_cast<double>(delivery::latency_bounds_us[i]) / 1e6;
        metric.histogram.bucket.push_back({count, bound});
    }
    metric.histogram.sample_count = count;
    metric.histogram.sample_sum = latency.sum_seconds;
    return metric;
}

prometheus::MetricType prometheus_type(Type type) {
    switch (type) {
        case Type::counter:
            return prometheus::MetricType::Counter;
        case Type::gauge:
            return prometheus::MetricType::Gauge;
        case Type::histogram:
            break;
    }
    return prometheus::MetricType::Histogram;
}

void add_sink(prometheus::MetricFamily& made, const Metric& metric, const SinkStatus& sink) {
    const std::vector<prometheus::ClientMetric::Label> labels{{"sink", sink.name}, {"type", sink.type}};
    const auto add = [&](prometheus::ClientMetric value) {
        made.metric.push_back(std::move(value));
        made.metric.back().label = labels;
    };
    if (metric.sink_value != nullptr)
        add(client_metric(metric.type, metric.sink_value(sink)));
    if (metric.latency != nullptr)
        add(histogram(metric.latency(sink)));
    for (const TableStatus& table : metric.table_value != nullptr ? sink.tables : std::vector<TableStatus>()) {
        add(client_metric(metric.type, metric.table_value(table)));
        made.metric.back().label.push_back({"schema", table.schema});
        made.metric.back().label.push_back({"table", table.table});
    }
}

prometheus::MetricFamily family(const Metric& metric, const Status& status) {
    prometheus::MetricFamily made;
    made.name = metric.name;
    made.help = metric.help;
    made.type = prometheus_type(metric.type);
    if (metric.value != nullptr) {
        made.metric.push_back(client_metric(metric.type, metric.value(status)));
        return made;
    }
    for (const SinkStatus& sink : status.sinks)
        add_sink(made, metric, sink);
    return made;
}

std::string_view type_name(Type type) {
    return type == Type::counter ? "counter" : type == Type::gauge ? "gauge" : "histogram";
}

std::string_view label_names(const Metric& metric) {
    return metric.value != nullptr         ? ""
           : metric.table_value != nullptr ? "`sink`, `type`, `schema`, `table`"
                                           : "`sink`, `type`";
}

}  // namespace

std::span<const Metric> metrics_table() {
    return metrics;
}

std::string metrics_text(const Status& status) {
    std::vector<prometheus::MetricFamily> families;
    for (const Metric& metric : metrics) {
        families.push_back(family(metric, status));
    }
    return prometheus::TextSerializer().Serialize(families);
}

std::string metrics_markdown() {
    std::string text =
        "# Metrics of glassflow-collector\n\n"
        "<!-- Generated from collector/admin/metrics_table.cpp by `make docs`; do not edit. -->\n\n"
        "`GET /metrics` on `admin.listen`, in the Prometheus text format. Counters begin at 0 with each start.\n\n"
        "| metric | type | labels | |\n|---|---|---|---|\n";
    for (const Metric& metric : metrics) {
        text += "| `" + std::string(metric.name) + "` | ";
        text += type_name(metric.type);
        text += " | ";
        text += label_names(metric);
        text += metric.value != nullptr ? "| " : " | ";
        text += std::string(metric.help) + " |\n";
    }
    return text;
}

}  // namespace glassflow::admin
