// Escaping, eight characters at a time: nearly all text has nothing to escape.
#include "format/json_writer.h"

#include <cstddef>
#include <cstring>

#include "format/integer_text.h"

namespace glassflow::format {

namespace {

// After a huge row the buffer would keep its size for as long as the collector runs.
constexpr std::size_t kept_bytes = 1 << 20;

bool must_be_escaped(char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == '"' || character == '\\';
}

constexpr std::uint64_t each_byte(std::uint8_t byte) {
    return 0x0101'0101'0101'0101u * byte;
}

// Not zero if a byte of word is zero; may be so, too, if none is but then one below 0x80 is 1.
constexpr std::uint64_t zero_bytes(std::uint64_t word) {
    return (word - each_byte(1)) & ~word & each_byte(0x80);
}

// How many characters from the beginning of text on need no escape.
std::size_t plain_length(std::string_view text) {
    std::size_t length = 0;
    for (; length + 8 <= text.size(); length += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text.data() + length, 8);
        const std::uint64_t controls = (word - each_byte(0x20)) & ~word & each_byte(0x80);
        if ((controls | zero_bytes(word ^ each_byte('"')) | zero_bytes(word ^ each_byte('\\'))) != 0)
            break;
    }
    while (length < text.size() && !must_be_escaped(text[length]))
        ++length;
    return length;
}

void append_escape(std::string& out, char character) {
    static constexpr char digits[] = "0123456789ABCDEF";
    out += '\\';
    switch (character) {
        case '"':
        case '\\':
            out += character;
            return;
        case '\b':
            out += 'b';
            return;
        case '\f':
            out += 'f';
            return;
        case '\n':
            out += 'n';
            return;
        case '\r':
            out += 'r';
            return;
        case '\t':
            out += 't';
            return;
        default:
            out += "u00";
            out += digits[static_cast<unsigned char>(character) >> 4];
            out += digits[static_cast<unsigned char>(character) & 15u];
    }
}

}  // namespace

void JsonWriter::integer(std::int64_t number) {
    separate();
    append_integer(text_, number);
}

void JsonWriter::unsigned_integer(std::uint64_t number) {
    separate();
    append_integer(text_, number);
}

void JsonWriter::append_quoted(std::string_view text) {
    text_ += '"';
    while (!text.empty()) {
        const std::size_t plain = plain_length(text);
        text_ += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty())
            break;
        append_escape(text_, text.front());
        text.remove_prefix(1);
    }
    text_ += '"';
}

void JsonWriter::clear() {
    if (text_.capacity() > kept_bytes)
        text_ = {};
    text_.clear();
    is_comma_due_ = false;
    is_taken_ = false;
}

}  // namespace glassflow::format
