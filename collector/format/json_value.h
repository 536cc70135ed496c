// A column value -> JSON, as the envelope form has it: nothing that a reader with double-precision numbers would alter
// is a number. docs/event_forms.md lists the types.
#pragma once

#include <string>

#include "event/relation.h"
#include "event/value.h"
#include "format/json_writer.h"

namespace glassflow::format {

// Not for unchanged_toast, which is no value. scratch is overwritten.
void write_json_value(JsonWriter& writer, const event::Value& value, const event::Column& column, std::string& scratch);

}  // namespace glassflow::format
