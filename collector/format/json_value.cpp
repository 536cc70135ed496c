#include "format/json_value.h"

#include <cmath>

#include "format/binary_text.h"
#include "format/date_time.h"
#include "format/marker.h"
#include "format/value_text.h"

namespace glassflow::format {

namespace {

using event::Encoding;
using event::Value;

// pg_type.oid of the integer types whose every value a double holds. The others, bigint above all, are strings: the
// type of a column does not change with its values. Domains have oids of their own and are strings, too.
constexpr std::uint32_t int2_oid = 21;
constexpr std::uint32_t int4_oid = 23;
constexpr std::uint32_t oid_oid = 26;

bool is_number_in_json(const event::Column& column) {
    return column.type_oid == int2_oid || column.type_oid == int4_oid || column.type_oid == oid_oid;
}

}  // namespace

void write_json_value(JsonWriter& writer, const event::Value& value, const event::Column& column,
                      std::string& scratch) {
    if (value.is_null())
        return writer.null();
    if (write_marker(writer, value, column))
        return;
    if (value.kind == Value::Kind::boolean)
        return writer.boolean(value.boolean);
    if (value.kind == Value::Kind::text)
        return writer.string(value.view);
    if (is_nested(value, column))
        return write_nested(writer, value, column, scratch);
    scratch.clear();
    if (value.kind == Value::Kind::integer && column.encoding == Encoding::timestamp)
        append_rfc3339_timestamp(scratch, value.integer);
    else if (value.kind == Value::Kind::integer && column.encoding == Encoding::timestamptz)
        append_rfc3339_timestamptz(scratch, value.integer);
    else if (value.kind == Value::Kind::bytes && column.encoding == Encoding::bytes)
        append_base64(scratch, value.view);
    else
        append_postgres_text(scratch, value, column);
    const bool is_finite_float = value.kind == Value::Kind::real && std::isfinite(value.real);
    if (is_finite_float || (column.encoding == Encoding::integer && is_number_in_json(column)))
        writer.number(scratch);
    else
        writer.plain_string(scratch);  // whatever could hold a quote was written above
}

}  // namespace glassflow::format
