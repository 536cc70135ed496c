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
        EXPECT_NE(metric.value == nullptr, metric.sink_value == nullptr);
        EXPECT_TRUE(metric.help.ends_with('.'));
    }
}

TEST(MetricsTable, EveryMetricIsExposedAndDocumented) {
    delivery::Status status;
    status.sinks.push_back({.name = "a", .type = "file", .last_error = {}});
    for (const Metric& metric : metrics_table()) {
        EXPECT_THAT(metrics_text(status), HasSubstr("\n" + std::string(metric.name)));
        EXPECT_THAT(metrics_markdown(), HasSubstr("| `" + std::string(metric.name) + "` | "));
    }
}

}  // namespace
}  // namespace glassflow::admin
