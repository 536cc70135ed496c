// Values made of parts: arrays, composites, ranges, and the fields of timetz and interval.
//
// Types nest as deep as the relation record says (wire::max_type_depth at most), values never deeper. The server will
// print what comes from here as text, so the rules are those its own values obey.
#include <algorithm>
#include <limits>
#include <utility>

#include "decode/value_record.h"
#include "event/range_flags.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

using event::Value;

constexpr std::uint32_t max_dimensions = 6;  // MAXDIM
constexpr std::int64_t day_us = 86'400'000'000;
constexpr std::int64_t zone_limit_seconds = 16 * 3600;  // TZDISP_LIMIT: offsets are smaller, both ways

std::span<Value> parts_of(RowMemory& memory, std::size_t count, Value& value) {
    const std::span<Value> parts = memory.values(count);
    value.kind = Value::Kind::parts;
    value.part_count = static_cast<std::uint32_t>(count);
    value.first_part = parts.data();
    return parts;
}

static_assert(event::range_empty == wire::range_empty);
static_assert(event::range_lower_inclusive == wire::range_lower_inclusive);
static_assert(event::range_upper_inclusive == wire::range_upper_inclusive);
static_assert(event::range_lower_infinite == wire::range_lower_infinite);
static_assert(event::range_upper_infinite == wire::range_upper_infinite);

bool is_between(std::int64_t number, std::int64_t low, std::int64_t high) {
    return number >= low && number <= high;
}

bool is_int32(const Value& value) {
    return std::in_range<std::int32_t>(value.integer);
}

// An empty range has no other flag, and an infinite bound includes nothing.
bool are_consistent(std::uint64_t range_flags) {
    const auto has_both = [range_flags](std::uint32_t one, std::uint32_t other) {
        return (range_flags & one) != 0 && (range_flags & other) != 0;
    };
    if ((range_flags & wire::range_empty) != 0)
        return range_flags == wire::range_empty;
    return range_flags < 2 * wire::range_upper_infinite &&
           !has_both(wire::range_lower_inclusive, wire::range_lower_infinite) &&
           !has_both(wire::range_upper_inclusive, wire::range_upper_infinite);
}

std::uint32_t bound_count(std::uint64_t range_flags) {
    if (range_flags == wire::range_empty)
        return 0;
    return ((range_flags & wire::range_lower_infinite) == 0 ? 1u : 0u) +
           ((range_flags & wire::range_upper_infinite) == 0 ? 1u : 0u);
}

}  // namespace

// An array of this many integers.
bool ValueReader::read_numbers(std::size_t count, Value& value) {
    if (cursor_.next_type() != FrameCursor::Type::array || cursor_.read_array("value") != count)
        return false;
    for (Value& part : parts_of(memory_, count, value)) {
        if (cursor_.next_type() != FrameCursor::Type::integer)
            return false;
        part.kind = Value::Kind::integer;
        part.integer = cursor_.read_signed("value");
    }
    return true;
}

bool ValueReader::read_time_with_zone(Value& value) {
    if (!read_numbers(2, value))
        return false;
    const auto parts = value.parts();
    return is_between(parts[0].integer, 0, day_us) &&
           is_between(parts[1].integer, 1 - zone_limit_seconds, zone_limit_seconds - 1);
}

bool ValueReader::read_interval(Value& value) {
    return read_numbers(3, value) && is_int32(value.parts()[0]) && is_int32(value.parts()[1]);
}

bool ValueReader::read_array(const event::Column& type, Value& value) {
    const std::uint32_t count = cursor_.read_array("array");
    if (count == 0)
        return false;
    const std::span<Value> parts = parts_of(memory_, count, value);
    if (!read_shape(count - 1, parts[0]))
        return false;
    return std::ranges::all_of(parts.subspan(1),
                               [&](Value& element) { return read_within(type.parts.front(), element); });
}

// nil, or a length and a lower bound for each dimension, which hold this many elements together.
bool ValueReader::read_shape(std::uint64_t elements, Value& shape) {
    if (cursor_.read_nil())
        return true;
    if (cursor_.next_type() != FrameCursor::Type::array)
        return false;
    FrameCursor ahead = cursor_;
    const std::uint32_t count = ahead.read_array("shape");
    if (count == 0 || count % 2 != 0 || count > 2 * max_dimensions || !read_numbers(count, shape))
        return false;
    constexpr std::int64_t max_int32 = std::numeric_limits<std::int32_t>::max();
    std::uint64_t product = 1;
    for (std::uint32_t i = 0; i < count; i += 2) {
        const std::int64_t length = shape.parts()[i].integer;
        const Value& lower_bound = shape.parts()[i + 1];
        if (!is_between(length, 1, max_int32) || !is_int32(lower_bound) || lower_bound.integer > max_int32 - length + 1)
            return false;
        product *= static_cast<std::uint64_t>(length);
        if (product > elements)  // before it can overflow
            return false;
    }
    return product == elements;
}

bool ValueReader::read_composite(const event::Column& type, Value& value) {
    if (cursor_.read_array("composite") != type.parts.size())
        return false;
    const std::span<Value> parts = parts_of(memory_, type.parts.size(), value);
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (!read_within(type.parts[i], parts[i]))
            return false;
    }
    return true;
}

// Flags, then the bounds that are there: none when it is empty, none where it is infinite.
bool ValueReader::read_range(const event::Column& type, Value& value) {
    const std::uint32_t count = cursor_.read_array("range");
    if (count == 0 || cursor_.next_type() != FrameCursor::Type::integer)
        return false;
    const std::uint64_t flags = cursor_.read_unsigned("range flags", std::numeric_limits<std::uint32_t>::max());
    if (!are_consistent(flags) || count != 1 + bound_count(flags))
        return false;
    const std::span<Value> parts = parts_of(memory_, count, value);
    parts[0].kind = Value::Kind::integer;
    parts[0].integer = static_cast<std::int64_t>(flags);
    return std::ranges::all_of(
        parts.subspan(1), [&](Value& bound) { return read_within(type.parts.front(), bound) && !bound.is_null(); });
}

bool ValueReader::read_multirange(const event::Column& type, Value& value) {
    const std::uint32_t count = cursor_.read_array("multirange");
    for (Value& range : parts_of(memory_, count, value)) {
        if (cursor_.next_type() != FrameCursor::Type::array || !read_range(type, range))
            return false;
    }
    return true;
}

}  // namespace glassflow::decode
