// A value -> what its mask leaves of it. The value itself gets nowhere near a frame.
#pragma once

#include "column_masks.h"
#include "datum_encoder.h"

namespace glassflow {

// What a masked column's encoder needs beside the type's.
struct MaskedColumn {
    const ColumnMask* mask;  // of the session
    PrintedHash* hash;
};

// In place of plain, the encoder of an unmasked column of this type: the column becomes one of text. What it points to
// goes to context. Needs the catalog, as choose_encoder() does.
ColumnEncoder mask_encoder(const ColumnEncoder& plain, Oid type, const ColumnMask& mask, PrintedHash* hash,
                           MemoryContext context, CatalogWatch& watch);

}  // namespace glassflow
