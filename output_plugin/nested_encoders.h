// Encoders of values that are made of values, by what nested_types.h has planned for their type.
//
// A value goes natively as a whole or not at all: where that cannot be, it is its text.
#pragma once

#include "datum_encoder.h"

namespace glassflow {

void encode_array(ValueWriter writer, const ColumnEncoder& column, Datum value);
void encode_composite(ValueWriter writer, const ColumnEncoder& column, Datum value);
void encode_range(ValueWriter writer, const ColumnEncoder& column, Datum value);
void encode_multirange(ValueWriter writer, const ColumnEncoder& column, Datum value);

}  // namespace glassflow
