// The walk over the groups. Lengths are computed from the header first, so that nothing in a damaged value can lead
// outside the room reserved.
#include "numeric_text.h"

#include <array>

namespace glassflow {

namespace {

// The first two bytes, which every numeric has.
constexpr unsigned kind_mask = 0xc000;
constexpr unsigned kind_special = 0xc000;
constexpr unsigned kind_short = 0x8000;
constexpr unsigned long_negative = 0x4000;
constexpr unsigned long_scale_mask = 0x3fff;
constexpr unsigned short_negative = 0x2000;
constexpr unsigned short_scale_mask = 0x1f80;
constexpr unsigned short_scale_shift = 7;
constexpr unsigned short_weight_sign = 0x0040;
constexpr unsigned short_weight_mask = 0x003f;

constexpr int group_digits = 4;
constexpr unsigned group_end = 10000;
constexpr unsigned powers_of_ten[] = {1, 10, 100, 1000, group_end};
constexpr int max_int64_weight = 4;  // 10000^5 has 20 zeros

// "00" to "99"
constexpr auto digit_pairs = [] {
    std::array<char, 200> pairs{};
    for (std::size_t i = 0; i < 100; ++i) {
        pairs[2 * i] = static_cast<char>('0' + i / 10);
        pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
    }
    return pairs;
}();

std::uint16_t read_uint16(const char* bytes) {
    std::uint16_t value;
    memcpy(&value, bytes, sizeof(value));
    return value;
}

int group_count(const NumericParts& parts) {
    return static_cast<int>(parts.groups.size() / sizeof(std::uint16_t));
}

// Groups before the first and behind the last are zero.
unsigned group_at(const NumericParts& parts, int index) {
    return index >= 0 && index < group_count(parts) ? read_uint16(parts.groups.data() + sizeof(std::uint16_t) * index)
                                                    : 0;
}

int digits_without_zeros(unsigned group) {
    return group >= 1000 ? 4 : group >= 100 ? 3 : group >= 10 ? 2 : 1;
}

char* write_group(char* out, unsigned group) {
    memcpy(out, &digit_pairs[2 * (group / 100)], 2);
    memcpy(out + 2, &digit_pairs[2 * (group % 100)], 2);
    return out + group_digits;
}

int integer_digits(const NumericParts& parts) {
    return parts.weight < 0 ? 1 : digits_without_zeros(group_at(parts, 0)) + group_digits * parts.weight;
}

char* write_integer(char* out, const NumericParts& parts) {
    if (parts.weight < 0) {
        *out++ = '0';
        return out;
    }
    char first[group_digits];
    write_group(first, group_at(parts, 0));
    const int digits = digits_without_zeros(group_at(parts, 0));
    memcpy(out, first + group_digits - digits, digits);
    out += digits;
    for (int index = 1; index <= parts.weight; ++index) {
        out = write_group(out, group_at(parts, index));
    }
    return out;
}

// Without a look at the groups; false for what read_numeric does not know. Inlined, so that parts are in registers: an
// optional of them is stored in pieces and read as a whole, which stalls the processor at every value.
[[gnu::always_inline]] inline bool read_header(std::string_view bytes, NumericParts& parts) {
    if (bytes.size() < sizeof(std::uint16_t) || bytes.size() % sizeof(std::uint16_t) != 0) {
        return false;
    }
    const unsigned header = read_uint16(bytes.data());
    if ((header & kind_mask) == kind_special) {
        return false;
    }
    parts.groups = {bytes.data() + sizeof(std::uint16_t), bytes.size() - sizeof(std::uint16_t)};
    if ((header & kind_mask) == kind_short) {
        const int weight = static_cast<int>(header & short_weight_mask);
        parts.weight = (header & short_weight_sign) != 0 ? weight - static_cast<int>(short_weight_sign) : weight;
        parts.scale = static_cast<int>((header & short_scale_mask) >> short_scale_shift);
        parts.is_negative = (header & short_negative) != 0;
        return true;
    }
    if (parts.groups.size() < sizeof(std::uint16_t)) {
        return false;
    }
    parts.weight = static_cast<std::int16_t>(read_uint16(parts.groups.data()));
    parts.scale = static_cast<int>(header & long_scale_mask);
    parts.is_negative = (header & kind_mask) == long_negative;
    parts.groups.remove_prefix(sizeof(std::uint16_t));
    return true;
}

// false when units would not hold them, or group has more.
bool append_digits(std::uint64_t& units, int digits, unsigned group) {
    return group < powers_of_ten[digits] && !__builtin_mul_overflow(units, powers_of_ten[digits], &units) &&
           !__builtin_add_overflow(units, group, &units);
}

}  // namespace

std::size_t NumericParts::text_bytes() const {
    return (is_negative ? 1 : 0) + integer_digits(*this) + (scale > 0 ? 1 + scale : 0);
}

std::optional<NumericParts> read_numeric(std::string_view bytes) {
    NumericParts parts{};
    if (!read_header(bytes, parts)) {
        return std::nullopt;
    }
    for (int index = 0; index < group_count(parts); ++index) {
        if (group_at(parts, index) >= group_end) {
            return std::nullopt;
        }
    }
    return parts;
}

bool read_decimal(std::string_view bytes, int scale, std::int64_t& value) {
    NumericParts parts{};
    if (!read_header(bytes, parts) || parts.scale != scale || parts.weight > max_int64_weight) {
        return false;
    }
    std::uint64_t units = 0;
    const int whole_end = parts.weight + 1 + scale / group_digits;
    for (int index = 0; index < whole_end; ++index) {
        if (!append_digits(units, group_digits, group_at(parts, index))) {
            return false;
        }
    }
    if (const int digits = scale % group_digits; digits != 0) {
        const unsigned group = group_at(parts, whole_end);
        if (!append_digits(units, digits, group / powers_of_ten[group_digits - digits])) {
            return false;
        }
    }
    const bool prints_a_zero_before = parts.weight > 0 && group_at(parts, 0) == 0;
    const bool prints_minus_zero = parts.is_negative && units == 0;
    const std::uint64_t limit = static_cast<std::uint64_t>(PG_INT64_MAX) + (parts.is_negative ? 1 : 0);
    if (prints_a_zero_before || prints_minus_zero || units > limit) {
        return false;
    }
    value = static_cast<std::int64_t>(parts.is_negative ? 0 - units : units);
    return true;
}

void write_numeric(char* out, const NumericParts& parts) {
    if (parts.is_negative) {
        *out++ = '-';
    }
    out = write_integer(out, parts);
    if (parts.scale > 0) {
        *out++ = '.';
        for (int written = 0, index = parts.weight + 1; written < parts.scale; written += group_digits, ++index) {
            out = write_group(out, group_at(parts, index));
        }
    }
}

}  // namespace glassflow
