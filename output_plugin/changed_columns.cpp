#include "changed_columns.h"

#include "varlena_value.h"

namespace glassflow {

namespace {

bool is_same_varlena(Datum old_value, Datum new_value) {
    const char* one = DatumGetPointer(old_value);
    const char* other = DatumGetPointer(new_value);
    if (VARATT_IS_EXTERNAL_ONDISK(other)) {
        return true;  // the update has not touched it: it would be in the WAL
    }
    if (is_in_place(old_value) && is_in_place(new_value)) {
        return bytes_in_place(old_value) == bytes_in_place(new_value);
    }
    return VARATT_IS_4B_C(one) && VARATT_IS_4B_C(other) && VARSIZE_4B(one) == VARSIZE_4B(other) &&
           memcmp(one, other, VARSIZE_4B(one)) == 0;
}

bool is_same_value(AttributeLayout attribute, Datum old_value, Datum new_value) {
    if (attribute.is_by_value) {
        return old_value == new_value;
    }
    if (attribute.length == -1) {
        return is_same_varlena(old_value, new_value);
    }
    const char* one = DatumGetPointer(old_value);
    const char* other = DatumGetPointer(new_value);
    return attribute.length == -2 ? strcmp(one, other) == 0
                                  : memcmp(one, other, static_cast<std::size_t>(attribute.length)) == 0;
}

}  // namespace

RowValues take_apart(TupleDesc descriptor, HeapTuple tuple) {
    const auto count = static_cast<std::size_t>(Max(1, descriptor->natts));
    const RowValues row{static_cast<Datum*>(palloc(count * sizeof(Datum))),
                        static_cast<bool*>(palloc(count * sizeof(bool)))};
    heap_deform_tuple(tuple, descriptor, row.values, row.nulls);
    return row;
}

ColumnBits find_changed(const RelationEntry& entry, const RowValues& old_row, const RowValues& new_row) {
    ColumnBits bits{.bytes = nullptr, .column_count = entry.columns.size()};
    bits.bytes = static_cast<unsigned char*>(palloc0(Max(bits.size(), std::size_t{1})));
    for (std::size_t column = 0; column < entry.columns.size(); ++column) {
        const int attribute = entry.columns[column].attribute;
        const bool is_null = new_row.nulls[attribute];
        const bool is_same =
            old_row.nulls[attribute] == is_null &&
            (is_null || is_same_value(entry.layout[attribute], old_row.values[attribute], new_row.values[attribute]));
        if (!is_same) {
            bits.set(column);
        }
    }
    for (const std::uint32_t column : entry.key) {
        bits.has_changed_key = bits.has_changed_key || bits.has(column);
        bits.set(column);
    }
    return bits;
}

}  // namespace glassflow
