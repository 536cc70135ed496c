// MessagePack, read strictly: https://github.com/msgpack/msgpack/blob/master/spec.md
#include "decode/frame_cursor.h"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <string>

#include "decode/decode_error.h"
#include "event/utf8.h"

namespace glassflow::decode {

namespace {

using Type = FrameCursor::Type;

const char* name_of(Type type) {
    constexpr std::array names{"nil",      "a boolean", "an integer", "a float 32", "a float 64",
                               "a string", "binary",    "an array",   "a map",      "an extension value"};
    return names[static_cast<std::size_t>(type)];
}

// The type of an element by its first byte; 0xC1 is none.
constexpr std::array<Type, 256> make_types() {
    std::array<Type, 256> types{};
    const auto fill = [&types](std::size_t first, std::size_t last, Type type) {
        for (std::size_t byte = first; byte <= last; ++byte)
            types[byte] = type;
    };
    fill(0x00, 0x7F, Type::integer);
    fill(0x80, 0x8F, Type::map);
    fill(0x90, 0x9F, Type::array);
    fill(0xA0, 0xBF, Type::text);
    fill(0xC0, 0xC1, Type::nil);
    fill(0xC2, 0xC3, Type::boolean);
    fill(0xC4, 0xC6, Type::bytes);
    fill(0xC7, 0xC9, Type::extension);
    fill(0xCA, 0xCA, Type::float32);
    fill(0xCB, 0xCB, Type::float64);
    fill(0xCC, 0xD3, Type::integer);
    fill(0xD4, 0xD8, Type::extension);
    fill(0xD9, 0xDB, Type::text);
    fill(0xDC, 0xDD, Type::array);
    fill(0xDE, 0xDF, Type::map);
    fill(0xE0, 0xFF, Type::integer);
    return types;
}

[[noreturn]] void throw_unexpected(Type expected, Type found, std::string_view what, std::size_t offset) {
    throw_malformed(
        "expected " + std::string(name_of(expected)) + " for " + std::string(what) + ", found " + name_of(found),
        offset);
}

}  // namespace

// value is the integer (two's complement when negative), the boolean, the float's bits, or the length: bytes of text,
// binary and extension data, elements of an array, pairs of a map.
struct FrameCursor::Head {
    Type type = Type::nil;
    bool is_negative = false;
    std::int8_t extension_type = 0;
    std::uint64_t value = 0;
};

std::uint64_t FrameCursor::read_big_endian(std::size_t bytes) {
    if (left() < bytes)
        throw_malformed("the frame ends inside an element", offset());
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        value = value << 8 | static_cast<std::uint8_t>(position_[i]);
    position_ += bytes;
    return value;
}

std::string_view FrameCursor::read_view(std::uint64_t bytes) {
    if (left() < bytes)
        throw_malformed("the frame ends inside an element", offset());
    const std::string_view view(position_, static_cast<std::size_t>(bytes));
    position_ += bytes;
    return view;
}

FrameCursor::Head FrameCursor::read_head() {
    const auto first = static_cast<std::uint8_t>(read_big_endian(1));
    if (first <= 0x7F)
        return {.type = Type::integer, .value = first};
    if (first <= 0x8F)
        return {.type = Type::map, .value = first & 0x0Fu};
    if (first <= 0x9F)
        return {.type = Type::array, .value = first & 0x0Fu};
    if (first <= 0xBF)
        return {.type = Type::text, .value = first & 0x1Fu};
    if (first >= 0xE0) {
        const auto value = static_cast<std::int64_t>(static_cast<std::int8_t>(first));
        return {.type = Type::integer, .is_negative = true, .value = static_cast<std::uint64_t>(value)};
    }
    const auto extension = [this](std::uint64_t length) {
        const auto type = static_cast<std::int8_t>(read_big_endian(1));
        return Head{.type = Type::extension, .extension_type = type, .value = length};
    };
    const auto signed_integer = [this](std::size_t bytes) {
        // Shifted up and down again to extend the sign.
        const int unused_bits = static_cast<int>(64 - 8 * bytes);
        const auto value = static_cast<std::int64_t>(read_big_endian(bytes) << unused_bits) >> unused_bits;
        return Head{.type = Type::integer, .is_negative = value < 0, .value = static_cast<std::uint64_t>(value)};
    };
    switch (first) {
        case 0xC0:
            return {.type = Type::nil};
        case 0xC2:
        case 0xC3:
            return {.type = Type::boolean, .value = first & 1u};
        case 0xC4:
        case 0xC5:
        case 0xC6:
            return {.type = Type::bytes, .value = read_big_endian(std::size_t{1} << (first - 0xC4))};
        case 0xC7:
        case 0xC8:
        case 0xC9:
            return extension(read_big_endian(std::size_t{1} << (first - 0xC7)));
        case 0xCA:
            return {.type = Type::float32, .value = read_big_endian(4)};
        case 0xCB:
            return {.type = Type::float64, .value = read_big_endian(8)};
        case 0xCC:
        case 0xCD:
        case 0xCE:
        case 0xCF:
            return {.type = Type::integer, .value = read_big_endian(std::size_t{1} << (first - 0xCC))};
        case 0xD0:
        case 0xD1:
        case 0xD2:
        case 0xD3:
            return signed_integer(std::size_t{1} << (first - 0xD0));
        case 0xD4:
        case 0xD5:
        case 0xD6:
        case 0xD7:
        case 0xD8:
            return extension(std::uint64_t{1} << (first - 0xD4));
        case 0xD9:
        case 0xDA:
        case 0xDB:
            return {.type = Type::text, .value = read_big_endian(std::size_t{1} << (first - 0xD9))};
        case 0xDC:
        case 0xDD:
            return {.type = Type::array, .value = read_big_endian(std::size_t{2} << (first - 0xDC))};
        case 0xDE:
        case 0xDF:
            return {.type = Type::map, .value = read_big_endian(std::size_t{2} << (first - 0xDE))};
        default:  // 0xC1, which MessagePack never uses
            throw_malformed("not MessagePack", offset() - 1);
    }
}

FrameCursor::Head FrameCursor::read_expected(Type type, std::string_view what) {
    const std::size_t start = offset();
    const Head head = read_head();
    if (head.type != type)
        throw_unexpected(type, head.type, what, start);
    return head;
}

FrameCursor::Type FrameCursor::next_type() const {
    static constexpr auto types = make_types();
    if (at_end())
        throw_malformed("the frame ends inside an element", offset());
    const auto first = static_cast<std::uint8_t>(*position_);
    if (first == 0xC1)
        throw_malformed("not MessagePack", offset());
    return types[first];
}

bool FrameCursor::read_nil() {
    if (at_end())
        throw_malformed("the frame ends inside a record", offset());
    if (static_cast<std::uint8_t>(*position_) != 0xC0)
        return false;
    ++position_;
    return true;
}

bool FrameCursor::read_boolean(std::string_view what) {
    return read_expected(Type::boolean, what).value != 0;
}

FrameCursor::Integer FrameCursor::read_integer(std::string_view what) {
    const Head head = read_expected(Type::integer, what);
    return {.is_negative = head.is_negative, .bits = head.value};
}

std::uint64_t FrameCursor::read_unsigned(std::string_view what, std::uint64_t maximum) {
    const std::size_t start = offset();
    const Head head = read_expected(Type::integer, what);
    if (head.is_negative || head.value > maximum)
        throw_malformed(std::string(what) + " is out of range", start);
    return head.value;
}

std::int64_t FrameCursor::read_signed(std::string_view what) {
    const std::size_t start = offset();
    const Head head = read_expected(Type::integer, what);
    if (!head.is_negative && head.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
        throw_malformed(std::string(what) + " is out of range", start);
    return static_cast<std::int64_t>(head.value);
}

float FrameCursor::read_float32(std::string_view what) {
    return std::bit_cast<float>(static_cast<std::uint32_t>(read_expected(Type::float32, what).value));
}

double FrameCursor::read_float64(std::string_view what) {
    return std::bit_cast<double>(read_expected(Type::float64, what).value);
}

std::string_view FrameCursor::read_str(std::string_view what) {
    return read_view(read_expected(Type::text, what).value);
}

std::string_view FrameCursor::read_text(std::string_view what) {
    const std::size_t start = offset();
    const std::string_view text = read_str(what);
    if (!event::is_utf8(text))
        throw_malformed(std::string(what) + " is a string but not UTF-8", start);
    return text;
}

std::string_view FrameCursor::read_bytes(std::string_view what) {
    return read_view(read_expected(Type::bytes, what).value);
}

std::uint32_t FrameCursor::read_array(std::string_view what) {
    const std::size_t start = offset();
    const std::uint64_t elements = read_expected(Type::array, what).value;
    if (elements > left())  // each takes a byte at least
        throw_malformed(std::string(what) + " has more elements than the frame has bytes left", start);
    return static_cast<std::uint32_t>(elements);
}

std::uint32_t FrameCursor::read_map(std::string_view what) {
    const std::size_t start = offset();
    const std::uint64_t pairs = read_expected(Type::map, what).value;
    if (pairs > left() / 2)  // each takes two bytes at least
        throw_malformed(std::string(what) + " has more pairs than the frame has bytes left", start);
    return static_cast<std::uint32_t>(pairs);
}

FrameCursor::Extension FrameCursor::read_extension(std::string_view what) {
    const Head head = read_expected(Type::extension, what);
    return {.type = head.extension_type, .data = read_view(head.value)};
}

void FrameCursor::skip(std::uint64_t elements) {
    while (elements > 0) {
        if (elements > left())
            throw_malformed("the frame ends inside a record", offset());
        --elements;
        const Head head = read_head();
        switch (head.type) {
            case Type::text:
            case Type::bytes:
            case Type::extension:
                read_view(head.value);
                break;
            case Type::array:
                elements += head.value;
                break;
            case Type::map:
                elements += 2 * head.value;
                break;
            default:
                break;
        }
    }
}

}  // namespace glassflow::decode
