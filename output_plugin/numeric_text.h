// A numeric -> its decimal text, as numeric_out prints it, written into a frame without a copy in between.
//
// What is read is the on-disk layout, which pg_upgrade carries from version to version; the server's header for it is
// private. What is not understood here is left to numeric_out.
#pragma once

#include <optional>

#include "frame_buffer.h"

namespace glassflow {

struct NumericParts {
    std::string_view groups;  // int16 each, 0 to 9999, not aligned: base 10000, the most significant first
    int weight;               // of the first group: it counts 10000^weight
    int scale;                // digits after the point that are printed
    bool is_negative;

    std::size_t text_bytes() const;
};

// nullopt for NaN, infinities and anything unknown. bytes: what is behind the varlena header; the result refers to it.
std::optional<NumericParts> read_numeric(std::string_view bytes);

// Appends parts.text_bytes() bytes.
void append_numeric(FrameBuffer& buffer, const NumericParts& parts);

}  // namespace glassflow
