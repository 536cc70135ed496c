// The one table of what becomes of a Postgres type in GlassFlow and ClickHouse. The pipeline document, the CREATE
// TABLE, the notes and docs/pipelines.md are all driven by it.
//
// Source: GlassFlow's validation, conversion and driver (sections 3.3, 3.6 and 3.7 of its contract). A hint is what the
// pipeline calls a column's type; the column itself may be another one that the driver fills from it.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "glassflow/settings.h"
#include "postgres/table_description.h"

namespace glassflow::etl {

// How a transform makes the column's value from the event's.
enum class Conversion : std::uint8_t {
    as_is,          // text, booleans
    integer,        // int(): numbers and their text alike, exact to 64 bits
    wide_unsigned,  // text of up to 2^64-1, of which GlassFlow takes half
    real4,          // a number; clamped to the largest that the sink takes
    real8,          // a number
    date,           // years 1900 to 2299
    timestamp,      // years 1900 to 2261
    label,          // one of the labels
    array,          // JSON text of an array
};

struct TypeMapping {
    std::string_view postgres;  // pg_type.typname, or what stands for many
    std::string_view title;     // as the documentation calls it
    Conversion conversion = Conversion::as_is;
    std::string_view flat_type;  // schema_fields[].type of form flat
    std::string_view hint;       // sink.mapping[].column_type
    std::string_view column;     // ClickHouse's column, without Nullable
    bool is_lossy = false;       // some values become NULL, so the column is Nullable whatever Postgres says
    std::string_view note;       // what is lost or different, a sentence; empty when nothing
};

std::span<const TypeMapping> type_mappings();

// Never nullptr: what has no row of its own is text.
const TypeMapping& mapping_of(const postgres::ColumnType& type, const PipelineSettings& settings);

// The null-preserving output_type of a transform for a conversion.
std::string_view output_type_of(const TypeMapping& mapping);

// Precision and scale of a numeric that a Decimal can hold; false when there is none such.
bool decimal_of(const postgres::ColumnType& type, int& precision, int& scale);

// The table of docs/pipelines.md.
std::string type_mappings_markdown();

}  // namespace glassflow::etl
