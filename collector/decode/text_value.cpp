// Small parsers of exactly what Postgres prints; everything else is refused.
#include "decode/text_value.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>
#include <utility>

#include "decode/made_value.h"

namespace glassflow::decode {

namespace {

using event::Encoding;
using event::Value;
using Kind = Value::Kind;

constexpr std::size_t uuid_bytes = 16;
constexpr std::int64_t second_us = 1'000'000;
constexpr std::int64_t day_us = 86'400 * second_us;
constexpr std::int64_t max_date_year = 5'874'897;
constexpr std::int64_t max_timestamp_year = 294'276;
constexpr std::uint32_t quoted_char_oid = 18;

// -1 for what is no digit.
int hexadecimal(char character) {
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    return character >= 'A' && character <= 'F' ? character - 'A' + 10 : -1;
}

template <typename Number>
std::optional<Number> read_number(std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return number;
}

// NaN and infinities, too. A number that is too small for the type is printed as what it was rounded to.
template <typename Number>
std::optional<Value> read_real(std::string_view text) {
    if (const auto number = read_number<Number>(text))
        return real_value(*number);
    return std::nullopt;
}

std::optional<Value> read_uuid(std::string_view text, RowMemory& memory) {
    std::array<char, uuid_bytes> bytes{};
    std::size_t count = 0;
    std::size_t at = 0;
    while (at + 1 < text.size() && count < uuid_bytes) {
        if (text[at] == '-' && (at == 8 || at == 13 || at == 18 || at == 23)) {
            ++at;
            continue;
        }
        const int high = hexadecimal(text[at]);
        const int low = hexadecimal(text[at + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes[count++] = static_cast<char>(high << 4 | low);
        at += 2;
    }
    if (count != uuid_bytes || at != text.size())
        return std::nullopt;
    return bytes_value(memory.keep({bytes.data(), bytes.size()}));
}

// Reads a text from its front.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool is_at_end() const { return rest_.empty(); }
    bool take(std::string_view prefix) {
        if (!rest_.starts_with(prefix))
            return false;
        rest_.remove_prefix(prefix.size());
        return true;
    }
    // A run of digits, no fewer and no more than that; nullopt otherwise.
    std::optional<std::int64_t> digits(std::size_t fewest, std::size_t most) {
        std::size_t count = 0;
        std::int64_t number = 0;
        while (count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9') {
            if (count == most)
                return std::nullopt;
            number = number * 10 + (rest_[count++] - '0');
        }
        last_count_ = count;
        rest_.remove_prefix(count);
        return count < fewest ? std::nullopt : std::optional(number);
    }
    std::size_t last_count() const { return last_count_; }

private:
    std::string_view rest_;
    std::size_t last_count_ = 0;
};

struct Date {
    std::int64_t year = 0;
    std::int64_t month = 0;
    std::int64_t day = 0;
};

std::optional<Date> read_date(Reader& reader) {
    const auto year = reader.digits(4, 7);
    if (!year || !reader.take("-"))
        return std::nullopt;
    const auto month = reader.digits(2, 2);
    if (!month || *month < 1 || *month > 12 || !reader.take("-"))
        return std::nullopt;
    const auto day = reader.digits(2, 2);
    if (!day || *day < 1 || *day > 31)
        return std::nullopt;
    return Date{*year, *month, *day};
}

// Days since 2000-01-01 in the proleptic Gregorian calendar; the year 0 is 1 BC.
std::int64_t days_of(const Date& date) {
    const std::int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    const std::int64_t era = (year >= 0 ? year : year - 399) / 400;
    const std::int64_t year_of_era = year - era * 400;
    const std::int64_t day_of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    constexpr std::int64_t days_to_2000 = 730'425;  // from 0000-03-01
    return era * 146'097 + day_of_era - days_to_2000;
}

// What ends a date or timestamp: nothing, or that it was before the year 1.
bool end_date(Reader& reader, Date& date, std::int64_t max_year) {
    if (reader.take(" BC"))
        date.year = 1 - date.year;
    return reader.is_at_end() && date.year <= max_year;
}

std::optional<std::int64_t> read_time_us(Reader& reader) {
    const auto hours = reader.digits(2, 2);
    if (!hours || *hours > 24 || !reader.take(":"))
        return std::nullopt;
    const auto minutes = reader.digits(2, 2);
    if (!minutes || *minutes > 59 || !reader.take(":"))
        return std::nullopt;
    const auto seconds = reader.digits(2, 2);
    if (!seconds || *seconds > 60)
        return std::nullopt;
    std::int64_t fraction_us = 0;
    if (reader.take(".")) {
        const auto fraction = reader.digits(1, 6);
        if (!fraction)
            return std::nullopt;
        fraction_us = *fraction;
        for (std::size_t count = reader.last_count(); count < 6; ++count)
            fraction_us *= 10;
    }
    return ((*hours * 60 + *minutes) * 60 + *seconds) * second_us + fraction_us;
}

// "+02", "-03:30", "+00:00:01": seconds east of UTC.
std::optional<std::int64_t> read_zone(Reader& reader) {
    const bool is_west = reader.take("-");
    if (!is_west && !reader.take("+"))
        return std::nullopt;
    const auto hours = reader.digits(2, 2);
    if (!hours)
        return std::nullopt;
    std::int64_t seconds = *hours * 3600;
    for (const std::int64_t unit : {60, 1}) {
        if (!reader.take(":"))
            break;
        const auto part = reader.digits(2, 2);
        if (!part || *part > 59)
            return std::nullopt;
        seconds += *part * unit;
    }
    return is_west ? -seconds : seconds;
}

std::optional<Value> read_infinity(std::string_view text) {
    if (text == "infinity")
        return value_of_kind(Kind::infinity);
    if (text == "-infinity")
        return value_of_kind(Kind::negative_infinity);
    return std::nullopt;
}

std::optional<Value> read_date_value(std::string_view text) {
    if (const auto infinity = read_infinity(text))
        return infinity;
    Reader reader(text);
    auto date = read_date(reader);
    if (!date || !end_date(reader, *date, max_date_year))
        return std::nullopt;
    return integer_value(days_of(*date));
}

std::optional<Value> read_timestamp_value(std::string_view text, bool has_zone) {
    if (const auto infinity = read_infinity(text))
        return infinity;
    Reader reader(text);
    auto date = read_date(reader);
    if (!date || !reader.take(" "))
        return std::nullopt;
    const auto time_us = read_time_us(reader);
    const auto zone_seconds = has_zone ? read_zone(reader) : std::optional<std::int64_t>(0);
    if (!time_us || !zone_seconds || !end_date(reader, *date, max_timestamp_year) || date->year < -max_timestamp_year)
        return std::nullopt;
    return integer_value(days_of(*date) * day_us + *time_us - *zone_seconds * second_us);
}

// A "char" above 127 is a byte up to 15 and \ooo from 16 on.
Value read_quoted_char(std::string_view text, RowMemory& memory) {
    if (text.size() != 1 || static_cast<std::uint8_t>(text.front()) < 0x80)
        return text_or_bytes(text);
    const auto byte = static_cast<std::uint8_t>(text.front());
    const std::array<char, 4> octal{'\\', static_cast<char>('0' + (byte >> 6)),
                                    static_cast<char>('0' + (byte >> 3 & 7)), static_cast<char>('0' + (byte & 7))};
    return text_value(memory.keep({octal.data(), octal.size()}));
}

}  // namespace

std::optional<Value> read_hexadecimal(std::string_view digits, RowMemory& memory) {
    if (digits.size() % 2 != 0)
        return std::nullopt;
    std::string& bytes = memory.scratch();
    bytes.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = hexadecimal(digits[i]);
        const int low = hexadecimal(digits[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes += static_cast<char>(high << 4 | low);
    }
    return bytes_value(memory.keep(bytes));
}

std::optional<Value> read_timestamptz(std::string_view text) {
    return read_timestamp_value(text, true);
}

std::optional<Value> read_text_value(std::string_view text, const event::Column& column, RowMemory& memory) {
    switch (column.encoding) {
        case Encoding::boolean:
            if (text != "t" && text != "f")
                return std::nullopt;
            return boolean_value(text == "t");
        case Encoding::integer:
            if (const auto number = read_number<std::int64_t>(text))
                return integer_value(*number);
            return std::nullopt;
        case Encoding::float4:
            return read_real<float>(text);
        case Encoding::float8:
            return read_real<double>(text);
        case Encoding::bytes:
            if (!text.starts_with("\\x"))
                return std::nullopt;
            return read_hexadecimal(text.substr(2), memory);
        case Encoding::uuid:
            return read_uuid(text, memory);
        case Encoding::date:
            return read_date_value(text);
        case Encoding::timestamp:
            return read_timestamp_value(text, false);
        case Encoding::timestamptz:
            return read_timestamp_value(text, true);
        case Encoding::bits:
        case Encoding::inet:
        case Encoding::cidr:
        case Encoding::macaddr: {
            // Bytes would be taken for the native form.
            const Value value = text_or_bytes(text);
            return value.kind == Kind::text ? std::optional(value) : std::nullopt;
        }
        default:
            return column.type_oid == quoted_char_oid ? read_quoted_char(text, memory) : text_or_bytes(text);
    }
}

}  // namespace glassflow::decode
