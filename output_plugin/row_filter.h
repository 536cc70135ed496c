// The conditions of the option `rows` that one table has, made ready to be asked of its rows, and what becomes of a
// row.
//
// The old row that the WAL holds may be the key alone, and a large value that an update left as it was is not in the
// WAL at all. A condition on what is not there may hold or not; such a row is sent, so that none is lost. So a
// condition is not true, false or NULL, but between two of these.
#pragma once

#include "catalog_watch.h"
#include "condition.h"
#include "ordered_value.h"
#include "row_truth.h"
#include "tuple_layout.h"

namespace glassflow {

// Of one column of one row.
struct FilterValue {
    enum class State : std::uint8_t { not_there, null, value };

    State state = State::not_there;
    Datum datum = 0;
};

struct FilterColumn {
    int attribute;   // index into the tuple descriptor
    bool is_logged;  // in the old row, when that is no whole row
    bool is_varlena;
    OrderedType type;
};

// How a condition is asked of a row; Condition is how it is written.
struct BoundCondition {
    Condition::Kind kind = Condition::Kind::all_of;
    Comparison comparison = Comparison::equal;
    bool is_known = true;  // false: no such column, or its constant is none of the column's type
    std::uint32_t column = 0;
    std::span<const OrderedValue> constants;  // in order
    std::span<const BoundCondition> parts;
};

struct RowFilter {
    BoundCondition condition;
    std::span<const FilterColumn> columns;
    TupleLayout layout;  // up to the last of the columns
    FilterValue* old_values;
    FilterValue* new_values;
    bool has_whole_old_rows;  // replica identity FULL
};

struct FilterTarget {
    TupleDesc descriptor;
    const char* schema;
    const char* table;
    std::span<const AttrNumber> logged_key;  // attributes of an old row that is no whole row
    bool has_whole_old_rows;
    bool warns;  // of what cannot be asked of this table
};

// nullptr when the rules say nothing of the table. Memory comes from context, which owns it.
RowFilter* bind_row_filter(const RowRules& rules, const FilterTarget& target, MemoryContext context,
                           CatalogWatch& watch);

// Each tuple is nullptr where the WAL has none. Memory that is needed on the way comes from CurrentMemoryContext.
RowTruth judge_row(const RowFilter& filter, TupleDesc descriptor, RowFate change, HeapTuple old_tuple,
                   HeapTuple new_tuple);

}  // namespace glassflow
