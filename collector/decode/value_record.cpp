// Values of one element; what is made of parts is in nested_record.cpp. The encodings and extension types are
// docs/wire_format.md's.
#include "decode/value_record.h"

#include <limits>
#include <string>
#include <utility>

#include "decode/decode_error.h"
#include "decode/json_document.h"
#include "decode/made_value.h"
#include "decode/relation_record.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

using event::Encoding;
using event::Value;
using Type = FrameCursor::Type;

constexpr std::size_t uuid_bytes = 16;
constexpr std::size_t size_bytes = 8;
constexpr std::int64_t day_us = 86'400'000'000;

bool has_text_form(Encoding encoding) {
    return encoding > static_cast<Encoding>(wire::last_encoding_without_text);
}

// bin is the native form of these; their text is ASCII.
bool is_binary(Encoding encoding) {
    return encoding >= Encoding::bits && encoding <= Encoding::macaddr;
}

bool has_infinity(Encoding encoding) {
    return encoding == Encoding::date || encoding == Encoding::timestamp || encoding == Encoding::timestamptz ||
           encoding == Encoding::interval;
}

bool can_be_too_large(Encoding encoding) {
    return encoding == Encoding::text || encoding == Encoding::bytes || has_text_form(encoding);
}

std::uint64_t size_of_too_large(std::string_view data) {
    std::uint64_t size = 0;
    for (const char byte : data)
        size = size << 8 | static_cast<std::uint8_t>(byte);
    return size;
}

bool infinity_value(std::string_view data, Encoding encoding, Value& value) {
    if (!has_infinity(encoding) || (data != "\x01" && data != "\xff"))
        return false;
    value.kind = data == "\x01" ? Value::Kind::infinity : Value::Kind::negative_infinity;
    return true;
}

// Is it what values of the encoding are made of? Of bits: how many of the last byte are unused; of addresses: as many
// bits of netmask as there are, or fewer.
bool is_sound_binary(Encoding encoding, std::string_view bytes) {
    const std::size_t address_bytes = bytes.empty() ? 0 : bytes.size() - 1;
    const unsigned first = bytes.empty() ? 0 : static_cast<std::uint8_t>(bytes.front());
    switch (encoding) {
        case Encoding::bits:
            return !bytes.empty() && first <= (bytes.size() == 1 ? 0 : 7);
        case Encoding::inet:
        case Encoding::cidr:
            return (address_bytes == 4 || address_bytes == 16) && first <= 8 * address_bytes;
        default:
            return bytes.size() == 6 || bytes.size() == 8;
    }
}

}  // namespace

Value ValueReader::read(const event::Column& column) {
    Value value;
    if (cursor_.read_nil())
        return value;
    const Type found = cursor_.next_type();
    if (found == Type::extension)
        return read_extension(column);
    const std::size_t start = cursor_.offset();
    if (!read_form(column, found, value))
        refuse("value that its encoding does not allow", column, start);
    return value;
}

// What can only be said of a whole column, and infinity.
Value ValueReader::read_extension(const event::Column& column) {
    const std::size_t start = cursor_.offset();
    const auto [type, data] = cursor_.read_extension("value");
    Value value;
    switch (static_cast<wire::Extension>(type)) {
        case wire::Extension::unchanged_toast:
            if (data != std::string_view("\0", 1))
                break;
            value.kind = Value::Kind::unchanged_toast;
            return value;
        case wire::Extension::infinity:
            if (!infinity_value(data, column.encoding, value))
                break;
            return value;
        case wire::Extension::too_large:
            if (!can_be_too_large(column.encoding) || data.size() != size_bytes)
                break;
            value.kind = Value::Kind::too_large;
            value.size_bytes = size_of_too_large(data);
            return value;
        case wire::Extension::json_number:
            break;
    }
    refuse("unexpected extension value", column, start);
}

bool ValueReader::read_within(const event::Column& type, Value& value) {
    if (cursor_.read_nil())
        return true;
    const Type found = cursor_.next_type();
    if (found == Type::extension) {
        const auto [extension, data] = cursor_.read_extension("value");
        return static_cast<wire::Extension>(extension) == wire::Extension::infinity &&
               infinity_value(data, type.encoding, value);
    }
    return read_form(type, found, value);
}

bool ValueReader::read_form(const event::Column& type, Type found, Value& value) {
    if (!has_text_form(type.encoding))
        return read_plain(type, found, value);
    if (found == Type::text || (found == Type::bytes && !is_binary(type.encoding)))
        return read_text_form(type, found, value);
    return read_native(type, found, value);
}

bool ValueReader::read_plain(const event::Column& type, Type found, Value& value) {
    switch (type.encoding) {
        case Encoding::text:
            if (found != Type::text && found != Type::bytes)
                return false;
            value = found == Type::text ? text_or_bytes(cursor_.read_str("value"))
                                        : bytes_value(cursor_.read_bytes("value"));
            return true;
        case Encoding::boolean:
            if (found != Type::boolean)
                return false;
            value = boolean_value(cursor_.read_boolean("value"));
            return true;
        case Encoding::integer:
        case Encoding::date:
        case Encoding::timestamp:
        case Encoding::timestamptz:
            if (found != Type::integer)
                return false;
            value = integer_value(cursor_.read_signed("value"));
            return type.encoding != Encoding::date || std::in_range<std::int32_t>(value.integer);
        case Encoding::float4:
            if (found != Type::float32)
                return false;
            value = real_value(cursor_.read_float32("value"));
            return true;
        case Encoding::float8:
            if (found != Type::float32 && found != Type::float64)
                return false;
            value = real_value(found == Type::float32 ? cursor_.read_float32("value") : cursor_.read_float64("value"));
            return true;
        case Encoding::bytes:
        case Encoding::uuid:
            if (found != Type::bytes)
                return false;
            value = bytes_value(cursor_.read_bytes("value"));
            return type.encoding == Encoding::bytes || value.view.size() == uuid_bytes;
        default:
            return false;
    }
}

bool ValueReader::read_text_form(const event::Column& type, Type found, Value& value) {
    value = found == Type::text ? text_or_bytes(cursor_.read_str("value")) : bytes_value(cursor_.read_bytes("value"));
    // Bytes would be taken for the native form.
    return value.kind == Value::Kind::text || !is_binary(type.encoding);
}

bool ValueReader::read_native(const event::Column& type, Type found, Value& value) {
    switch (type.encoding) {
        case Encoding::decimal:
        case Encoding::time:
            if (found != Type::integer)
                return false;
            value = integer_value(cursor_.read_signed("value"));
            return type.encoding == Encoding::decimal || (value.integer >= 0 && value.integer <= day_us);
        case Encoding::json:
            return (found == Type::map || found == Type::array) && read_document(value);
        case Encoding::bits:
        case Encoding::inet:
        case Encoding::cidr:
        case Encoding::macaddr:
            if (found != Type::bytes)
                return false;
            value = bytes_value(cursor_.read_bytes("value"));
            return is_sound_binary(type.encoding, value.view);
        default:
            break;
    }
    if (found != Type::array)
        return false;
    switch (type.encoding) {
        case Encoding::timetz:
            return read_time_with_zone(value);
        case Encoding::interval:
            return read_interval(value);
        case Encoding::array:
            return read_array(type, value);
        case Encoding::composite:
            return read_composite(type, value);
        case Encoding::range:
            return read_range(type, value);
        case Encoding::multirange:
            return read_multirange(type, value);
        default:
            return false;
    }
}

bool ValueReader::read_document(Value& value) {
    std::string& text = memory_.scratch();
    append_json_document(cursor_, text);
    value = text_or_bytes(memory_.keep(text));
    return true;
}

void ValueReader::refuse(std::string_view problem, const event::Column& column, std::size_t offset) const {
    throw_malformed(std::string(problem) + " for column \"" + column.name + "\" of table " + quoted_name(relation_),
                    offset);
}

std::uint64_t read_too_large(FrameCursor& cursor, std::string_view what) {
    const std::size_t start = cursor.offset();
    const auto [type, data] = cursor.read_extension(what);
    if (static_cast<wire::Extension>(type) != wire::Extension::too_large || data.size() != size_bytes)
        throw_malformed(std::string("unexpected extension value for ") + std::string(what), start);
    return size_of_too_large(data);
}

}  // namespace glassflow::decode
