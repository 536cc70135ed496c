// The civil calendar from a count of days, by eras of 400 years (146 097 days), years beginning in March.
#include "format/date_time.h"

#include <charconv>

namespace glassflow::format {

namespace {

constexpr std::uint32_t us_per_second = 1'000'000;
constexpr std::int64_t us_per_day = std::int64_t{86'400} * us_per_second;
constexpr std::int64_t days_per_era = 146'097;
// From 0000-03-01, where the first era begins, to 2000-01-01.
constexpr std::int64_t days_before_2000 = 730'425;

struct Date {
    std::int64_t year;  // astronomical: 0 is 1 BC
    unsigned month;
    unsigned day;
};

struct Moment {
    Date date;
    std::uint64_t us_of_day;
};

// Rounded towards the past; the remainder is never negative. Safe for every dividend.
struct Division {
    std::int64_t quotient;
    std::int64_t remainder;
};

constexpr Division floor_divide(std::int64_t dividend, std::int64_t divisor) {
    const std::int64_t remainder = dividend % divisor;
    if (remainder < 0)
        return {dividend / divisor - 1, remainder + divisor};
    return {dividend / divisor, remainder};
}

Date date_of(std::int64_t days) {
    // Divided before the offset is added, so that no value overflows.
    auto [era, day_of_era] = floor_divide(days, days_per_era);
    day_of_era += days_before_2000;
    era += day_of_era / days_per_era;
    day_of_era %= days_per_era;
    const std::int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / (days_per_era - 1)) / 365;
    const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
    const auto day = static_cast<unsigned>(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    const auto month = static_cast<unsigned>(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    return {.year = era * 400 + year_of_era + (month <= 2 ? 1 : 0), .month = month, .day = day};
}

Moment moment_of(std::int64_t microseconds) {
    const auto [days, us_of_day] = floor_divide(microseconds, us_per_day);
    return {.date = date_of(days), .us_of_day = static_cast<std::uint64_t>(us_of_day)};
}

template <typename Integer>
void append_number(std::string& out, Integer number, std::size_t width) {
    char digits[20];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
    const auto length = static_cast<std::size_t>(end - digits);
    if (length < width)
        out.append(width - length, '0');
    out.append(digits, length);
}

bool is_before_christ(const Date& date) {
    return date.year <= 0;
}

bool fits_rfc3339(const Date& date) {
    return date.year >= 1 && date.year <= 9999;
}

// Without the era, which Postgres puts at the very end.
void append_civil(std::string& out, const Date& date) {
    append_number(out, is_before_christ(date) ? 1 - date.year : date.year, 4);
    out += '-';
    append_number(out, date.month, 2);
    out += '-';
    append_number(out, date.day, 2);
}

void append_era(std::string& out, const Date& date) {
    if (is_before_christ(date))
        out += " BC";
}

// Without a fraction.
void append_clock(std::string& out, std::uint64_t microseconds) {
    const std::uint64_t seconds = microseconds / us_per_second;
    append_number(out, seconds / 3600, 2);
    out += ':';
    append_number(out, seconds / 60 % 60, 2);
    out += ':';
    append_number(out, seconds % 60, 2);
}

void append_postgres(std::string& out, const Moment& moment, const char* zone) {
    append_civil(out, moment.date);
    out += ' ';
    append_time(out, moment.us_of_day);
    out += zone;
    append_era(out, moment.date);
}

void append_rfc3339(std::string& out, const Moment& moment, const char* zone) {
    append_civil(out, moment.date);
    out += 'T';
    append_clock(out, moment.us_of_day);
    out += '.';
    append_number(out, moment.us_of_day % us_per_second, 6);
    out += zone;
}

}  // namespace

void append_date(std::string& out, std::int64_t days) {
    const Date date = date_of(days);
    append_civil(out, date);
    append_era(out, date);
}

void append_time(std::string& out, std::uint64_t microseconds) {
    append_clock(out, microseconds);
    const std::uint64_t fraction = microseconds % us_per_second;
    if (fraction == 0)
        return;
    out += '.';
    append_number(out, fraction, 6);
    while (out.back() == '0')
        out.pop_back();
}

void append_timetz(std::string& out, std::uint64_t microseconds, std::int32_t zone_seconds_west) {
    append_time(out, microseconds);
    out += zone_seconds_west > 0 ? '-' : '+';
    const std::int32_t seconds = zone_seconds_west < 0 ? -zone_seconds_west : zone_seconds_west;
    append_number(out, seconds / 3600, 2);
    for (const std::int32_t unit_seconds : {60, 1}) {
        if (seconds % (60 * unit_seconds) == 0)
            return;
        out += ':';
        append_number(out, seconds / unit_seconds % 60, 2);
    }
}

void append_timestamp(std::string& out, std::int64_t microseconds) {
    append_postgres(out, moment_of(microseconds), "");
}

void append_timestamptz(std::string& out, std::int64_t microseconds) {
    append_postgres(out, moment_of(microseconds), "+00");
}

void append_rfc3339_timestamp(std::string& out, std::int64_t microseconds) {
    const Moment moment = moment_of(microseconds);
    fits_rfc3339(moment.date) ? append_rfc3339(out, moment, "") : append_postgres(out, moment, "");
}

void append_rfc3339_timestamptz(std::string& out, std::int64_t microseconds) {
    const Moment moment = moment_of(microseconds);
    fits_rfc3339(moment.date) ? append_rfc3339(out, moment, "Z") : append_postgres(out, moment, "+00");
}

}  // namespace glassflow::format
