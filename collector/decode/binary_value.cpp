// What is sent is decided by the column's description, not by what the bytes say of themselves; where they say it too
// (the element type of an array), both must agree.
#include "decode/binary_value.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <string>
#include <utility>

#include "decode/builtin_types.h"
#include "decode/byte_cursor.h"
#include "decode/decode_error.h"
#include "decode/made_value.h"
#include "decode/text_value.h"
#include "event/lsn.h"
#include "event/range_flags.h"

namespace glassflow::decode {

namespace {

using event::Column;
using event::Encoding;
using event::Value;
using Kind = Value::Kind;

constexpr std::int32_t max_dimensions = 6;
constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int32_t zone_limit_seconds = 16 * 3600;
constexpr std::int32_t min_int32 = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t max_int32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t min_int64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t max_int64 = std::numeric_limits<std::int64_t>::max();
constexpr std::uint32_t quoted_char_oid = 18;
constexpr std::uint32_t jsonpath_oid = 4072;
constexpr std::uint32_t xid8_oid = 5069;

// A type of the server's own that is sent as text has no zero byte and no control character in front; what is sent in
// another form (composites, hstore, ltree) begins with a count or a version.
bool looks_like_text(std::string_view bytes) {
    return (bytes.empty() || static_cast<std::uint8_t>(bytes.front()) >= 0x20) &&
           bytes.find('\0') == std::string_view::npos && event::is_utf8(bytes);
}

class BinaryReader {
public:
    BinaryReader(RowMemory& memory, std::size_t offset) : memory_(memory), offset_(offset) {}

    Value read(std::string_view bytes, const Column& column) {
        ByteCursor cursor(bytes);
        const Value value = read_whole(cursor, column);
        require(cursor.at_end(), column);
        return value;
    }

private:
    void require(bool is_sound, const Column& column) const {
        if (!is_sound)
            throw_malformed_message("binary value that is none of type " + column.type, offset_);
    }

    Value read_whole(ByteCursor& cursor, const Column& column) {
        switch (column.encoding) {
            case Encoding::boolean:
                return boolean_value(cursor.read_byte("boolean") != 0);
            case Encoding::integer:
                return read_integer(cursor, column);
            case Encoding::float4:
                return real_value(std::bit_cast<float>(cursor.read_uint32("float4")));
            case Encoding::float8:
                return real_value(std::bit_cast<double>(cursor.read_uint64("float8")));
            case Encoding::bytes:
                return bytes_value(cursor.read_rest());
            case Encoding::uuid:
                return bytes_value(cursor.read_bytes(16, "uuid"));
            case Encoding::date:
                return finite(cursor.read_int32("date"), min_int32, max_int32);
            case Encoding::timestamp:
            case Encoding::timestamptz:
                return finite(cursor.read_int64("timestamp"), min_int64, max_int64);
            case Encoding::decimal:
                return column.type_oid == xid8_oid ? read_xid8(cursor) : read_numeric(cursor, column);
            case Encoding::time:
            case Encoding::timetz:
            case Encoding::interval:
                return read_time(cursor, column);
            case Encoding::json:
                require(cursor.read_byte("version of a jsonb") == 1, column);
                return text_or_bytes(cursor.read_rest());
            case Encoding::bits:
                return read_bits(cursor, column);
            case Encoding::inet:
            case Encoding::cidr:
                return read_address(cursor, column);
            case Encoding::macaddr:
                require(cursor.left() == 6 || cursor.left() == 8, column);
                return bytes_value(cursor.read_rest());
            case Encoding::array:
                return read_array(cursor, column);
            case Encoding::range:
                return read_range(cursor, column);
            case Encoding::multirange:
                return read_multirange(cursor, column);
            default:
                return read_text(cursor, column);
        }
    }

    static Value finite(std::int64_t number, std::int64_t negative_infinity, std::int64_t infinity) {
        if (number == infinity)
            return value_of_kind(Kind::infinity);
        return number == negative_infinity ? value_of_kind(Kind::negative_infinity) : integer_value(number);
    }

    // A domain has a type_oid of its own; then its size tells.
    static Value read_integer(ByteCursor& cursor, const Column& column) {
        switch (cursor.left()) {
            case 2:
                return integer_value(cursor.read_int16("integer"));
            case 8:
                return integer_value(cursor.read_int64("integer"));
            default:
                break;
        }
        const std::uint32_t bits = cursor.read_uint32("integer");
        const bool is_signed = !(column.type == "oid" || column.type == "xid" || column.type == "cid");
        return integer_value(is_signed ? std::int64_t{static_cast<std::int32_t>(bits)} : std::int64_t{bits});
    }

    Value read_xid8(ByteCursor& cursor) { return text_value(memory_.keep(std::to_string(cursor.read_uint64("xid8")))); }

    Value read_numeric(ByteCursor& cursor, const Column& column) {
        constexpr std::uint16_t negative = 0x4000, nan = 0xC000, infinity = 0xD000, negative_infinity = 0xF000;
        constexpr std::int32_t base = 10000, max_scale = 16383;
        const std::uint16_t count = cursor.read_uint16("numeric");
        const std::int32_t weight = cursor.read_int16("numeric");
        const std::uint16_t sign = cursor.read_uint16("numeric");
        const std::uint16_t scale = cursor.read_uint16("numeric");
        require(cursor.left() == std::size_t{count} * 2 && scale <= max_scale, column);
        if (sign == nan || sign == infinity || sign == negative_infinity) {
            require(count == 0, column);
            return text_value(sign == nan ? "NaN" : sign == infinity ? "Infinity" : "-Infinity");
        }
        require(sign == 0 || sign == negative, column);
        digits_.clear();
        for (std::uint16_t i = 0; i < count; ++i) {
            const std::int32_t digit = cursor.read_int16("numeric");
            require(digit >= 0 && digit < base, column);
            digits_.push_back(static_cast<std::uint16_t>(digit));
        }
        std::string& text = memory_.scratch();
        if (sign == negative)
            text += '-';
        append_whole(text, weight);
        append_decimals(text, weight, scale);
        return text_value(memory_.keep(text));
    }

    // The digit of base 10000 that counts 10000^power.
    std::uint16_t digit_at(std::int32_t power, std::int32_t weight) const {
        const std::int32_t index = weight - power;
        return index >= 0 && static_cast<std::size_t>(index) < digits_.size() ? digits_[static_cast<std::size_t>(index)]
                                                                              : std::uint16_t{0};
    }

    void append_whole(std::string& text, std::int32_t weight) const {
        if (weight < 0 || digits_.empty()) {
            text += '0';
            return;
        }
        text += std::to_string(digit_at(weight, weight));
        for (std::int32_t power = weight - 1; power >= 0; --power)
            append_four(text, digit_at(power, weight));
    }

    void append_decimals(std::string& text, std::int32_t weight, std::uint16_t scale) const {
        if (scale == 0)
            return;
        text += '.';
        const std::size_t end = text.size() + scale;
        for (std::int32_t power = -1; text.size() < end; --power)
            append_four(text, digit_at(power, weight));
        text.resize(end);
    }

    static void append_four(std::string& text, std::uint16_t digit) {
        const std::array<char, 4> four{static_cast<char>('0' + digit / 1000), static_cast<char>('0' + digit / 100 % 10),
                                       static_cast<char>('0' + digit / 10 % 10), static_cast<char>('0' + digit % 10)};
        text.append(four.data(), four.size());
    }

    Value read_time(ByteCursor& cursor, const Column& column) {
        const std::int64_t time_us = cursor.read_int64("time");
        if (column.encoding == Encoding::interval)
            return read_interval(cursor, time_us);
        require(time_us >= 0 && time_us <= day_us, column);
        if (column.encoding == Encoding::time)
            return integer_value(time_us);
        const std::int32_t zone = cursor.read_int32("zone");
        require(zone > -zone_limit_seconds && zone < zone_limit_seconds, column);
        std::span<Value> parts;
        const Value value = parts_value(memory_, 2, parts);
        parts[0] = integer_value(time_us);
        parts[1] = integer_value(zone);
        return value;
    }

    // From 17 on an interval can be infinite, which is that all of it is.
    Value read_interval(ByteCursor& cursor, std::int64_t time_us) {
        const std::int32_t days = cursor.read_int32("interval");
        const std::int32_t months = cursor.read_int32("interval");
        if (time_us == max_int64 && days == max_int32 && months == max_int32)
            return value_of_kind(Kind::infinity);
        if (time_us == min_int64 && days == min_int32 && months == min_int32)
            return value_of_kind(Kind::negative_infinity);
        std::span<Value> parts;
        const Value value = parts_value(memory_, 3, parts);
        parts[0] = integer_value(months);
        parts[1] = integer_value(days);
        parts[2] = integer_value(time_us);
        return value;
    }

    Value read_bits(ByteCursor& cursor, const Column& column) {
        const std::int32_t count = cursor.read_int32("count of bits");
        require(count >= 0 && cursor.left() == (std::size_t(count) + 7) / 8, column);
        std::string& bits = memory_.scratch();
        bits += static_cast<char>((8 - count % 8) % 8);
        bits += cursor.read_rest();
        return bytes_value(memory_.keep(bits));
    }

    Value read_address(ByteCursor& cursor, const Column& column) {
        constexpr std::uint8_t family_4 = 2, family_6 = 3;
        const std::uint8_t family = cursor.read_byte("address");
        const std::uint8_t netmask = cursor.read_byte("address");
        cursor.read_byte("address");  // whether it is a cidr, which the column says as well
        const std::size_t count = cursor.read_byte("address");
        require((family == family_4 && count == 4) || (family == family_6 && count == 16), column);
        require(netmask <= 8 * count, column);
        std::string& address = memory_.scratch();
        address += static_cast<char>(netmask);
        address += cursor.read_bytes(count, "address");
        return bytes_value(memory_.keep(address));
    }

    // A part with its length before it; -1 is NULL.
    Value read_part(ByteCursor& cursor, const Column& type, bool may_be_null) {
        const std::int32_t length = cursor.read_int32("length of a part");
        if (length == -1 && may_be_null)
            return {};
        require(length >= 0, type);
        return read(cursor.read_bytes(static_cast<std::size_t>(length), "part of a value"), type);
    }

    Value read_array(ByteCursor& cursor, const Column& column) {
        const Column& element_type = column.parts.front();
        const BuiltinType* const known = find_type(element_type.type_oid);
        if (known == nullptr || known->binary == BinaryForm::opaque)
            return bytes_value(cursor.read_rest());
        const std::int32_t dimensions = cursor.read_int32("array");
        cursor.read_int32("array");  // whether there are NULLs
        require(dimensions >= 0 && dimensions <= max_dimensions && cursor.read_uint32("array") == element_type.type_oid,
                column);
        std::array<Value, std::size_t{2} * max_dimensions> shape{};
        std::uint64_t count = dimensions == 0 ? 0 : 1;
        for (std::int32_t i = 0; i < dimensions; ++i) {
            const std::int32_t length = cursor.read_int32("length of a dimension");
            const std::int32_t lower_bound = cursor.read_int32("bound of a dimension");
            require(length >= 1 && lower_bound <= max_int32 - length + 1, column);
            count *= static_cast<std::uint64_t>(length);
            require(count <= cursor.left() / 4, column);  // each has a length of its own
            shape[std::size_t(i) * 2] = integer_value(length);
            shape[std::size_t(i) * 2 + 1] = integer_value(lower_bound);
        }
        std::span<Value> parts;
        const Value value = parts_value(memory_, count + 1, parts);
        if (dimensions > 1 || (dimensions == 1 && shape[1].integer != 1)) {
            std::span<Value> shape_parts;
            parts[0] = parts_value(memory_, std::size_t(dimensions) * 2, shape_parts);
            std::copy_n(shape.begin(), shape_parts.size(), shape_parts.begin());
        }
        for (Value& element : parts.subspan(1))
            element = read_part(cursor, element_type, true);
        return value;
    }

    Value read_range(ByteCursor& cursor, const Column& column) {
        using namespace event;
        const std::int64_t flags = cursor.read_byte("range");
        const bool is_empty = flags == range_empty;
        const bool has_lower = !is_empty && (flags & range_lower_infinite) == 0;
        const bool has_upper = !is_empty && (flags & range_upper_infinite) == 0;
        require(is_empty || ((flags & range_empty) == 0 && flags < 2 * range_upper_infinite &&
                             !(!has_lower && (flags & range_lower_inclusive) != 0) &&
                             !(!has_upper && (flags & range_upper_inclusive) != 0)),
                column);
        std::span<Value> parts;
        const Value value = parts_value(memory_, 1 + std::size_t{has_lower} + std::size_t{has_upper}, parts);
        parts[0] = integer_value(flags);
        for (Value& bound : parts.subspan(1))
            bound = read_part(cursor, column.parts.front(), false);
        return value;
    }

    Value read_multirange(ByteCursor& cursor, const Column& column) {
        const std::uint32_t count = cursor.read_uint32("multirange");
        require(count <= cursor.left() / 5, column);  // a length and the flags of each
        std::span<Value> parts;
        const Value value = parts_value(memory_, count, parts);
        for (Value& range : parts) {
            const std::int32_t length = cursor.read_int32("length of a range");
            require(length >= 0, column);
            ByteCursor within(cursor.read_bytes(static_cast<std::size_t>(length), "range"));
            range = read_range(within, column);
            require(within.at_end(), column);
        }
        return value;
    }

    Value read_text(ByteCursor& cursor, const Column& column) {
        const BuiltinType* type = find_type(column.type_oid);
        if (type != nullptr && type->binary == BinaryForm::lsn)
            return read_lsn(cursor);
        if (type != nullptr && type->binary == BinaryForm::tuple) {
            const std::uint32_t block = cursor.read_uint32("tid");
            return text_value(
                memory_.keep("(" + std::to_string(block) + "," + std::to_string(cursor.read_uint16("tid")) + ")"));
        }
        if (column.type_oid == jsonpath_oid)
            require(cursor.read_byte("version of a jsonpath") == 1, column);
        const std::string_view bytes = cursor.read_rest();
        if (column.type_oid == quoted_char_oid)  // an empty one is a zero byte
            return *read_text_value(bytes == std::string_view("\0", 1) ? std::string_view("") : bytes, column, memory_);
        if (type != nullptr && type->binary == BinaryForm::text)
            return text_or_bytes(bytes);
        return type == nullptr && looks_like_text(bytes) ? text_value(bytes) : bytes_value(bytes);
    }

    Value read_lsn(ByteCursor& cursor) {
        return text_value(memory_.keep(to_string(event::Lsn{cursor.read_uint64("pg_lsn")})));
    }

    RowMemory& memory_;
    const std::size_t offset_;
    std::vector<std::uint16_t> digits_;
};

}  // namespace

Value read_binary_value(std::string_view bytes, const Column& column, RowMemory& memory, std::size_t offset) {
    return BinaryReader(memory, offset).read(bytes, column);
}

}  // namespace glassflow::decode
