#include "format/scalar_json.h"

#include <algorithm>
#include <cmath>

#include "event/json_number.h"
#include "format/binary_text.h"
#include "format/date_time.h"
#include "format/marker.h"
#include "format/value_text.h"

namespace glassflow::format {

namespace {

using event::Column;
using event::Encoding;
using event::Value;

// pg_type.oid of the integer types whose every value a double holds. The others, bigint above all, are strings: the
// type of a column does not change with its values. Domains have oids of their own and are strings, too.
constexpr std::uint32_t int2_oid = 21;
constexpr std::uint32_t int4_oid = 23;
constexpr std::uint32_t oid_oid = 26;

bool is_number_in_json(const Column& column) {
    return column.type_oid == int2_oid || column.type_oid == int4_oid || column.type_oid == oid_oid;
}

// "2024-02-29 12:34:56.5", and "+00" after it if it has a zone -> RFC 3339 with six digits. False for years that this
// has no form for, and infinities.
bool append_rfc3339_of_text(std::string& out, std::string_view text, bool has_zone) {
    constexpr std::string_view form = "dddd-dd-dd dd:dd:dd";
    constexpr std::size_t fraction_digits = 6;
    if (text.ends_with("+00") != has_zone || text.size() < form.size())
        return false;
    if (has_zone)
        text.remove_suffix(3);
    const auto is_digit = [](char character) { return character >= '0' && character <= '9'; };
    for (std::size_t i = 0; i < form.size(); ++i) {
        if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i])
            return false;
    }
    std::string_view fraction = text.substr(form.size());
    if (fraction.starts_with('.'))
        fraction.remove_prefix(1);
    else if (!fraction.empty())
        return false;
    if (fraction.size() > fraction_digits || !std::ranges::all_of(fraction, is_digit))
        return false;
    out += text.substr(0, 10);
    out += 'T';
    out += text.substr(11, 8);
    out += '.';
    out += fraction;
    out.append(fraction_digits - fraction.size(), '0');
    if (has_zone)
        out += 'Z';
    return true;
}

}  // namespace

void write_scalar(JsonWriter& writer, const Value& value, const Column& column, std::string& scratch) {
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

void write_scalar_text(JsonWriter& writer, std::string_view text, const Column& column, std::string& scratch) {
    scratch.clear();
    switch (column.encoding) {
        case Encoding::boolean:
            return writer.boolean(text == "t");
        case Encoding::integer:
            return is_number_in_json(column) && event::is_json_number(text) ? writer.number(text) : writer.string(text);
        case Encoding::float4:
        case Encoding::float8:
            // What is no number was no array of numbers either: a text of strangers, which must stay JSON.
            return event::is_json_number(text) ? writer.number(text) : writer.string(text);
        case Encoding::timestamp:
        case Encoding::timestamptz:
            return append_rfc3339_of_text(scratch, text, column.encoding == Encoding::timestamptz)
                       ? writer.string(scratch)
                       : writer.string(text);
        case Encoding::bytes:
            return append_base64_of_hex(scratch, text) ? writer.string(scratch) : writer.string(text);
        default:
            return writer.string(text);
    }
}

}  // namespace glassflow::format
