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

// Sets value, in units of 10^-scale; false when that is not just another way to write what numeric_out prints: when it
// prints another number of decimals, or the units are more than 64 bits hold. scale: 0 to max_decimal_scale.
bool read_decimal(std::string_view bytes, int scale, std::int64_t& value);
inline constexpr int max_decimal_scale = 18;

// Writes parts.text_bytes() bytes, and up to numeric_slack_bytes more that do not count: the last group is cut off.
void write_numeric(char* out, const NumericParts& parts);
inline constexpr std::size_t numeric_slack_bytes = 4;

}  // namespace glassflow
