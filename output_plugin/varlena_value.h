// Where the bytes of a varlena value are: in place when the tuple holds them as they are, which nearly all rows do.
#pragma once

#include "pg_headers.h"

#include <string_view>

namespace glassflow {

// One header of either length, then the bytes: neither compressed nor somewhere else.
inline bool is_in_place(Datum value) {
    const char* pointer = DatumGetPointer(value);
    return VARATT_IS_4B_U(pointer) || (VARATT_IS_1B(pointer) && !VARATT_IS_1B_E(pointer));
}

inline std::string_view bytes_in_place(Datum value) {
    const char* pointer = DatumGetPointer(value);
    return {VARDATA_ANY(pointer), VARSIZE_ANY_EXHDR(pointer)};
}

// Of any value; what has to be detoasted goes to CurrentMemoryContext.
std::string_view detoasted_bytes(Datum value);

inline std::string_view varlena_bytes(Datum value) {
    return is_in_place(value) ? bytes_in_place(value) : detoasted_bytes(value);
}

// How many those are, without detoasting them.
inline std::size_t varlena_size(Datum value) {
    return is_in_place(value) ? bytes_in_place(value).size() : toast_raw_datum_size(value) - VARHDRSZ;
}

// Room for a value with a short header, once it is given a long one.
struct ShortValueRoom {
    alignas(MAXIMUM_ALIGNOF) char bytes[VARHDRSZ + VARATT_SHORT_MAX];
};

// The value with a long header and aligned, as types that are more than bytes want it: in place, in room, or detoasted
// into CurrentMemoryContext.
inline struct varlena* aligned_varlena(Datum value, ShortValueRoom& room) {
    if (VARATT_IS_4B_U(DatumGetPointer(value)) || !is_in_place(value)) {
        return pg_detoast_datum(reinterpret_cast<struct varlena*>(DatumGetPointer(value)));
    }
    const std::string_view bytes = bytes_in_place(value);
    auto* aligned = reinterpret_cast<struct varlena*>(room.bytes);
    SET_VARSIZE(aligned, bytes.size() + VARHDRSZ);
    memcpy(VARDATA(aligned), bytes.data(), bytes.size());
    return aligned;
}

}  // namespace glassflow
