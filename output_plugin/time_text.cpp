// The calendar is the server's; the clock and intervals are printed here, where no number can be out of range.
#include "time_text.h"

namespace glassflow {

namespace {

constexpr std::int32_t months_per_year = 12;
constexpr std::int32_t last_zone_seconds = 15 * SECS_PER_HOUR + 59 * SECS_PER_MINUTE + 59;

// 03:04:05.6; hours may have more than two digits.
void append_clock(StringInfo text, std::uint64_t time_us) {
    const std::uint64_t minutes = time_us / USECS_PER_MINUTE;
    const auto rest_us = static_cast<std::uint32_t>(time_us % USECS_PER_MINUTE);
    appendStringInfo(text, "%02llu:%02llu:%02u", static_cast<unsigned long long>(minutes / 60),
                     static_cast<unsigned long long>(minutes % 60),
                     static_cast<std::uint32_t>(rest_us / USECS_PER_SEC));
    const auto fraction_us = static_cast<std::uint32_t>(rest_us % USECS_PER_SEC);
    if (fraction_us != 0) {
        appendStringInfo(text, ".%06u", fraction_us);
        while (text->data[text->len - 1] == '0') {
            text->data[--text->len] = '\0';
        }
    }
}

// The parts of an interval, larger ones first. A positive part after a negative one has its sign.
class IntervalParts {
public:
    explicit IntervalParts(StringInfo text) : text_(text) {}

    void append(std::int32_t number, const char* unit) {
        if (number != 0) {
            begin(number < 0, false);
            appendStringInfo(text_, "%d %s%s", number, unit, number == 1 ? "" : "s");
        }
    }
    void append_clock(std::int64_t time_us) {
        if (time_us != 0 || is_first_) {
            begin(time_us < 0, true);
            const auto magnitude_us = static_cast<std::uint64_t>(time_us);
            glassflow::append_clock(text_, time_us < 0 ? 0 - magnitude_us : magnitude_us);
        }
    }

private:
    void begin(bool is_negative, bool shows_minus) {
        appendStringInfoString(text_, is_first_ ? "" : " ");
        appendStringInfoString(text_, is_negative && shows_minus ? "-" : !is_negative && is_after_negative_ ? "+" : "");
        is_first_ = false;
        is_after_negative_ = is_negative;
    }

    StringInfo text_;
    bool is_first_ = true;
    bool is_after_negative_ = false;
};
static_assert(std::is_trivially_destructible_v<IntervalParts>);

}  // namespace

void append_date(StringInfo text, std::int64_t days) {
    if (!IS_VALID_DATE(days)) {
        appendStringInfo(text, "day %lld", static_cast<long long>(days));
        return;
    }
    struct pg_tm time = {};
    char date[MAXDATELEN + 1];
    j2date(static_cast<int>(days) + POSTGRES_EPOCH_JDATE, &time.tm_year, &time.tm_mon, &time.tm_mday);
    EncodeDateOnly(&time, USE_ISO_DATES, date);
    appendStringInfoString(text, date);
}

void append_timestamp(StringInfo text, std::int64_t time_us, bool has_zone) {
    struct pg_tm time = {};
    fsec_t fraction_us = 0;
    char timestamp[MAXDATELEN + 1];
    if (!IS_VALID_TIMESTAMP(time_us) || timestamp2tm(time_us, nullptr, &time, &fraction_us, nullptr, nullptr) != 0) {
        appendStringInfo(text, "microsecond %lld", static_cast<long long>(time_us));
        return;
    }
    time.tm_isdst = 0;  // known, so that the zone is shown
    EncodeDateTime(&time, fraction_us, has_zone, 0, nullptr, USE_ISO_DATES, timestamp);
    appendStringInfoString(text, timestamp);
}

void append_time(StringInfo text, std::int64_t time_us) {
    if (time_us < 0 || time_us > USECS_PER_DAY) {
        appendStringInfo(text, "microsecond %lld", static_cast<long long>(time_us));
    } else {
        append_clock(text, static_cast<std::uint64_t>(time_us));
    }
}

void append_zone(StringInfo text, std::int32_t seconds_west) {
    if (seconds_west < -last_zone_seconds || seconds_west > last_zone_seconds) {
        appendStringInfo(text, " zone %d", seconds_west);
        return;
    }
    const int seconds = abs(seconds_west);
    appendStringInfo(text, "%c%02d", seconds_west <= 0 ? '+' : '-', seconds / SECS_PER_HOUR);
    if (seconds % SECS_PER_HOUR != 0) {
        appendStringInfo(text, ":%02d", seconds / SECS_PER_MINUTE % 60);
    }
    if (seconds % SECS_PER_MINUTE != 0) {
        appendStringInfo(text, ":%02d", seconds % SECS_PER_MINUTE);
    }
}

void append_interval(StringInfo text, std::int32_t months, std::int32_t days, std::int64_t time_us) {
    IntervalParts parts(text);
    parts.append(months / months_per_year, "year");
    parts.append(months % months_per_year, "mon");
    parts.append(days, "day");
    parts.append_clock(time_us);
}

}  // namespace glassflow
