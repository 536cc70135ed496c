// Values; the encodings and extension types are docs/wire_format.md's.
#include "decode/value_record.h"

#include <limits>
#include <string>

#include "decode/decode_error.h"
#include "decode/relation_record.h"
#include "event/utf8.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

using event::Encoding;
using event::Value;
using Type = FrameCursor::Type;

constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t size_bytes = 8;

[[noreturn]] void throw_value(std::string_view problem, const event::Relation& relation, const event::Column& column,
                              std::size_t offset) {
    throw_malformed(std::string(problem) + " for column \"" + column.name + "\" of table " + quoted_name(relation),
                    offset);
}

Value text_value(std::string_view text) {
    Value value;
    value.kind = Value::Kind::text;
    value.view = text;
    return value;
}

Value bytes_value(std::string_view bytes) {
    Value value;
    value.kind = Value::Kind::bytes;
    value.view = bytes;
    return value;
}

Value boolean_value(bool boolean) {
    Value value;
    value.kind = Value::Kind::boolean;
    value.boolean = boolean;
    return value;
}

Value integer_value(std::int64_t integer) {
    Value value;
    value.kind = Value::Kind::integer;
    value.integer = integer;
    return value;
}

Value real_value(double real) {
    Value value;
    value.kind = Value::Kind::real;
    value.real = real;
    return value;
}

bool has_infinity(Encoding encoding) {
    return encoding == Encoding::date || encoding == Encoding::timestamp || encoding == Encoding::timestamptz;
}

bool can_be_too_large(Encoding encoding) {
    return encoding == Encoding::text || encoding == Encoding::bytes;
}

std::uint64_t size_of_too_large(std::string_view data) {
    std::uint64_t size = 0;
    for (const char byte : data)
        size = size << 8 | static_cast<std::uint8_t>(byte);
    return size;
}

Value read_extension_value(FrameCursor& cursor, const event::Relation& relation, const event::Column& column) {
    const std::size_t start = cursor.offset();
    const auto [type, data] = cursor.read_extension("value");
    Value value;
    switch (static_cast<wire::Extension>(type)) {
        case wire::Extension::unchanged_toast:
            if (data != std::string_view("\0", 1))
                break;
            value.kind = Value::Kind::unchanged_toast;
            return value;
        case wire::Extension::infinity:
            if (!has_infinity(column.encoding) || (data != "\x01" && data != "\xff"))
                break;
            value.kind = data == "\x01" ? Value::Kind::infinity : Value::Kind::negative_infinity;
            return value;
        case wire::Extension::too_large:
            if (!can_be_too_large(column.encoding) || data.size() != size_bytes)
                break;
            value.kind = Value::Kind::too_large;
            value.size_bytes = size_of_too_large(data);
            return value;
    }
    throw_value("unexpected extension value", relation, column, start);
}

// nullopt-like: false when the element at the cursor, of this type, is not what the encoding asks for.
bool read_plain_value(FrameCursor& cursor, Type type, Encoding encoding, Value& value) {
    switch (encoding) {
        case Encoding::text:
            if (type == Type::text) {
                // The server is trusted to check what it stores, but old releases and restored files have left bytes
                // in tables that are not UTF-8. Such a value travels as the bytes it is: refusing it would stop the
                // stream at this row for ever.
                const std::string_view text = cursor.read_str("value");
                value = event::is_utf8(text) ? text_value(text) : bytes_value(text);
            } else if (type == Type::bytes)
                value = bytes_value(cursor.read_bytes("value"));
            else
                return false;
            return true;
        case Encoding::boolean:
            if (type != Type::boolean)
                return false;
            value = boolean_value(cursor.read_boolean("value"));
            return true;
        case Encoding::integer:
        case Encoding::date:
        case Encoding::timestamp:
        case Encoding::timestamptz:
            if (type != Type::integer)
                return false;
            value = integer_value(cursor.read_signed("value"));
            return encoding != Encoding::date || (value.integer >= std::numeric_limits<std::int32_t>::min() &&
                                                  value.integer <= std::numeric_limits<std::int32_t>::max());
        case Encoding::float4:
            if (type != Type::float32)
                return false;
            value = real_value(cursor.read_float32("value"));
            return true;
        case Encoding::float8:
            if (type != Type::float64)
                return false;
            value = real_value(cursor.read_float64("value"));
            return true;
        case Encoding::bytes:
        case Encoding::uuid:
            if (type != Type::bytes)
                return false;
            value = bytes_value(cursor.read_bytes("value"));
            return encoding != Encoding::uuid || value.view.size() == uuid_bytes;
    }
    return false;
}

}  // namespace

event::Value read_value(FrameCursor& cursor, const event::Relation& relation, const event::Column& column) {
    if (cursor.read_nil())
        return {};
    const std::size_t start = cursor.offset();
    const Type type = cursor.next_type();
    if (type == Type::extension)
        return read_extension_value(cursor, relation, column);
    Value value;
    if (!read_plain_value(cursor, type, column.encoding, value))
        throw_value("value that its encoding does not allow", relation, column, start);
    return value;
}

std::uint64_t read_too_large(FrameCursor& cursor, std::string_view what) {
    const std::size_t start = cursor.offset();
    const auto [type, data] = cursor.read_extension(what);
    if (static_cast<wire::Extension>(type) != wire::Extension::too_large || data.size() != size_bytes)
        throw_malformed(std::string("unexpected extension value for ") + std::string(what), start);
    return size_of_too_large(data);
}

}  // namespace glassflow::decode
