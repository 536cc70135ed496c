// What was read -> event::Value, one function per kind. Views are kept as they are: they must outlive the value.
#pragma once

#include <cstdint>
#include <string_view>

#include "decode/row_memory.h"
#include "event/utf8.h"
#include "event/value.h"

namespace glassflow::decode {

inline event::Value text_value(std::string_view text) {
    event::Value value;
    value.kind = event::Value::Kind::text;
    value.view = text;
    return value;
}

inline event::Value bytes_value(std::string_view bytes) {
    event::Value value;
    value.kind = event::Value::Kind::bytes;
    value.view = bytes;
    return value;
}

// The server is trusted to check what it stores, but old releases and restored files have left bytes in tables that are
// not UTF-8. Such a value travels as the bytes it is: refusing it would stop the stream at this row for ever.
inline event::Value text_or_bytes(std::string_view text) {
    return event::is_utf8(text) ? text_value(text) : bytes_value(text);
}

inline event::Value boolean_value(bool boolean) {
    event::Value value;
    value.kind = event::Value::Kind::boolean;
    value.boolean = boolean;
    return value;
}

inline event::Value integer_value(std::int64_t integer) {
    event::Value value;
    value.kind = event::Value::Kind::integer;
    value.integer = integer;
    return value;
}

inline event::Value real_value(double real) {
    event::Value value;
    value.kind = event::Value::Kind::real;
    value.real = real;
    return value;
}

inline event::Value value_of_kind(event::Value::Kind kind) {
    event::Value value;
    value.kind = kind;
    return value;
}

// A value made of count parts, all of them NULL as yet; they are in parts.
inline event::Value parts_value(RowMemory& memory, std::size_t count, std::span<event::Value>& parts) {
    parts = memory.values(count);
    event::Value value;
    value.kind = event::Value::Kind::parts;
    value.part_count = static_cast<std::uint32_t>(count);
    value.first_part = parts.data();
    return value;
}

}  // namespace glassflow::decode
