// One column value, in no one's format. Documents (json, jsonb) are text, whatever the wire had.
//
// A Value owns nothing: text, bytes and parts point into the frame (or the decoder's scratch memory) that it was read
// from and are valid only during the EventHandler call that delivers it. What a number means (days, microseconds, ...)
// is said by the Encoding of its column.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace glassflow::event {

struct Value {
    enum class Kind : std::uint8_t {
        null,
        unchanged_toast,    // the update did not touch it and the WAL does not hold it: not NULL, just not known here
        too_large,          // did not fit a frame; size_bytes tells how large it is
        infinity,           // of a date, timestamp or interval
        negative_infinity,  // of a date, timestamp or interval
        boolean,
        integer,
        real,   // float4 columns: the float widened to double
        text,   // valid UTF-8
        bytes,  // bytea, uuid, bits, inet, macaddr as on the wire, and text that has no UTF-8 form
        parts,  // timetz, interval, array, composite, range, multirange: what these are made of, as on the wire
    };

    Kind kind = Kind::null;
    std::uint32_t part_count = 0;
    union {
        bool boolean;
        std::int64_t integer = 0;
        double real;
        std::uint64_t size_bytes;
        const Value* first_part;
    };
    std::string_view view;  // of text and bytes

    bool is_null() const { return kind == Kind::null; }
    std::span<const Value> parts() const { return {first_part, part_count}; }
};

}  // namespace glassflow::event
