// Keys into hashes: FNV-1a over kind-tagged values, finished with the mixer of splitmix64 so that all bits are good.
#include "route/lanes.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <string_view>

#include "event/row_key.h"

namespace glassflow::route {

namespace {

using event::Value;

// What a lane is of, so that a table and a message prefix of the same name do not meet.
enum class LaneKind : std::uint8_t { table, row, message };

// Of numbers that are parts of a value and have no type of their own.
const event::Column part_number{.name = {}, .type = {}, .encoding = event::Encoding::integer, .parts = {}};

class LaneHash {
public:
    explicit LaneHash(LaneKind kind) { add_byte(static_cast<std::uint8_t>(kind)); }

    void add_byte(std::uint8_t byte) {
        state_ ^= byte;
        state_ *= 0x0000'0100'0000'01B3u;
    }

    void add_number(std::uint64_t number) {
        for (int shift = 0; shift < 64; shift += 8)
            add_byte(static_cast<std::uint8_t>(number >> shift));
    }

    // With its length, so that ("ab", "c") is not ("a", "bc").
    void add_text(std::string_view text) {
        add_number(text.size());
        for (const char character : text)
            add_byte(static_cast<std::uint8_t>(character));
    }

    void add_table(const event::Relation& relation) {
        add_text(relation.schema);
        add_text(relation.table);
    }

    void add_value(const Value& value, const event::Column& type);

    void add_decimal(const Value& value, std::uint32_t scale);
    void add_interval(const Value& value);
    void add_parts(const Value& value, const event::Column& type);
    void add_range(const Value& range, const event::Column& bound_type);

    std::uint64_t finish() const {
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xBF58'476D'1CE4'E5B9u;
        mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EBu;
        return mixed ^ mixed >> 31;
    }

private:
    std::uint64_t state_ = 0xCBF2'9CE4'8422'2325u;
};

// To Postgres 1.5 equals 1.50 and 0 -0.00, as text or as a number of the wire.
void LaneHash::add_decimal(const Value& value, std::uint32_t scale) {
    char digits[40];
    std::string_view whole;
    std::string_view fraction;
    bool is_negative = false;
    if (value.kind == Value::Kind::integer) {
        is_negative = value.integer < 0;
        const auto bits = static_cast<std::uint64_t>(value.integer);
        char* const first = std::fill_n(digits, scale, '0');  // there may be fewer digits than decimals
        const char* const last = std::to_chars(first, std::end(digits), is_negative ? 0 - bits : bits).ptr;
        whole = {digits, last - scale};
        fraction = {last - scale, last};
    } else {
        const std::size_t point = std::min(value.view.find('.'), value.view.size());
        is_negative = value.view.starts_with('-');
        whole = value.view.substr(is_negative ? 1 : 0, point - (is_negative ? 1 : 0));
        fraction = value.view.substr(std::min(point + 1, value.view.size()));
    }
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    add_byte(is_negative && !(whole.empty() && fraction.empty()) ? 1 : 0);
    add_text(whole);
    add_text(fraction);
}

// To Postgres a month is 30 days and a day 24 hours when intervals are compared.
void LaneHash::add_interval(const Value& value) {
    constexpr std::int64_t day_us = 86'400'000'000;
    const auto parts = value.parts();
    const std::int64_t days = parts[0].integer * 30 + parts[1].integer + parts[2].integer / day_us;
    const std::int64_t rest_us = parts[2].integer % day_us;
    const std::int64_t carried = rest_us < 0 ? 1 : 0;  // a rest is never negative
    add_number(static_cast<std::uint64_t>(days - carried));
    add_number(static_cast<std::uint64_t>(rest_us + carried * day_us));
}

void LaneHash::add_value(const Value& value, const event::Column& type) {
    const bool is_decimal = type.encoding == event::Encoding::decimal &&
                            (value.kind == Value::Kind::integer || value.kind == Value::Kind::text);
    add_byte(static_cast<std::uint8_t>(is_decimal ? Value::Kind::text : value.kind));
    if (is_decimal)
        return add_decimal(value, type.scale);
    switch (value.kind) {
        case Value::Kind::null:
        case Value::Kind::unchanged_toast:
        case Value::Kind::infinity:
        case Value::Kind::negative_infinity:
            break;
        case Value::Kind::too_large:
            add_number(value.size_bytes);
            break;
        case Value::Kind::boolean:
            add_byte(value.boolean ? 1 : 0);
            break;
        case Value::Kind::integer:
            add_number(static_cast<std::uint64_t>(value.integer));
            break;
        case Value::Kind::real:
            // To Postgres -0 equals 0 and NaN itself: one key each.
            if (std::isnan(value.real))
                add_number(std::bit_cast<std::uint64_t>(std::numeric_limits<double>::quiet_NaN()));
            else
                add_number(std::bit_cast<std::uint64_t>(value.real == 0 ? 0.0 : value.real));
            break;
        case Value::Kind::text:
        case Value::Kind::bytes:
            add_text(value.view);
            break;
        case Value::Kind::parts:
            add_parts(value, type);
            break;
    }
}

void LaneHash::add_parts(const Value& value, const event::Column& type) {
    using event::Encoding;
    const auto parts = value.parts();
    add_number(parts.size());
    switch (type.encoding) {
        case Encoding::interval:
            return add_interval(value);
        case Encoding::array:
            add_value(parts[0], part_number);  // the shape
            for (const Value& element : parts.subspan(1))
                add_value(element, type.parts.front());
            return;
        case Encoding::composite:
            for (std::size_t i = 0; i < parts.size(); ++i)
                add_value(parts[i], type.parts[i]);
            return;
        case Encoding::multirange:
            for (const Value& range : parts)
                add_range(range, type.parts.front());
            return;
        case Encoding::range:
            return add_range(value, type.parts.front());
        default:  // timetz, the shape of an array
            for (const Value& part : parts)
                add_value(part, part_number);
    }
}

void LaneHash::add_range(const Value& range, const event::Column& bound_type) {
    add_value(range.parts()[0], part_number);  // the flags
    for (const Value& bound : range.parts().subspan(1))
        add_value(bound, bound_type);
}

std::uint64_t table_hash(const event::Relation& relation) {
    LaneHash hash(LaneKind::table);
    hash.add_table(relation);
    return hash.finish();
}

// A key that is not wholly known cannot be put in its lane: then only a barrier keeps the order.
void add_row(Lanes& lanes, const event::RowChange& change, event::RowSide side) {
    LaneHash hash(LaneKind::row);
    hash.add_table(*change.relation);
    for (const std::uint32_t column : change.relation->key) {
        const Value* value = event::key_value(change, column, side);
        if (value == nullptr || value->kind == Value::Kind::unchanged_toast) {
            lanes.is_barrier = true;
            continue;
        }
        hash.add_value(*value, change.relation->columns[column]);
    }
    const std::uint64_t lane = hash.finish();
    if (lanes.count == 0 || lanes.hashes[0] != lane)
        lanes.hashes[lanes.count++] = lane;
}

}  // namespace

Lanes row_lanes(const event::RowChange& change, RowScope scope) {
    Lanes lanes;
    if (!event::has_logged_key(*change.relation)) {
        lanes.hashes[lanes.count++] = table_hash(*change.relation);
        return lanes;
    }
    if (scope != RowScope::new_row)
        add_row(lanes, change, event::RowSide::old_row);
    if (scope != RowScope::old_row)
        add_row(lanes, change, event::RowSide::new_row);
    return lanes;
}

Lanes truncate_lanes(const event::Truncate& truncate) {
    Lanes lanes;
    lanes.hashes[lanes.count++] = table_hash(*truncate.relation);
    lanes.is_barrier = true;
    return lanes;
}

Lanes message_lanes(const event::LogicalMessage& message) {
    LaneHash hash(LaneKind::message);
    hash.add_text(message.prefix);
    Lanes lanes;
    lanes.hashes[lanes.count++] = hash.finish();
    return lanes;
}

}  // namespace glassflow::route
