// Escaping, eight characters at a time: nearly all text has nothing to escape.
#include "format/json_writer.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace glassflow::format {

namespace {

// After a huge row the buffer would keep its size for as long as the collector runs.
constexpr std::size_t kept_bytes = 1 << 20;
constexpr std::size_t least_bytes = 4 << 10;
constexpr std::size_t longest_escape = 6;

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

}  // namespace

void JsonWriter::string(std::string_view text) {
    reserve(text.size() + 3);
    separate();
    put('"');
    while (true) {
        const std::size_t plain = plain_length(text);
        put(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty())
            break;
        reserve(longest_escape + text.size() + 1);
        put_escape(text.front());
        text.remove_prefix(1);
    }
    put('"');
}

void JsonWriter::put_escape(char character) {
    static constexpr char digits[] = "0123456789ABCDEF";
    put('\\');
    switch (character) {
        case '"':
        case '\\':
            return put(character);
        case '\b':
            return put('b');
        case '\f':
            return put('f');
        case '\n':
            return put('n');
        case '\r':
            return put('r');
        case '\t':
            return put('t');
        default:
            put("u00");
            put(digits[static_cast<unsigned char>(character) >> 4]);
            put(digits[static_cast<unsigned char>(character) & 15u]);
    }
}

void JsonWriter::integer(std::int64_t number) {
    char digits[20];
    raw({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
}

void JsonWriter::unsigned_integer(std::uint64_t number) {
    char digits[20];
    raw({digits, std::to_chars(digits, digits + sizeof digits, number).ptr});
}

void JsonWriter::clear() {
    if (capacity_ > kept_bytes) {
        text_.reset();
        capacity_ = 0;
    }
    size_ = 0;
    is_comma_due_ = false;
    is_taken_ = false;
}

void JsonWriter::grow(std::size_t count) {
    const std::size_t capacity = std::max({least_bytes, size_ + count, capacity_ + capacity_ / 2});
    std::unique_ptr<char[]> text(new char[capacity]);
    if (size_ > 0)
        std::memcpy(text.get(), text_.get(), size_);
    text_ = std::move(text);
    capacity_ = capacity;
}

}  // namespace glassflow::format
