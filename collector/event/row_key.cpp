// The rules of which tuple tells a key value; see row_key.h.
#include "event/row_key.h"

#include <algorithm>
#include <bit>

namespace glassflow::event {

const Value* key_value(const RowChange& change, std::uint32_t column, RowSide side) {
    const bool has_old = !change.old_row.empty();
    const bool has_new = !change.new_row.empty();
    if (side == RowSide::old_row) {
        if (has_old)
            return &change.old_row[column];
        // Postgres leaves the old key out of an update only when it is the new one.
        const bool is_same_key = change.operation == Operation::update && has_logged_key(*change.relation);
        if (!is_same_key || !has_new || change.new_row[column].kind == Value::Kind::unchanged_toast)
            return nullptr;
        return &change.new_row[column];
    }
    if (!has_new)
        return nullptr;
    const Value& value = change.new_row[column];
    if (value.kind != Value::Kind::unchanged_toast)
        return &value;
    return has_old ? &change.old_row[column] : nullptr;
}

const Value* new_value(const RowChange& change, std::uint32_t column) {
    const Value& value = change.new_row[column];
    if (value.kind != Value::Kind::unchanged_toast)
        return &value;
    const bool is_in_old_row = change.has_full_old_row() || change.relation->columns[column].is_key;
    if (!is_in_old_row || change.old_row.empty())
        return nullptr;
    const Value& old = change.old_row[column];
    return old.kind != Value::Kind::unchanged_toast ? &old : nullptr;
}

bool has_logged_key(const Relation& relation) {
    return !relation.key.empty() && relation.identity != ReplicaIdentity::nothing;
}

bool key_changed(const RowChange& change) {
    if (change.operation != Operation::update || change.old_row.empty() || change.new_row.empty())
        return false;
    return std::ranges::any_of(change.relation->key, [&](std::uint32_t column) {
        const Value& after = change.new_row[column];
        return after.kind != Value::Kind::unchanged_toast && !same_value(change.old_row[column], after);
    });
}

bool same_value(const Value& left, const Value& right) {
    if (left.kind != right.kind)
        return false;
    switch (left.kind) {
        case Value::Kind::null:
        case Value::Kind::unchanged_toast:
        case Value::Kind::infinity:
        case Value::Kind::negative_infinity:
            return true;
        case Value::Kind::too_large:
            return left.size_bytes == right.size_bytes;
        case Value::Kind::boolean:
            return left.boolean == right.boolean;
        case Value::Kind::integer:
            return left.integer == right.integer;
        case Value::Kind::real:
            return std::bit_cast<std::uint64_t>(left.real) == std::bit_cast<std::uint64_t>(right.real);
        case Value::Kind::text:
        case Value::Kind::bytes:
            return left.view == right.view;
        case Value::Kind::parts:
            return std::ranges::equal(left.parts(), right.parts(), same_value);
    }
    return false;
}

}  // namespace glassflow::event
