#include "glassflow/type_mapping.h"

#include <algorithm>

namespace glassflow::etl {

namespace {

constexpr std::string_view as_printed = "Text as Postgres prints it.";
constexpr std::string_view no_room_float = "NaN and infinities become NULL.";
constexpr std::string_view no_room_time = "Infinities, BC and years outside 1900 to 2261 become NULL.";

// Rows in <angle brackets> stand for what is not one type.
constexpr TypeMapping mappings[] = {
    {"bool", "boolean", Conversion::as_is, "bool", "Bool", "Bool", false, ""},
    {"int2", "smallint", Conversion::integer, "int", "Int16", "Int16", false, ""},
    {"int4", "integer", Conversion::integer, "int", "Int32", "Int32", false, ""},
    {"int8", "bigint", Conversion::integer, "int", "Int64", "Int64", false, ""},
    {"oid", "oid", Conversion::integer, "uint", "UInt32", "UInt32", false, ""},
    {"xid", "xid", Conversion::integer, "uint", "UInt32", "UInt32", false, ""},
    {"cid", "cid", Conversion::integer, "uint", "UInt32", "UInt32", false, ""},
    {"xid8", "xid8", Conversion::wide_unsigned, "string", "UInt64", "UInt64", true,
     "Values of 2^63 and more become NULL."},
    {"pg_lsn", "pg_lsn", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"float4", "real", Conversion::real4, "float", "Float32", "Float32", true, no_room_float},
    {"float8", "double precision", Conversion::real8, "float", "Float64", "Float64", true, no_room_float},
    {"numeric", "numeric", Conversion::as_is, "string", "String", "String", false,
     "Exact text: GlassFlow cannot fill a Decimal. Beside a numeric(p,s) of at most 76 digits stands a MATERIALIZED "
     "Decimal column."},
    {"money", "money", Conversion::as_is, "string", "String", "String", false, "Text in the server's lc_monetary."},
    {"text", "text", Conversion::as_is, "string", "String", "String", false, ""},
    {"varchar", "varchar", Conversion::as_is, "string", "String", "String", false, ""},
    {"bpchar", "char", Conversion::as_is, "string", "String", "String", false, "Padded with spaces to its length."},
    {"char", "\"char\"", Conversion::as_is, "string", "String", "String", false, ""},
    {"name", "name", Conversion::as_is, "string", "String", "String", false, ""},
    {"citext", "citext", Conversion::as_is, "string", "String", "String", false,
     "ClickHouse compares it case by case."},
    {"uuid", "uuid", Conversion::as_is, "string", "UUID", "UUID", false, ""},
    {"date", "date", Conversion::date, "string", "String", "Date32", true,
     "Infinities, BC and years outside 1900 to 2299 become NULL."},
    {"time", "time", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"timetz", "timetz", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"timestamp", "timestamp", Conversion::timestamp, "string", "DateTime64", "DateTime64(6, 'UTC')", true,
     no_room_time},
    {"timestamptz", "timestamptz", Conversion::timestamp, "string", "DateTime64", "DateTime64(6, 'UTC')", true,
     no_room_time},
    {"interval", "interval", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"bytea", "bytea", Conversion::as_is, "string", "String", "String", false,
     "Base64 text: base64Decode() gives the bytes."},
    {"json", "json", Conversion::as_is, "string", "String", "String", false, "JSON text: use JSONExtract functions."},
    {"jsonb", "jsonb", Conversion::as_is, "string", "String", "String", false, "JSON text: use JSONExtract functions."},
    {"hstore", "hstore", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"inet", "inet", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"cidr", "cidr", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"macaddr", "macaddr", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"macaddr8", "macaddr8", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"bit", "bit", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"varbit", "bit varying", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"xml", "xml", Conversion::as_is, "string", "String", "String", false, ""},
    {"tsvector", "tsvector", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"tsquery", "tsquery", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"<enum>", "enum", Conversion::as_is, "string", "String", "LowCardinality(String)", false, ""},
    {"<enum as String>", "enum, `pipeline.enums: string`", Conversion::as_is, "string", "String", "String", false, ""},
    {"<enum as Enum>", "enum, `pipeline.enums: native`", Conversion::label, "string", "Enum16", "Enum8, Enum16", true,
     "A label that Postgres got later becomes NULL until the column and the pipeline know it."},
    {"<array>", "array", Conversion::as_is, "string", "String", "String", false,
     "Text: JSON, so that JSONExtract functions read it."},
    {"<array as Array>", "array of one dimension, `pipeline.arrays: native`", Conversion::array, "array", "Array(T)",
     "Array(Nullable(T))", false, "NULL becomes an empty array; bounds and further dimensions are lost."},
    {"<composite>", "composite", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"<range>", "range, multirange", Conversion::as_is, "string", "String", "String", false, as_printed},
    {"<other>", "everything else (geometry, PostGIS, extensions)", Conversion::as_is, "string", "String", "String",
     false, as_printed},
};

constexpr const TypeMapping& row(std::string_view name) {
    const auto* const found = std::ranges::find(mappings, name, &TypeMapping::postgres);
    return found == std::end(mappings) ? mappings[std::size(mappings) - 1] : *found;
}

// From extensions: known by their name, whichever schema they were made in.
bool is_known_by_name(const postgres::ColumnType& type) {
    return type.is_built_in() || type.name == "citext" || type.name == "hstore";
}

// What ClickHouse's own array can hold, each from JSON that has no more meanings than one.
bool is_array_native(const postgres::ColumnType& type) {
    return type.dimensions == 1 && !type.elements.front().is_array() && type.elements.front().kind != 'c';
}

}  // namespace

std::span<const TypeMapping> type_mappings() {
    return mappings;
}

const TypeMapping& mapping_of(const postgres::ColumnType& type, const PipelineSettings& settings) {
    if (type.is_array()) {
        const bool is_native = settings.arrays == ArrayColumns::native && is_array_native(type);
        return row(is_native ? "<array as Array>" : "<array>");
    }
    switch (type.kind) {
        case 'e':
            return row(settings.enums == EnumColumns::native   ? "<enum as Enum>"
                       : settings.enums == EnumColumns::string ? "<enum as String>"
                                                               : "<enum>");
        case 'c':
            return row("<composite>");
        case 'r':
        case 'm':
            return row("<range>");
        default:
            return row(is_known_by_name(type) ? std::string_view(type.name) : "<other>");
    }
}

// The transformer turns nil into a zero for the type names string, int, int64, float64 and bool; these leave it alone,
// and the sink takes them for the same types.
std::string_view output_type_of(const TypeMapping& mapping) {
    switch (mapping.conversion) {
        case Conversion::integer:
            return mapping.hint.starts_with("UInt") ? "uint" : "int32";
        case Conversion::wide_unsigned:
            return "uint64";
        case Conversion::real4:
        case Conversion::real8:
            return "float32";
        case Conversion::array:
            return "array";
        default:
            return mapping.hint == "Bool" ? "boolean" : "bytes";
    }
}

bool decimal_of(const postgres::ColumnType& type, int& precision, int& scale) {
    constexpr std::int32_t header = 4;       // VARHDRSZ, which Postgres adds
    constexpr std::int32_t scale_bits = 11;  // the scale is a number of 11 bits with a sign
    constexpr int clickhouse_digits_max = 76;
    if (type.name != "numeric" || !type.is_built_in() || type.is_array() || type.typmod < header)
        return false;
    const std::int32_t packed = type.typmod - header;
    precision = (packed >> 16) & 0xffff;
    scale = ((packed & ((1 << scale_bits) - 1)) ^ (1 << (scale_bits - 1))) - (1 << (scale_bits - 1));
    return precision <= clickhouse_digits_max && scale >= 0 && scale <= precision;
}

std::string type_mappings_markdown() {
    std::string text =
        "| Postgres | form `flat` declares | `column_type` | ClickHouse column | remarks |\n|---|---|---|---|---|\n";
    for (const TypeMapping& mapping : mappings) {
        text += "| " + std::string(mapping.title) + " | " + std::string(mapping.flat_type) + " | " +
                std::string(mapping.hint) + " | " + std::string(mapping.column) + " | " + std::string(mapping.note) +
                " |\n";
    }
    return text;
}

}  // namespace glassflow::etl
