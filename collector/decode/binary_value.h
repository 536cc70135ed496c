// A value as its type's send function writes it (pgoutput with source.binary) -> event::Value.
//
// The types of builtin_types.h are read, and arrays, ranges and multiranges of them. What only the server could print
// (other types, money, reg*) is a text when it looks like one, as enums and citext do, and bytes otherwise.
#pragma once

#include <string_view>

#include "decode/row_memory.h"
#include "event/relation.h"
#include "event/value.h"

namespace glassflow::decode {

// Throws DecodeError when bytes are not what the column's type sends; offset is where they begin, for the error. Views
// into bytes or memory.
event::Value read_binary_value(std::string_view bytes, const event::Column& column, RowMemory& memory,
                               std::size_t offset);

}  // namespace glassflow::decode
