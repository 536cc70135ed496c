// The one table of metrics: /metrics and docs/metrics.md are both made from it. Adding a metric is adding a row.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "delivery/status.h"

namespace glassflow::admin {

struct Metric {
    enum class Type : std::uint8_t { counter, gauge, histogram };

    std::string_view name;  // glassflow_collector_<what>_<unit>[_total]
    Type type = Type::gauge;
    std::string_view help;                                        // one full sentence
    double (*value)(const delivery::Status&) = nullptr;           // of the whole collector, or
    double (*sink_value)(const delivery::SinkStatus&) = nullptr;  // of each sink, labelled sink and type, or
    // of each table of each sink, labelled sink, type, schema and table, or
    double (*table_value)(const delivery::TableStatus&) = nullptr;
    const delivery::LatencyStatus& (*latency)(const delivery::SinkStatus&) = nullptr;  // of each sink, a histogram
};

std::span<const Metric> metrics_table();

std::string metrics_text(const delivery::Status& status);  // Prometheus text exposition format 0.0.4
std::string metrics_markdown();                            // docs/metrics.md

}  // namespace glassflow::admin
