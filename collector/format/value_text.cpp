// One case per kind of value; what a number means is said by the encoding of its column.
#include "format/value_text.h"

#include <stdexcept>

#include "format/binary_text.h"
#include "format/date_time.h"
#include "format/float_text.h"

namespace glassflow::format {

namespace {

using event::Encoding;
using event::Value;

void append_integer(std::string& out, std::int64_t number, Encoding encoding) {
    switch (encoding) {
        case Encoding::date:
            append_date(out, number);
            break;
        case Encoding::timestamp:
            append_timestamp(out, number);
            break;
        case Encoding::timestamptz:
            append_timestamptz(out, number);
            break;
        default:
            out += std::to_string(number);
            break;
    }
}

void append_bytes(std::string& out, std::string_view bytes, Encoding encoding) {
    if (encoding == Encoding::uuid) {
        append_uuid(out, bytes);
    } else {
        out += "\\x";
        append_hex(out, bytes);
    }
}

std::size_t skip_digits(std::string_view text, std::size_t position) {
    while (position < text.size() && text[position] >= '0' && text[position] <= '9')
        ++position;
    return position;
}

}  // namespace

void append_postgres_text(std::string& out, const Value& value, const event::Column& column) {
    switch (value.kind) {
        case Value::Kind::infinity:
            out += "infinity";
            return;
        case Value::Kind::negative_infinity:
            out += "-infinity";
            return;
        case Value::Kind::boolean:
            out += value.boolean ? 't' : 'f';
            return;
        case Value::Kind::integer:
            return append_integer(out, value.integer, column.encoding);
        case Value::Kind::real:
            return column.encoding == Encoding::float4 ? append_float4(out, static_cast<float>(value.real))
                                                       : append_float8(out, value.real);
        case Value::Kind::text:
            out += value.view;
            return;
        case Value::Kind::bytes:
            return append_bytes(out, value.view, column.encoding);
        case Value::Kind::null:
        case Value::Kind::unchanged_toast:
        case Value::Kind::too_large:
            break;
    }
    throw std::logic_error("a value that has no text was asked for its text");
}

bool is_json_number(std::string_view text) {
    std::size_t position = text.starts_with('-') ? 1 : 0;
    const std::size_t integer = position;
    position = skip_digits(text, position);
    if (position == integer || (text[integer] == '0' && position - integer > 1))
        return false;
    if (position < text.size() && text[position] == '.') {
        const std::size_t fraction = position + 1;
        position = skip_digits(text, fraction);
        if (position == fraction)
            return false;
    }
    if (position < text.size() && (text[position] == 'e' || text[position] == 'E')) {
        ++position;
        if (position < text.size() && (text[position] == '+' || text[position] == '-'))
            ++position;
        const std::size_t exponent = position;
        position = skip_digits(text, exponent);
        if (position == exponent)
            return false;
    }
    return position == text.size();
}

}  // namespace glassflow::format
