#include "delivery/progress.h"

#include <gtest/gtest.h>

namespace glassflow::delivery {
namespace {

using namespace std::chrono_literals;
using event::Lsn;

constexpr std::uint64_t mebibyte = 1 << 20;

struct Watch {
    Progress progress{10s};
    Progress::TimePoint start{};

    std::optional<Progress::Report> look(std::chrono::seconds at, std::uint64_t changes,
                                         std::uint64_t confirmed_mebibytes, std::uint64_t server_mebibytes,
                                         std::int64_t lag_us = 0) {
        return progress.look(start + at, {.changes = changes,
                                          .confirmed = Lsn{confirmed_mebibytes * mebibyte},
                                          .server = Lsn{server_mebibytes * mebibyte},
                                          .lag_us = lag_us});
    }
};

TEST(Progress, SaysNothingWhileItKeepsUp) {
    Watch watch;
    for (int second = 0; second < 100; ++second)
        EXPECT_FALSE(
            watch.look(std::chrono::seconds(second), 1000u * second, 10u * second, 10u * second + 63, 9'000'000));
}

TEST(Progress, SaysHowFastAndHowLongStill) {
    Watch watch;
    EXPECT_FALSE(watch.look(0s, 0, 0, 1000));
    EXPECT_FALSE(watch.look(9s, 900'000, 90, 1000));
    const auto report = watch.look(10s, 1'000'000, 100, 1000, 3'600'000'000);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->changes_per_second, 100'000u);
    EXPECT_EQ(report->lag_bytes, 900 * mebibyte);
    EXPECT_EQ(report->lag_seconds, 3600);
    EXPECT_EQ(report->time_left, 90s);
    EXPECT_FALSE(watch.look(11s, 1'100'000, 110, 1000));
}

TEST(Progress, TheEndIsNotInSightWhenMoreIsWrittenThanDelivered) {
    Watch watch;
    watch.look(0s, 0, 0, 1000);
    const auto report = watch.look(10s, 10, 100, 1200);
    ASSERT_TRUE(report);
    EXPECT_FALSE(report->time_left);
}

TEST(Progress, SaysOnceThatItHasCaughtUp) {
    Watch watch;
    watch.look(0s, 0, 0, 1000);
    ASSERT_TRUE(watch.look(10s, 10, 500, 1000));
    const auto report = watch.look(20s, 20, 999, 1000);
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->is_caught_up);
    EXPECT_EQ(report->took, 20s);
    EXPECT_FALSE(watch.look(21s, 20, 1000, 1000));
}

TEST(Progress, NobodyIsToldThatAShortBacklogIsGone) {
    Watch watch;
    watch.look(0s, 0, 0, 1000);
    EXPECT_FALSE(watch.look(5s, 10, 1000, 1000));
}

// A sink that hangs: behind in time, however little WAL it is.
TEST(Progress, AStreamThatStandsStillIsToldOfLessOften) {
    Watch watch;
    watch.look(0s, 5, 1, 1, 20'000'000);
    EXPECT_FALSE(watch.look(10s, 5, 1, 1, 30'000'000));
    EXPECT_FALSE(watch.look(59s, 5, 1, 1, 79'000'000));
    const auto report = watch.look(60s, 5, 1, 1, 80'000'000);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->changes_per_second, 0u);
    EXPECT_EQ(report->lag_seconds, 80);
    EXPECT_FALSE(report->time_left);
}

}  // namespace
}  // namespace glassflow::delivery
