// Keys into hashes: FNV-1a over kind-tagged values, finished with the mixer of splitmix64 so that all bits are good.
#include "route/lanes.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include "event/row_key.h"

namespace glassflow::route {

namespace {

using event::Value;

// What a lane is of, so that a table and a message prefix of the same name do not meet.
enum class LaneKind : std::uint8_t { table, row, message };

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

    void add_value(const Value& value);

    std::uint64_t finish() const {
        std::uint64_t mixed = state_;
        mixed = (mixed ^ mixed >> 30) * 0xBF58'476D'1CE4'E5B9u;
        mixed = (mixed ^ mixed >> 27) * 0x94D0'49BB'1331'11EBu;
        return mixed ^ mixed >> 31;
    }

private:
    std::uint64_t state_ = 0xCBF2'9CE4'8422'2325u;
};

void LaneHash::add_value(const Value& value) {
    add_byte(static_cast<std::uint8_t>(value.kind));
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
    }
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
        hash.add_value(*value);
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
