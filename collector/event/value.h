// One column value, in no one's format.
//
// A Value owns nothing: text and bytes point into the frame (or the decoder's scratch memory) that it was read from and
// are valid only during the EventHandler call that delivers it. What a number means (days, microseconds, ...) is said
// by the Encoding of its column.
#pragma once

#include <cstdint>
#include <string_view>

namespace glassflow::event {

struct Value {
    enum class Kind : std::uint8_t {
        null,
        unchanged_toast,    // the update did not touch it and the WAL does not hold it: not NULL, just not known here
        too_large,          // did not fit a frame; size_bytes tells how large it is
        infinity,           // of a date or timestamp
        negative_infinity,  // of a date or timestamp
        boolean,
        integer,
        real,   // float4 columns: the float widened to double
        text,   // valid UTF-8
        bytes,  // bytea, uuid (16 bytes), and text that has no UTF-8 form
    };

    Kind kind = Kind::null;
    union {
        bool boolean;
        std::int64_t integer = 0;
        double real;
        std::uint64_t size_bytes;
    };
    std::string_view view;  // of text and bytes

    bool is_null() const { return kind == Kind::null; }
};

}  // namespace glassflow::event
