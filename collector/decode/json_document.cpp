// Containers within containers: the recursion is bounded by wire::max_json_depth.
#include "decode/json_document.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "decode/decode_error.h"
#include "event/json_number.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

using Type = FrameCursor::Type;

constexpr const char* element = "document";

// What stands after a backslash for a character that has such an escape, 'u' for the other controls, 0 for those that
// stand for themselves; DEL is one of these.
constexpr std::array<char, 256> make_escapes() {
    std::array<char, 256> escapes{};
    for (std::size_t control = 0; control < 0x20; ++control)
        escapes[control] = 'u';
    escapes['\b'] = 'b';
    escapes['\f'] = 'f';
    escapes['\n'] = 'n';
    escapes['\r'] = 'r';
    escapes['\t'] = 't';
    escapes['"'] = '"';
    escapes['\\'] = '\\';
    return escapes;
}

void append_integer(std::string& out, FrameCursor::Integer integer) {
    char digits[20];
    const auto end = integer.is_negative
                         ? std::to_chars(digits, digits + sizeof(digits), static_cast<std::int64_t>(integer.bits)).ptr
                         : std::to_chars(digits, digits + sizeof(digits), integer.bits).ptr;
    out.append(digits, end);
}

void append_number(FrameCursor& cursor, std::string& out) {
    const std::size_t start = cursor.offset();
    const auto [type, digits] = cursor.read_extension(element);
    if (static_cast<wire::Extension>(type) != wire::Extension::json_number || !event::is_json_number(digits))
        throw_malformed("extension value that is no number in a document", start);
    out += digits;
}

void append_value(FrameCursor& cursor, std::string& out, std::uint32_t depth);

// jsonb holds no zero byte; a text with one would not be taken by any server.
std::string_view read_string(FrameCursor& cursor, std::string_view what) {
    const std::size_t start = cursor.offset();
    const std::string_view text = cursor.read_str(what);
    if (text.find('\0') != std::string_view::npos)
        throw_malformed("zero byte in a document", start);
    return text;
}

void append_key(FrameCursor& cursor, std::string& out) {
    append_json_string(out, read_string(cursor, "key in a document"));
    out += ": ";
}

// depth is that of the container at the cursor, 1 for the document itself.
void append_container(FrameCursor& cursor, std::string& out, std::uint32_t depth) {
    if (depth > wire::max_json_depth)
        throw_malformed("document that is nested too deeply", cursor.offset());
    const bool is_map = cursor.next_type() == Type::map;
    const std::uint32_t count = is_map ? cursor.read_map(element) : cursor.read_array(element);
    out += is_map ? '{' : '[';
    for (std::uint32_t i = 0; i < count; ++i) {
        if (i > 0)
            out += ", ";
        if (is_map)
            append_key(cursor, out);
        append_value(cursor, out, depth);
    }
    out += is_map ? '}' : ']';
}

void append_value(FrameCursor& cursor, std::string& out, std::uint32_t depth) {
    switch (cursor.next_type()) {
        case Type::nil:
            cursor.read_nil();
            out += "null";
            return;
        case Type::boolean:
            out += cursor.read_boolean(element) ? "true" : "false";
            return;
        case Type::integer:
            return append_integer(out, cursor.read_integer(element));
        case Type::text:
            return append_json_string(out, read_string(cursor, element));
        case Type::array:
        case Type::map:
            return append_container(cursor, out, depth + 1);
        case Type::extension:
            return append_number(cursor, out);
        case Type::bytes:
        case Type::float32:
        case Type::float64:
            break;
    }
    throw_malformed("binary or float in a document", cursor.offset());
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
    static constexpr auto escapes = make_escapes();
    constexpr char digits[] = "0123456789abcdef";
    out += '"';
    std::size_t plain = 0;  // where what was not yet appended begins
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<std::uint8_t>(text[i]);
        if (escapes[byte] == 0)
            continue;
        out.append(text, plain, i - plain);
        plain = i + 1;
        out += '\\';
        out += escapes[byte];
        if (escapes[byte] == 'u') {
            out += "00";
            out += digits[byte >> 4];
            out += digits[byte & 0xF];
        }
    }
    out.append(text, plain);
    out += '"';
}

void append_json_document(FrameCursor& cursor, std::string& out) {
    append_container(cursor, out, 1);
}

}  // namespace glassflow::decode
