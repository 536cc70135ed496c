// A column value -> JSON, as the flat form has it: the JSON type of a column depends on its type alone, and is never
// null. What the type of a ClickHouse column, reached without a transform, cannot hold becomes the nearest that it can.
//
// Integers are numbers with all their digits. NaN is 0; infinite floats are the largest finite ones; dates and
// timestamps end at 1900-01-01 and 2299-12-31, the years of DateTime64 and Date32. Everything else is as in
// json_value.h.
#pragma once

#include <string>

#include "event/relation.h"
#include "event/value.h"
#include "format/json_value.h"
#include "format/json_writer.h"

namespace glassflow::format {

class FlatValueWriter {
public:
    explicit FlatValueWriter(ArrayStyle arrays) : arrays_(arrays), values_(arrays) {}

    // Not for unchanged_toast, which is no value.
    void write(JsonWriter& writer, const event::Value& value, const event::Column& column);
    // What stands for NULL: 0, false, 1970-01-01, the UUID of zeros, an empty array; for all other types the empty
    // text.
    void write_sentinel(JsonWriter& writer, const event::Column& column);

private:
    void append_finite_float4(double value);
    void write_unmarked(JsonWriter& writer, const event::Value& value, const event::Column& column);

    const ArrayStyle arrays_;
    JsonValueWriter values_;
    JsonWriter value_writer_;  // of a value that may turn out to be a marker
    std::string text_;         // scratch
};

}  // namespace glassflow::format
