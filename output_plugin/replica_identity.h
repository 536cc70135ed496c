// Which columns tell one row of a relation from another: for the key of the relation record, and for reading the old
// rows that the WAL holds.
#pragma once

#include "pg_headers.h"

#include <span>

namespace glassflow {

struct RowKey {
    // Of the replica identity index's columns, in key order; of the primary key when the identity is FULL or NOTHING or
    // its index is gone; empty when there is neither. Memory comes from CurrentMemoryContext.
    std::span<const AttrNumber> attributes;
    bool is_logged;  // the old rows that the WAL holds are this key
};

RowKey key_of(Relation relation);

}  // namespace glassflow
