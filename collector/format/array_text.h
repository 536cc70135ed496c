// An array as Postgres prints it, {1,"a b",NULL} -> the JSON array, element by element: the text of a large value may
// be a gigabyte, and is never taken apart in memory.
#pragma once

#include <string>
#include <string_view>

#include "event/relation.h"
#include "format/json_writer.h"

namespace glassflow::format {

// column is that of the array. False when text is no array, or its JSON is larger than max_bytes: the writer then holds
// what was written until then.
bool write_array_text(JsonWriter& writer, std::string_view text, const event::Column& column, std::size_t max_bytes);

}  // namespace glassflow::format
