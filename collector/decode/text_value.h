// A value as PostgreSQL prints it -> event::Value, by the encoding of its column.
//
// The session that prints must have DateStyle ISO, bytea_output hex and TimeZone UTC; the other encodings may be told
// as their text anyway (docs/wire_format.md), so nothing is made of it.
#pragma once

#include <optional>
#include <string_view>

#include "decode/row_memory.h"
#include "event/relation.h"
#include "event/value.h"

namespace glassflow::decode {

// nullopt when text is not what the type's output function prints. Views into text or memory.
std::optional<event::Value> read_text_value(std::string_view text, const event::Column& column, RowMemory& memory);

// Hexadecimal digits without the \x before them.
std::optional<event::Value> read_hexadecimal(std::string_view digits, RowMemory& memory);

// "2024-02-29 12:34:56.5+02": microseconds since 2000-01-01 00:00:00 UTC, or infinity.
std::optional<event::Value> read_timestamptz(std::string_view text);

}  // namespace glassflow::decode
