// The metrics table keeps to the naming rule and is documented whole.
#include "admin/metrics_table.h"

#include <gmock/gmock.h>

#include <set>

namespace glassflow::admin {
namespace {

using testing::HasSubstr;

TEST(MetricsTable, RowsKeepToTheNamingRule) {
    std::set<std::string_view> names;
    for (const Metric& metric : metrics_table()) {
        SCOPED_TRACE(metric.name);
        EXPECT_TRUE(names.insert(metric.name).second);
        EXPECT_TRUE(metric.name.starts_with("glassflow_collector_"));
        EXPECT_EQ(metric.name.ends_with("_total"), metric.type == Metric::Type::counter);
        const int sources = (metric.value != nullptr) + (metric.sink_value != nullptr) +
                            (metric.table_value != nullptr) + (metric.latency != nullptr);
        EXPECT_EQ(sources, 1);
        EXPECT_EQ(metric.latency != nullptr, metric.type == Metric::Type::histogram);
        EXPECT_TRUE(metric.help.ends_with('.'));
    }
}

TEST(MetricsTable, EveryMetricIsExposedAndDocumented) {
    delivery::Status status;
    status.sinks.push_back({.name = "a", .type = "file", .last_error = {}, .tables = {{.schema = "s", .table = "t"}}});
    for (const Metric& metric : metrics_table()) {
        EXPECT_THAT(metrics_text(status), HasSubstr("\n" + std::string(metric.name)));
        EXPECT_THAT(metrics_markdown(), HasSubstr("| `" + std::string(metric.name) + "` | "));
    }
}

TEST(MetricsTable, TablesAndLatenciesAreOfTheirSink) {
    delivery::SinkStatus sink{.name = "a", .type = "file", .last_error = {}};
    sink.tables.push_back({.schema = "public", .table = "or\"ders", .delivered_events = 7});
    sink.latency.counts.front() = 2;
    sink.latency.counts.back() = 1;
    sink.latency.sum_seconds = 4000.5;
    delivery::Status status;
    status.sinks.push_back(sink);
    const std::string text = metrics_text(status);
    EXPECT_THAT(text,
                HasSubstr(R"(glassflow_collector_table_delivered_events_total{sink="a",type="file",schema="public",)"
                          R"(table="or\"ders"} 7)"));
    const std::string latency = "glassflow_collector_delivery_latency_seconds";
    EXPECT_THAT(text, HasSubstr(latency + R"(_bucket{sink="a",type="file",le="0.001"} 2)"));
    EXPECT_THAT(text, HasSubstr(latency + R"(_bucket{sink="a",type="file",le="3600"} 2)"));
    EXPECT_THAT(text, HasSubstr(latency + R"(_bucket{sink="a",type="file",le="+Inf"} 3)"));
    EXPECT_THAT(text, HasSubstr(latency + R"(_count{sink="a",type="file"} 3)"));
    EXPECT_THAT(text, HasSubstr(latency + R"(_sum{sink="a",type="file"} 4000.5)"));
}

}  // namespace
}  // namespace glassflow::admin
