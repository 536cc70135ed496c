#include "delivery/table_counters.h"

#include <gtest/gtest.h>

#include <string>

#include "delivery/latency_histogram.h"

namespace glassflow::delivery {
namespace {

TEST(TableCounters, CountByTable) {
    TableCounters counters;
    const sink::Table orders{.schema = "public", .name = "orders"};
    const sink::Table other{.schema = "archive", .name = "orders"};
    counters.delivered(&orders, 2, 100);
    counters.delivered(&other, 1, 10);
    counters.delivered(&orders, 1, 50);
    counters.refused(&orders);
    counters.delivered(nullptr, 1, 5);
    const auto tables = counters.status();
    ASSERT_EQ(tables.size(), 3u);
    EXPECT_EQ(tables[0].table, "");
    EXPECT_EQ(tables[0].delivered_events, 1u);
    EXPECT_EQ(tables[1].schema, "archive");
    EXPECT_EQ(tables[2].schema, "public");
    EXPECT_EQ(tables[2].delivered_events, 3u);
    EXPECT_EQ(tables[2].delivered_bytes, 150u);
    EXPECT_EQ(tables[2].dead_letters, 1u);
}

TEST(TableCounters, AreBounded) {
    TableCounters counters;
    for (std::size_t i = 0; i < 3 * TableCounters::max_tables; ++i) {
        const sink::Table table{.schema = "public", .name = "t" + std::to_string(i)};
        counters.delivered(&table, 1, 1);
    }
    const auto tables = counters.status();
    EXPECT_EQ(tables.size(), TableCounters::max_tables + 1);
    std::uint64_t events = 0;
    for (const TableStatus& table : tables)
        events += table.delivered_events;
    EXPECT_EQ(events, 3 * TableCounters::max_tables);
}

TEST(LatencyHistogram, CountsUnderTheBoundThatHolds) {
    LatencyHistogram histogram;
    histogram.add(1'000'000, 1'001'000, 2);  // 1 ms: inclusive
    histogram.add(1'000'000, 1'001'001, 1);  // just above
    histogram.add(1'000'000, 999'000, 4);    // another clock
    histogram.add(0, 86'400'000'000, 1);     // a day
    const LatencyStatus status = histogram.status();
    EXPECT_EQ(status.counts[0], 6u);
    EXPECT_EQ(status.counts[1], 1u);
    EXPECT_EQ(status.counts.back(), 1u);
    EXPECT_NEAR(status.sum_seconds, 86'400.003001, 1e-6);
}

}  // namespace
}  // namespace glassflow::delivery
