// A column value -> JSON, for everything that is no array; see json_value.h.
#pragma once

#include <string>
#include <string_view>

#include "event/relation.h"
#include "event/value.h"
#include "format/json_writer.h"

namespace glassflow::format {

// scratch is overwritten.
void write_scalar(JsonWriter& writer, const event::Value& value, const event::Column& column, std::string& scratch);

// The same of a value that is known as the text that Postgres prints for it, under the settings of value_text.h.
void write_scalar_text(JsonWriter& writer, std::string_view text, const event::Column& column, std::string& scratch);

}  // namespace glassflow::format
