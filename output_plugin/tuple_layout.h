// Heap tuple -> its values, in one pass, by a layout worked out once per relation.
//
// heap_deform_tuple fills arrays that are then read again, and looks each attribute up in the descriptor; this walk
// hands every value on as it finds it, and only those that rows carry.
#pragma once

#include "pg_headers.h"

#include <cstdint>
#include <span>

namespace glassflow {

struct AttributeLayout {
    std::int16_t length;     // attlen: -1 varlena, -2 C string
    std::uint8_t alignment;  // in bytes
    bool is_by_value;
    std::int32_t column;  // position among the columns that rows carry; -1 when it is not among them
};

// One per attribute of the descriptor, dropped ones too: their values are still in old tuples.
using TupleLayout = std::span<AttributeLayout>;

// Of no column yet. Memory from context.
TupleLayout plan_layout(TupleDesc descriptor, MemoryContext context);

// Calls visit(column, value, is_null) for each column, in attribute order. A varlena is where the tuple has it, not
// detoasted. An attribute added after the tuple was made has the default that ADD COLUMN gave it.
template <typename Visit>
void visit_values(TupleLayout layout, TupleDesc descriptor, HeapTuple tuple, Visit visit) {
    const HeapTupleHeader header = tuple->t_data;
    const bool has_nulls = HeapTupleHasNulls(tuple);
    const std::size_t stored_count = Min(layout.size(), static_cast<std::size_t>(HeapTupleHeaderGetNatts(header)));
    const char* data = reinterpret_cast<const char*>(header) + header->t_hoff;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < stored_count; ++i) {
        const AttributeLayout attribute = layout[i];
        if (has_nulls && att_isnull(static_cast<int>(i), header->t_bits)) {
            if (attribute.column >= 0) {
                visit(attribute.column, Datum{0}, true);
            }
            continue;
        }
        // A short varlena is not aligned: where it begins there is no zero byte, which padding is.
        if (attribute.length != -1 || data[offset] == '\0') {
            offset = TYPEALIGN(attribute.alignment, offset);
        }
        const char* at = data + offset;
        if (attribute.length > 0) {
            offset += attribute.length;
        } else {
            offset += attribute.length == -1 ? VARSIZE_ANY(at) : strlen(at) + 1;
        }
        if (attribute.column >= 0) {
            visit(attribute.column, fetch_att(at, attribute.is_by_value, attribute.length), false);
        }
    }
    for (std::size_t i = stored_count; i < layout.size(); ++i) {
        if (layout[i].column >= 0) {
            bool is_null = true;
            const Datum value = getmissingattr(descriptor, static_cast<int>(i) + 1, &is_null);
            visit(layout[i].column, value, is_null);
        }
    }
}

}  // namespace glassflow
