// A column value -> JSON, as the forms envelope and row have it: nothing that a reader with double-precision numbers
// would alter is a number. docs/event_forms.md lists the types.
#pragma once

#include <string>

#include "event/relation.h"
#include "event/value.h"
#include "format/format_name.h"
#include "format/json_writer.h"

namespace glassflow::format {

class JsonValueWriter {
public:
    explicit JsonValueWriter(ArrayStyle arrays = ArrayStyle::text) : arrays_(arrays) {}

    // Not for unchanged_toast, which is no value.
    void write(JsonWriter& writer, const event::Value& value, const event::Column& column);

private:
    void write_array(JsonWriter& writer, const event::Value& array, const event::Column& column);

    const ArrayStyle arrays_;
    std::string text_;        // scratch
    JsonWriter text_writer_;  // of JSON that becomes a string
};

}  // namespace glassflow::format
