// Bytes of a frame -> MessagePack elements, one at a time, in the order the caller expects them.
//
// A pull parser: the decoder knows what comes next and asks for it, so nothing is built and nothing is allocated; text
// and bytes are views into the frame. Every length is checked against the frame before it is believed. `what` names the
// element in the error when something else is there. (msgpack-c's visitor pushes, and allocates a stack per record; its
// packer is what the tests check this reader against.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glassflow::decode {

class FrameCursor {
public:
    enum class Type : std::uint8_t { nil, boolean, integer, float32, float64, text, bytes, array, map, extension };

    struct Extension {
        std::int8_t type = 0;
        std::string_view data;
    };

    // -2^63 to 2^64-1: two's complement when negative.
    struct Integer {
        bool is_negative = false;
        std::uint64_t bits = 0;
    };

    explicit FrameCursor(std::string_view frame)
        : begin_(frame.data()), position_(frame.data()), end_(frame.data() + frame.size()) {}

    bool at_end() const { return position_ == end_; }
    std::size_t offset() const { return static_cast<std::size_t>(position_ - begin_); }

    Type next_type() const;  // of the element at the cursor, which stays there
    bool read_nil();         // false, and nothing read, when something else is next

    bool read_boolean(std::string_view what);
    Integer read_integer(std::string_view what);
    std::uint64_t read_unsigned(std::string_view what, std::uint64_t maximum);
    std::int64_t read_signed(std::string_view what);
    float read_float32(std::string_view what);
    double read_float64(std::string_view what);
    std::string_view read_text(std::string_view what);   // a str; checked to be UTF-8
    std::string_view read_str(std::string_view what);    // a str; the caller checks
    std::string_view read_bytes(std::string_view what);  // a bin
    std::uint32_t read_array(std::string_view what);     // the number of elements, which follow
    std::uint32_t read_map(std::string_view what);       // the number of pairs, which follow
    Extension read_extension(std::string_view what);

    // Passes over whole elements, whatever they hold. Nesting costs no stack.
    void skip(std::uint64_t elements);

private:
    struct Head;  // a decoded first byte with its length or value

    std::size_t left() const { return static_cast<std::size_t>(end_ - position_); }
    Head read_head();
    Head read_expected(Type type, std::string_view what);
    std::uint64_t read_big_endian(std::size_t bytes);
    std::string_view read_view(std::uint64_t bytes);

    const char* begin_;
    const char* position_;
    const char* end_;
};

}  // namespace glassflow::decode
