// Which columns of a row an update has changed, by the bytes of both rows.
#pragma once

#include "relation_cache.h"

namespace glassflow {

// One bit per column of the plan, the lowest of a byte first, as wire_format.h has it.
struct ColumnBits {
    unsigned char* bytes;
    std::size_t column_count;
    bool has_changed_key = false;

    std::size_t size() const { return (column_count + 7) / 8; }
    bool has(std::size_t column) const { return (bytes[column / 8] >> (column % 8) & 1) != 0; }
    void set(std::size_t column) { bytes[column / 8] |= static_cast<unsigned char>(1 << (column % 8)); }
};

// A row taken apart: one value per attribute.
struct RowValues {
    Datum* values;
    bool* nulls;
};

// Those that changed, and those of the key. Where the bytes do not tell, a column counts as changed. Memory from
// CurrentMemoryContext.
ColumnBits find_changed(const RelationEntry& entry, const RowValues& old_row, const RowValues& new_row);

// Memory from CurrentMemoryContext.
RowValues take_apart(TupleDesc descriptor, HeapTuple tuple);

}  // namespace glassflow
