#include "format/date_time.h"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>

namespace glassflow::format {
namespace {

constexpr std::int64_t us_per_day = 86'400'000'000;

std::string date(std::int64_t days) {
    std::string text;
    append_date(text, days);
    return text;
}

std::string timestamp(std::int64_t microseconds) {
    std::string text;
    append_timestamp(text, microseconds);
    return text;
}

std::string timestamptz(std::int64_t microseconds) {
    std::string text;
    append_timestamptz(text, microseconds);
    return text;
}

std::string rfc3339(std::int64_t microseconds) {
    std::string text;
    append_rfc3339_timestamp(text, microseconds);
    return text;
}

std::string rfc3339_utc(std::int64_t microseconds) {
    std::string text;
    append_rfc3339_timestamptz(text, microseconds);
    return text;
}

// Each pair was printed by Postgres: SELECT d, d - date '2000-01-01'.
TEST(DateTime, PrintsDatesAsPostgres) {
    EXPECT_EQ(date(0), "2000-01-01");
    EXPECT_EQ(date(-1), "1999-12-31");
    EXPECT_EQ(date(59), "2000-02-29");
    EXPECT_EQ(date(60), "2000-03-01");
    EXPECT_EQ(date(8825), "2024-02-29");
    EXPECT_EQ(date(36583), "2100-02-28");
    EXPECT_EQ(date(36584), "2100-03-01");
    EXPECT_EQ(date(-10957), "1970-01-01");
    EXPECT_EQ(date(-730119), "0001-01-01");
    EXPECT_EQ(date(-730120), "0001-12-31 BC");
    EXPECT_EQ(date(-730485), "0001-01-01 BC");
    EXPECT_EQ(date(-730486), "0002-12-31 BC");
    EXPECT_EQ(date(2921939), "9999-12-31");
    EXPECT_EQ(date(2921940), "10000-01-01");
}

TEST(DateTime, PrintsTheWholeRangeOfPostgres) {
    EXPECT_EQ(date(-2451545), "4714-11-24 BC");
    EXPECT_EQ(date(2145031948), "5874897-12-31");
    EXPECT_EQ(timestamp(-211813488000000000), "4714-11-24 00:00:00 BC");
    EXPECT_EQ(timestamptz(-211813488000000000), "4714-11-24 00:00:00+00 BC");
    EXPECT_EQ(timestamp(9223371331199999999), "294276-12-31 23:59:59.999999");
    EXPECT_EQ(timestamptz(9223371331199999999), "294276-12-31 23:59:59.999999+00");
}

TEST(DateTime, PrintsFractionsWithoutTrailingZeros) {
    EXPECT_EQ(timestamp(0), "2000-01-01 00:00:00");
    EXPECT_EQ(timestamp(500'000), "2000-01-01 00:00:00.5");
    EXPECT_EQ(timestamp(1), "2000-01-01 00:00:00.000001");
    EXPECT_EQ(timestamp(-1), "1999-12-31 23:59:59.999999");
    EXPECT_EQ(timestamp(-us_per_day), "1999-12-31 00:00:00");
    EXPECT_EQ(timestamptz(762'525'296'123'400), "2024-02-29 12:34:56.1234+00");
}

TEST(DateTime, Rfc3339HasMicrosecondsAlways) {
    EXPECT_EQ(rfc3339(762'525'296'123'456), "2024-02-29T12:34:56.123456");
    EXPECT_EQ(rfc3339_utc(762'525'296'123'456), "2024-02-29T12:34:56.123456Z");
    EXPECT_EQ(rfc3339_utc(0), "2000-01-01T00:00:00.000000Z");
    EXPECT_EQ(rfc3339_utc(-1), "1999-12-31T23:59:59.999999Z");
}

TEST(DateTime, OutsideRfc3339ItIsWhatPostgresPrints) {
    constexpr std::int64_t year_1 = -730119 * us_per_day;
    EXPECT_EQ(rfc3339_utc(year_1), "0001-01-01T00:00:00.000000Z");
    EXPECT_EQ(rfc3339_utc(year_1 - 1), "0001-12-31 23:59:59.999999+00 BC");
    EXPECT_EQ(rfc3339(year_1 - 1), "0001-12-31 23:59:59.999999 BC");
    constexpr std::int64_t year_10000 = 2921940 * us_per_day;
    EXPECT_EQ(rfc3339(year_10000 - 1), "9999-12-31T23:59:59.999999");
    EXPECT_EQ(rfc3339(year_10000), "10000-01-01 00:00:00");
    EXPECT_EQ(rfc3339_utc(year_10000), "10000-01-01 00:00:00+00");
}

// The standard library's calendar is another implementation; it covers the years -32767 to 32767.
TEST(DateTime, AgreesWithTheStandardCalendarOnEveryDay) {
    using namespace std::chrono;
    constexpr sys_days epoch = year{2000} / 1 / 1;
    for (sys_days day = year{-4800} / 1 / 1; day < year{12000} / 1 / 1; day += days{1}) {
        const year_month_day expected{day};
        const int astronomical = static_cast<int>(expected.year());
        char text[32];
        std::snprintf(text, sizeof(text), "%04d-%02u-%02u%s", astronomical > 0 ? astronomical : 1 - astronomical,
                      static_cast<unsigned>(expected.month()), static_cast<unsigned>(expected.day()),
                      astronomical > 0 ? "" : " BC");
        ASSERT_EQ(date((day - epoch).count()), text);
    }
}

TEST(DateTime, TimesOfDay) {
    const auto time = [](std::uint64_t us) {
        std::string text;
        append_time(text, us);
        return text;
    };
    EXPECT_EQ(time(0), "00:00:00");
    EXPECT_EQ(time(1), "00:00:00.000001");
    EXPECT_EQ(time(86'399'999'999), "23:59:59.999999");
    EXPECT_EQ(time(86'400'000'000), "24:00:00");
    EXPECT_EQ(time(45'296'500'000), "12:34:56.5");
    EXPECT_EQ(time(std::uint64_t{1} << 63), "2562047788:00:54.775808");  // of an interval
}

TEST(DateTime, ZonesOfTimesOfDay) {
    const auto zone = [](std::int32_t seconds_west) {
        std::string text;
        append_timetz(text, 0, seconds_west);
        return text.substr(8);
    };
    EXPECT_EQ(zone(0), "+00");
    EXPECT_EQ(zone(-3600), "+01");
    EXPECT_EQ(zone(3600), "-01");
    EXPECT_EQ(zone(-19'800), "+05:30");
    EXPECT_EQ(zone(57'599), "-15:59:59");
    EXPECT_EQ(zone(-3601), "+01:00:01");
    EXPECT_EQ(zone(60), "-00:01");
    EXPECT_EQ(zone(1), "-00:00:01");
}

TEST(DateTime, EveryNumberIsSafe) {
    for (const std::int64_t extreme :
         {std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
        EXPECT_FALSE(date(extreme).empty());
        EXPECT_FALSE(timestamp(extreme).empty());
        EXPECT_FALSE(rfc3339_utc(extreme).empty());
    }
    EXPECT_EQ(timestamp(std::numeric_limits<std::int64_t>::max()), "294277-01-09 04:00:54.775807");
    EXPECT_EQ(timestamp(std::numeric_limits<std::int64_t>::min()), "290279-12-22 19:59:05.224192 BC");
    EXPECT_EQ(date(std::numeric_limits<std::int32_t>::min()), "5877612-06-22 BC");
}

}  // namespace
}  // namespace glassflow::format
