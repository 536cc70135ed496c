// The civil calendar from a count of days, by eras of 400 years (146 097 days), years beginning in March.
#include "format/date_time.h"

#include <charconv>
#include <string_view>

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

// A date and time as it is put together; appended to a string in one piece.
class Digits {
public:
    void put(char character) { *end_++ = character; }
    // Two digits; number is below 100.
    void put_two(std::uint64_t number) {
        put(static_cast<char>('0' + number / 10));
        put(static_cast<char>('0' + number % 10));
    }
    void put_six(std::uint64_t number) {
        put_two(number / 10'000);
        put_two(number / 100 % 100);
        put_two(number % 100);
    }
    // At least two and at least width digits.
    void put_number(std::uint64_t number, int width) {
        if (width == 4 && number < 10'000) {
            put_two(number / 100);
            put_two(number % 100);
        } else if (width == 2 && number < 100) {
            put_two(number);
        } else {
            end_ = std::to_chars(end_, text_ + sizeof text_, number).ptr;
        }
    }
    void drop_trailing_zeros() {
        while (end_[-1] == '0')
            --end_;
    }
    std::string_view view() const { return {text_, end_}; }

private:
    char text_[64];  // the longest: year and hours of 20 digits
    char* end_ = text_;
};

bool is_before_christ(const Date& date) {
    return date.year <= 0;
}

bool fits_rfc3339(const Date& date) {
    return date.year >= 1 && date.year <= 9999;
}

// Without the era, which Postgres puts at the very end.
void put_civil(Digits& out, const Date& date) {
    out.put_number(static_cast<std::uint64_t>(is_before_christ(date) ? 1 - date.year : date.year), 4);
    out.put('-');
    out.put_two(date.month);
    out.put('-');
    out.put_two(date.day);
}

void append_era(std::string& out, const Date& date) {
    if (is_before_christ(date))
        out += " BC";
}

// Without a fraction.
void put_clock(Digits& out, std::uint64_t microseconds) {
    const std::uint64_t seconds = microseconds / us_per_second;
    out.put_number(seconds / 3600, 2);
    out.put(':');
    out.put_two(seconds / 60 % 60);
    out.put(':');
    out.put_two(seconds % 60);
}

void put_time(Digits& out, std::uint64_t microseconds) {
    put_clock(out, microseconds);
    const std::uint64_t fraction = microseconds % us_per_second;
    if (fraction == 0)
        return;
    out.put('.');
    out.put_six(fraction);
    out.drop_trailing_zeros();
}

void append_postgres(std::string& out, const Moment& moment, const char* zone) {
    Digits digits;
    put_civil(digits, moment.date);
    digits.put(' ');
    put_time(digits, moment.us_of_day);
    out += digits.view();
    out += zone;
    append_era(out, moment.date);
}

void append_rfc3339(std::string& out, const Moment& moment, const char* zone) {
    Digits digits;
    put_civil(digits, moment.date);
    digits.put('T');
    put_clock(digits, moment.us_of_day);
    digits.put('.');
    digits.put_six(moment.us_of_day % us_per_second);
    out += digits.view();
    out += zone;
}

}  // namespace

void append_date(std::string& out, std::int64_t days) {
    const Date date = date_of(days);
    Digits digits;
    put_civil(digits, date);
    out += digits.view();
    append_era(out, date);
}

void append_time(std::string& out, std::uint64_t microseconds) {
    Digits digits;
    put_time(digits, microseconds);
    out += digits.view();
}

void append_timetz(std::string& out, std::uint64_t microseconds, std::int32_t zone_seconds_west) {
    Digits digits;
    put_time(digits, microseconds);
    digits.put(zone_seconds_west > 0 ? '-' : '+');
    const auto seconds = static_cast<std::uint32_t>(zone_seconds_west < 0 ? -zone_seconds_west : zone_seconds_west);
    digits.put_number(seconds / 3600, 2);
    for (const std::uint32_t unit_seconds : {60u, 1u}) {
        if (seconds % (60 * unit_seconds) == 0)
            break;
        digits.put(':');
        digits.put_two(seconds / unit_seconds % 60);
    }
    out += digits.view();
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
