// Large values of types that go through their output function: their text may be far larger than they are (an array of
// numerics of 60 kB can print 1 GB), and the server refuses such a text with an ERROR, after which the slot would never
// get past the row.
#pragma once

#include "datum_encoder.h"
#include "varlena_value.h"

namespace glassflow {

// A smaller value cannot print more than one allocation holds: at worst a numeric's few bytes become 147 kB.
inline constexpr std::size_t large_value_bytes = 32 * 1024;
// More than any value that is not large prints: 2048 numbers of 16 bytes in a jsonb, at 147 kB each, are 302 MB; 4681
// of 7 bytes in rows of rows are 690 MB.
inline constexpr std::size_t small_value_text_bytes = 720 * 1024 * 1024;

inline bool is_large(Datum value) {
    return is_in_place(value) ? bytes_in_place(value).size() > large_value_bytes
                              : toast_raw_datum_size(value) > large_value_bytes;
}

// Packs the value's text, or its size when the text is more than the server can build or the record can hold.
void encode_large_value(ValueWriter writer, FmgrInfo& output, Datum value);

// The text alone, for whoever makes something else of it; nullptr when it is more than the server can build.
char* print_large_value(FmgrInfo& output, Datum value);

}  // namespace glassflow
