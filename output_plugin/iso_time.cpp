// A text is taken apart from its front; what is left at the end decides.
#include "iso_time.h"

namespace glassflow {

namespace {

class Digits {
public:
    explicit Digits(std::string_view text) : text_(text) {}

    bool at_end() const { return text_.empty(); }
    bool take(char c) {
        const bool is_there = text_.starts_with(c);
        text_.remove_prefix(is_there ? 1 : 0);
        return is_there;
    }
    // As many digits as are there, up to maximum_count; false when they are fewer than minimum_count.
    bool take_number(std::size_t minimum_count, std::size_t maximum_count, int& number) {
        std::size_t count = 0;
        number = 0;
        for (; count < maximum_count && count < text_.size() && text_[count] >= '0' && text_[count] <= '9'; ++count) {
            number = 10 * number + (text_[count] - '0');
        }
        text_.remove_prefix(count);
        return count >= minimum_count;
    }
    // Digits behind a point, at most six, as millionths.
    bool take_fraction(int& millionths) {
        const std::size_t before = text_.size();
        if (!take_number(1, 6, millionths)) {
            return false;
        }
        for (std::size_t count = before - text_.size(); count < 6; ++count) {
            millionths *= 10;
        }
        return true;
    }

private:
    std::string_view text_;
};

// Days since 2000-01-01 of the date that text begins with; BC comes at the very end and is told in is_bc.
bool take_date(Digits& text, bool is_bc, std::int64_t& days) {
    int year = 0;
    int month = 0;
    int day = 0;
    if (!text.take_number(4, 6, year) || !text.take('-') || !text.take_number(2, 2, month) || !text.take('-') ||
        !text.take_number(2, 2, day)) {
        return false;
    }
    if (year < 1 || month < 1 || month > 12) {
        return false;
    }
    year = is_bc ? 1 - year : year;
    if (day < 1 || day > day_tab[isleap(year) ? 1 : 0][month - 1] || !IS_VALID_JULIAN(year, month, day)) {
        return false;
    }
    days = date2j(year, month, day) - POSTGRES_EPOCH_JDATE;
    return true;
}

bool take_time(Digits& text, std::int64_t& microseconds) {
    int hour = 0;
    int minute = 0;
    int second = 0;
    int millionths = 0;
    if (!text.take_number(2, 2, hour) || !text.take(':') || !text.take_number(2, 2, minute)) {
        return false;
    }
    if (text.take(':') && (!text.take_number(2, 2, second) || (text.take('.') && !text.take_fraction(millionths)))) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    microseconds = ((hour * INT64CONST(60) + minute) * 60 + second) * USECS_PER_SEC + millionths;
    return true;
}

// Seconds east of UTC.
bool take_zone(Digits& text, std::int64_t& seconds) {
    seconds = 0;
    if (text.take('Z')) {
        return true;
    }
    const bool is_east = text.take('+');
    if (!is_east && !text.take('-')) {
        return false;
    }
    int hour = 0;
    int minute = 0;
    if (!text.take_number(2, 2, hour)) {
        return false;
    }
    const bool has_minutes = text.take(':') || !text.at_end();
    if (has_minutes && !text.take_number(2, 2, minute)) {
        return false;
    }
    if (hour > 15 || minute > 59) {
        return false;
    }
    seconds = (hour * SECS_PER_HOUR + minute * SECS_PER_MINUTE) * (is_east ? 1 : -1);
    return true;
}

bool take_bc(std::string_view& text) {
    constexpr std::string_view suffix = " BC";
    if (!text.ends_with(suffix)) {
        return false;
    }
    text.remove_suffix(suffix.size());
    return true;
}

}  // namespace

bool read_iso_date(std::string_view text, std::int64_t& days) {
    if (text == "infinity" || text == "-infinity") {
        days = text.front() == '-' ? DATEVAL_NOBEGIN : DATEVAL_NOEND;
        return true;
    }
    const bool is_bc = take_bc(text);
    Digits digits(text);
    return take_date(digits, is_bc, days) && digits.at_end() && IS_VALID_DATE(days);
}

bool read_iso_timestamp(std::string_view text, ZoneRule zone, std::int64_t& microseconds) {
    if (text == "infinity" || text == "-infinity") {
        microseconds = text.front() == '-' ? DT_NOBEGIN : DT_NOEND;
        return true;
    }
    const bool is_bc = take_bc(text);
    Digits digits(text);
    std::int64_t days = 0;
    std::int64_t time = 0;
    std::int64_t seconds_east = 0;
    if (!take_date(digits, is_bc, days)) {
        return false;
    }
    if ((digits.take(' ') || digits.take('T')) && !take_time(digits, time)) {
        return false;
    }
    if (!digits.at_end() && (zone == ZoneRule::refused || !take_zone(digits, seconds_east) || !digits.at_end())) {
        return false;
    }
    if (pg_mul_s64_overflow(days, USECS_PER_DAY, &microseconds) ||
        pg_add_s64_overflow(microseconds, time - seconds_east * USECS_PER_SEC, &microseconds)) {
        return false;
    }
    return IS_VALID_TIMESTAMP(microseconds);
}

}  // namespace glassflow
