#include "format/interval_text.h"

#include <gtest/gtest.h>

#include <limits>

namespace glassflow::format {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t hour = 3600 * second;

std::string text_of(std::int32_t months, std::int32_t days, std::int64_t microseconds) {
    std::string text;
    append_interval(text, months, days, microseconds);
    return text;
}

// What PostgreSQL 15 printed.
TEST(IntervalText, IsWhatPostgresPrints) {
    EXPECT_EQ(text_of(0, 0, 0), "00:00:00");
    EXPECT_EQ(text_of(1, 1, 0), "1 mon 1 day");
    EXPECT_EQ(text_of(12, 0, 0), "1 year");
    EXPECT_EQ(text_of(14, 3, 4 * hour + 5 * 60 * second + 6 * second), "1 year 2 mons 3 days 04:05:06");
    EXPECT_EQ(text_of(0, 0, 100 * hour), "100:00:00");
    EXPECT_EQ(text_of(0, 0, 1), "00:00:00.000001");
    EXPECT_EQ(text_of(0, 0, 1'500'000), "00:00:01.5");
    EXPECT_EQ(text_of(0, 0, -second / 2), "-00:00:00.5");
}

TEST(IntervalText, APlusFollowsWhatIsNegative) {
    EXPECT_EQ(text_of(-1, 0, 0), "-1 mons");
    EXPECT_EQ(text_of(-12, 0, 0), "-1 years");
    EXPECT_EQ(text_of(-13, 0, 0), "-1 years -1 mons");
    EXPECT_EQ(text_of(-1, 1, 0), "-1 mons +1 day");
    EXPECT_EQ(text_of(1, -1, hour), "1 mon -1 days +01:00:00");
    EXPECT_EQ(text_of(-1, 2, -hour), "-1 mons +2 days -01:00:00");
    EXPECT_EQ(text_of(-1, 0, hour), "-1 mons +01:00:00");
    EXPECT_EQ(text_of(1, 0, -hour), "1 mon -01:00:00");
    EXPECT_EQ(text_of(0, -1, 0), "-1 days");
}

TEST(IntervalText, ExtremesAreSafe) {
    constexpr auto minimum = std::numeric_limits<std::int32_t>::min();
    EXPECT_EQ(text_of(minimum, minimum, std::numeric_limits<std::int64_t>::min()),
              "-178956970 years -8 mons -2147483648 days -2562047788:00:54.775808");
    constexpr auto maximum = std::numeric_limits<std::int32_t>::max();
    EXPECT_EQ(text_of(maximum, maximum, std::numeric_limits<std::int64_t>::max()),
              "178956970 years 7 mons 2147483647 days 2562047788:00:54.775807");
}

}  // namespace
}  // namespace glassflow::format
