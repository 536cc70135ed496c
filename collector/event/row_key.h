// A row change -> the key it speaks about: before, after, and whether the two differ.
//
// An update tells its key in two places: the new row holds it, except columns whose unchanged value stayed in TOAST;
// the old row is there only when the key changed, when a key value is in TOAST, or under identity FULL. Who wants the
// key asks here and need not know.
#pragma once

#include <cstdint>

#include "event/change.h"

namespace glassflow::event {

enum class RowSide : std::uint8_t { old_row, new_row };

// The value of the column at this position (a member of relation->key) on that side. nullptr when it is not known,
// which for a table with a logged key happens only on the side that does not exist (old of an insert, new of a delete).
const Value* key_value(const RowChange& change, std::uint32_t column, RowSide side);

// The value of the column at this position in the new row; where the update left it in TOAST, the old row's if that is
// known: under identity FULL, and of the key. nullptr: not known, which is not NULL. For changes with a new row.
const Value* new_value(const RowChange& change, std::uint32_t column);

// Is there a key at all that every change of this table tells? Not so without a key, and not under identity NOTHING,
// where deletes and the old side of updates are not logged.
bool has_logged_key(const Relation& relation);

// True only for an update whose old key is known and differs from the new one, byte for byte.
bool key_changed(const RowChange& change);

// Equality of values of one column: kind and content; floats by their bits, so NaN equals itself and -0 is not 0; parts
// one by one.
bool same_value(const Value& left, const Value& right);

}  // namespace glassflow::event
