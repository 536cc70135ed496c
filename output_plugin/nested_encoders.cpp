// The walks. Recursion goes through the encoders of the parts and is as deep as the plan, wire::max_type_depth at most.
#include "nested_encoders.h"

#include "large_value.h"
#include "nested_types.h"
#include "text_encoders.h"

namespace glassflow {

namespace {

// false, whatever was packed by then, when the value is not what the plan was made for.
using PackFunction = bool (*)(ValueWriter, const NestedType&, struct varlena*);

// What is not large fits, except when an output function of an extension makes pages of a few bytes.
void encode_nested(ValueWriter writer, const ColumnEncoder& column, Datum value, PackFunction pack) {
    if (!is_large(value) && writer.frames.fits(small_value_text_bytes)) {
        const std::size_t start = writer.buffer().size();
        const std::uint64_t too_large_count = writer.text.too_large_count();
        ShortValueRoom room;
        if (pack(writer, *column.nested, aligned_varlena(value, room)) &&
            writer.text.too_large_count() == too_large_count) {
            return;
        }
        writer.buffer().truncate(start);
    }
    encode_through_output_function(writer, column, value);
}

void append_array_header(FrameBuffer& buffer, std::size_t element_count) {
    append_in_place(buffer, max_header_bytes,
                    [element_count](char* out) { return put_array_header(out, element_count); });
}

// nil for what nearly every array is: one dimension that begins at 1, or none.
void append_shape(FrameBuffer& buffer, int dimension_count, const int* lengths, const int* lower_bounds) {
    if (dimension_count == 0 || (dimension_count == 1 && lower_bounds[0] == 1)) {
        append_in_place(buffer, 1, put_nil);
        return;
    }
    append_in_place(buffer, max_header_bytes + 2 * MAXDIM * max_number_bytes, [=](char* out) {
        out = put_array_header(out, 2 * static_cast<std::size_t>(dimension_count));
        for (int i = 0; i < dimension_count; ++i) {
            out = put_signed(put_signed(out, lengths[i]), lower_bounds[i]);
        }
        return out;
    });
}

bool pack_array_value(ValueWriter writer, const NestedType& type, struct varlena* value) {
    auto* array = reinterpret_cast<ArrayType*>(value);
    if (ARR_ELEMTYPE(array) != type.stored_oid || ARR_NDIM(array) < 0 || ARR_NDIM(array) > MAXDIM) {
        return false;
    }
    const int count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
    const bits8* nulls = ARR_NULLBITMAP(array);
    const char* data = ARR_DATA_PTR(array);
    const AttributeLayout layout = type.element;
    const ColumnEncoder& encoder = type.parts[0].encoder;

    append_array_header(writer.buffer(), 1 + static_cast<std::size_t>(count));
    append_shape(writer.buffer(), ARR_NDIM(array), ARR_DIMS(array), ARR_LBOUND(array));
    std::size_t offset = 0;
    for (int i = 0; i < count; ++i) {
        if (nulls != nullptr && att_isnull(i, nulls)) {
            append_in_place(writer.buffer(), 1, put_nil);
            continue;
        }
        offset = TYPEALIGN(layout.alignment, offset);
        const char* at = data + offset;
        offset = att_addlength_pointer(offset, layout.length, at);
        encode_value(writer, encoder, fetch_att(at, layout.is_by_value, layout.length), false);
    }
    return true;
}

// One made before a field was added has fewer than the type has now, as if they were NULL.
bool pack_composite_value(ValueWriter writer, const NestedType& type, struct varlena* value) {
    auto* header = reinterpret_cast<HeapTupleHeader>(value);
    if (HeapTupleHeaderGetTypeId(header) != type.stored_oid ||
        HeapTupleHeaderGetNatts(header) > static_cast<int>(type.fields.size())) {
        return false;
    }
    HeapTupleData tuple = {};
    tuple.t_len = HeapTupleHeaderGetDatumLength(header);
    tuple.t_data = header;
    append_array_header(writer.buffer(), type.parts.size());
    visit_values(type.fields, type.row, &tuple, [writer, &type](std::int32_t field, Datum field_value, bool is_null) {
        encode_value(writer, type.parts[static_cast<std::size_t>(field)].encoder, field_value, is_null);
    });
    return true;
}

std::uint32_t range_flags(const RangeBound& lower, const RangeBound& upper) {
    return (lower.infinite ? wire::range_lower_infinite : 0) | (lower.inclusive ? wire::range_lower_inclusive : 0) |
           (upper.infinite ? wire::range_upper_infinite : 0) | (upper.inclusive ? wire::range_upper_inclusive : 0);
}

void pack_bounds(ValueWriter writer, const ColumnEncoder& encoder, const RangeBound& lower, const RangeBound& upper) {
    const std::size_t element_count = 1 + (lower.infinite ? 0 : 1) + (upper.infinite ? 0 : 1);
    append_in_place(writer.buffer(), max_header_bytes + max_number_bytes, [&lower, &upper, element_count](char* out) {
        return put_unsigned(put_array_header(out, element_count), range_flags(lower, upper));
    });
    if (!lower.infinite) {
        encode_value(writer, encoder, lower.val, false);
    }
    if (!upper.infinite) {
        encode_value(writer, encoder, upper.val, false);
    }
}

bool pack_range_value(ValueWriter writer, const NestedType& type, struct varlena* value) {
    const auto* range = reinterpret_cast<const RangeType*>(value);
    if (RangeTypeGetOid(range) != type.stored_oid) {
        return false;
    }
    RangeBound lower = {};
    RangeBound upper = {};
    bool is_empty = false;
    range_deserialize(type.range, range, &lower, &upper, &is_empty);
    if (is_empty) {
        append_in_place(writer.buffer(), max_header_bytes + max_number_bytes,
                        [](char* out) { return put_unsigned(put_array_header(out, 1), wire::range_empty); });
    } else {
        pack_bounds(writer, type.parts[0].encoder, lower, upper);
    }
    return true;
}

#if PG_VERSION_NUM >= 140000
bool pack_multirange_value(ValueWriter writer, const NestedType& type, struct varlena* value) {
    const auto* multirange = reinterpret_cast<const MultirangeType*>(value);
    if (MultirangeTypeGetOid(multirange) != type.stored_oid) {
        return false;
    }
    append_array_header(writer.buffer(), multirange->rangeCount);
    for (std::uint32_t i = 0; i < multirange->rangeCount; ++i) {
        RangeBound lower = {};
        RangeBound upper = {};
        multirange_get_bounds(type.range, multirange, i, &lower, &upper);
        pack_bounds(writer, type.parts[0].encoder, lower, upper);
    }
    return true;
}
#else
bool pack_multirange_value(ValueWriter, const NestedType&, struct varlena*) {
    return false;  // there are none
}
#endif

}  // namespace

void encode_array(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    encode_nested(writer, column, value, pack_array_value);
}
void encode_composite(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    encode_nested(writer, column, value, pack_composite_value);
}
void encode_range(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    encode_nested(writer, column, value, pack_range_value);
}
void encode_multirange(ValueWriter writer, const ColumnEncoder& column, Datum value) {
    encode_nested(writer, column, value, pack_multirange_value);
}

}  // namespace glassflow
