// How a relation record describes a column: its name and type, how its values are written, and, for types made of
// types, the same of those.
#pragma once

#include "datum_encoder.h"

namespace glassflow {

// Packs the column into the record that is begun in frames. Reads the catalog.
void pack_column(FrameWriter& frames, ServerText& text, const FormData_pg_attribute* attribute,
                 const ColumnEncoder& encoder, bool is_key);

}  // namespace glassflow
