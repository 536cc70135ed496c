// One column value -> one wire value. The encoder is chosen once per column, by type, when a relation is described; per
// row it is one indirect call.
#pragma once

#include "catalog_watch.h"
#include "enum_labels.h"
#include "server_text.h"

namespace glassflow {

struct ColumnEncoder;
struct NestedType;
struct MaskedColumn;

// Where values go: the record that is begun in frames.
struct ValueWriter {
    FrameWriter& frames;
    ServerText& text;

    FrameBuffer& buffer() const { return frames.buffer(); }
};

using EncodeFunction = void (*)(ValueWriter, const ColumnEncoder&, Datum);

struct ColumnEncoder {
    EncodeFunction encode = nullptr;
    wire::Encoding encoding = wire::Encoding::text;
    bool is_varlena = false;
    std::uint8_t scale = 0;        // of a decimal
    FmgrInfo* output = nullptr;    // the type's output function, with the caches it keeps between calls
    EnumLabels* labels = nullptr;  // of an enum
    NestedType* nested = nullptr;  // of an array, composite, range or multirange
    MaskedColumn* masked = nullptr;
};
static_assert(std::is_trivially_destructible_v<ColumnEncoder>);

// The encoder for a type; a domain is encoded as its base type. What it points to goes to context. Needs the catalog,
// and notes in watch what it has read there. column_count: of the table, which shares out how many types its columns
// may be made of.
ColumnEncoder choose_encoder(Oid type, std::int32_t typmod, MemoryContext context, CatalogWatch& watch,
                             std::size_t column_count = 1);

// Memory that is needed on the way comes from CurrentMemoryContext and is freed by its reset.
inline void encode_value(ValueWriter writer, const ColumnEncoder& column, Datum value, bool is_null) {
    if (is_null) {
        append_in_place(writer.buffer(), 1, put_nil);
    } else if (column.is_varlena && VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value))) {
        // The WAL does not hold it and the table may hold another value by now: it must not be fetched.
        pack_extension(writer.buffer(), wire::Extension::unchanged_toast, std::string_view("\0", 1));
    } else {
        column.encode(writer, column, value);
    }
}

}  // namespace glassflow
