// Arrays, composites and ranges -> the text Postgres prints for them, values within values quoted at each level.
#pragma once

#include <cstddef>
#include <string>

#include "event/relation.h"
#include "event/value.h"

namespace glassflow::format {

// Postgres itself prints no larger text (MaxAllocSize). Each level of quoting may double what is within, so a value may
// be far smaller than its text.
inline constexpr std::size_t max_nested_text_bytes = 0x3FFF'FFFF;

// For a value of parts whose column is an array, composite, range or multirange. False when the text would be larger
// than max_bytes: out then holds as much of it as there was. The text is UTF-8 unless a text within is not.
bool append_nested_text(std::string& out, const event::Value& value, const event::Column& column,
                        std::size_t max_bytes = max_nested_text_bytes);

}  // namespace glassflow::format
