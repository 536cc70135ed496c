// Bytes in network order -> numbers and texts, one after the other, as libpq's protocol writes them.
//
// Every length is checked against what is there before it is believed. `what` names the element in the error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glassflow::decode {

class ByteCursor {
public:
    explicit ByteCursor(std::string_view bytes) : bytes_(bytes) {}

    bool at_end() const { return offset_ == bytes_.size(); }
    std::size_t offset() const { return offset_; }
    std::size_t left() const { return bytes_.size() - offset_; }

    std::uint8_t read_byte(std::string_view what) { return static_cast<std::uint8_t>(read_integer(1, what)); }
    std::uint16_t read_uint16(std::string_view what) { return static_cast<std::uint16_t>(read_integer(2, what)); }
    std::uint32_t read_uint32(std::string_view what) { return static_cast<std::uint32_t>(read_integer(4, what)); }
    std::uint64_t read_uint64(std::string_view what) { return read_integer(8, what); }
    std::int16_t read_int16(std::string_view what) { return static_cast<std::int16_t>(read_uint16(what)); }
    std::int32_t read_int32(std::string_view what) { return static_cast<std::int32_t>(read_uint32(what)); }
    std::int64_t read_int64(std::string_view what) { return static_cast<std::int64_t>(read_uint64(what)); }
    std::string_view read_bytes(std::size_t count, std::string_view what);
    // Up to the next zero byte, which is passed over.
    std::string_view read_zero_ended(std::string_view what);
    std::string_view read_rest() { return read_bytes(left(), ""); }

private:
    std::uint64_t read_integer(std::size_t count, std::string_view what);

    std::string_view bytes_;
    std::size_t offset_ = 0;
};

}  // namespace glassflow::decode
