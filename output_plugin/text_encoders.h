// Encoders of values that go as their text: text itself, and what an output function prints under the settings that
// session.cpp pins.
#pragma once

#include "datum_encoder.h"

namespace glassflow {

// text, varchar, char(n), json, and every type that shares their output functions.
void encode_text(ValueWriter writer, const ColumnEncoder& column, Datum value);
void encode_name(ValueWriter writer, const ColumnEncoder& column, Datum value);
void encode_char(ValueWriter writer, const ColumnEncoder& column, Datum value);
void encode_enum(ValueWriter writer, const ColumnEncoder& column, Datum value);

// Any type; also any value of an encoding that may be its text.
void encode_through_output_function(ValueWriter writer, const ColumnEncoder& column, Datum value);

// A numeric that has no units of its column, or too many.
void encode_numeric_text(ValueWriter writer, const ColumnEncoder& column, Datum value);

}  // namespace glassflow
