// One case per kind of value; what a number means is said by the encoding of its column.
#include "format/value_text.h"

#include <stdexcept>

#include "format/binary_text.h"
#include "format/date_time.h"
#include "format/float_text.h"
#include "format/integer_text.h"
#include "format/interval_text.h"
#include "format/nested_text.h"
#include "format/network_text.h"

namespace glassflow::format {

namespace {

using event::Column;
using event::Encoding;
using event::Value;

void append_number(std::string& out, std::int64_t number, const Column& column) {
    switch (column.encoding) {
        case Encoding::date:
            return append_date(out, number);
        case Encoding::timestamp:
            return append_timestamp(out, number);
        case Encoding::timestamptz:
            return append_timestamptz(out, number);
        case Encoding::time:
            return append_time(out, static_cast<std::uint64_t>(number));
        case Encoding::decimal:
            return append_decimal(out, number, column.scale);
        default:
            return append_integer(out, number);
    }
}

void append_bytes(std::string& out, std::string_view bytes, Encoding encoding) {
    switch (encoding) {
        case Encoding::bytes:
            out += "\\x";
            return append_hex(out, bytes);
        case Encoding::uuid:
            return append_uuid(out, bytes);
        case Encoding::bits:
            return append_bits(out, bytes);
        case Encoding::inet:
            return append_address(out, bytes, Netmask::when_partial);
        case Encoding::cidr:
            return append_address(out, bytes, Netmask::always);
        case Encoding::macaddr:
            return append_macaddr(out, bytes);
        default:  // a text that is not UTF-8
            out += bytes;
    }
}

void append_parts(std::string& out, const Value& value, const Column& column) {
    const auto parts = value.parts();
    switch (column.encoding) {
        case Encoding::timetz:
            return append_timetz(out, static_cast<std::uint64_t>(parts[0].integer),
                                 static_cast<std::int32_t>(parts[1].integer));
        case Encoding::interval:
            return append_interval(out, static_cast<std::int32_t>(parts[0].integer),
                                   static_cast<std::int32_t>(parts[1].integer), parts[2].integer);
        default:
            if (!append_nested_text(out, value, column))
                throw std::length_error("a nested value has a text that is too large");
    }
}

}  // namespace

void append_postgres_text(std::string& out, const Value& value, const Column& column) {
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
            return append_number(out, value.integer, column);
        case Value::Kind::real:
            return column.encoding == Encoding::float4 ? append_float4(out, static_cast<float>(value.real))
                                                       : append_float8(out, value.real);
        case Value::Kind::text:
            out += value.view;
            return;
        case Value::Kind::bytes:
            return append_bytes(out, value.view, column.encoding);
        case Value::Kind::parts:
            return append_parts(out, value, column);
        case Value::Kind::null:
        case Value::Kind::unchanged_toast:
        case Value::Kind::too_large:
            break;
    }
    throw std::logic_error("a value that has no text was asked for its text");
}

}  // namespace glassflow::format
