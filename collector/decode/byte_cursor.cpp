#include "decode/byte_cursor.h"

#include <string>

#include "decode/decode_error.h"

namespace glassflow::decode {

std::string_view ByteCursor::read_bytes(std::size_t count, std::string_view what) {
    if (count > left())
        throw_malformed_message("it ends within " + std::string(what), offset_);
    const std::string_view bytes = bytes_.substr(offset_, count);
    offset_ += count;
    return bytes;
}

std::string_view ByteCursor::read_zero_ended(std::string_view what) {
    const std::size_t end = bytes_.find('\0', offset_);
    if (end == std::string_view::npos)
        throw_malformed_message("it ends within " + std::string(what), offset_);
    const std::string_view text = bytes_.substr(offset_, end - offset_);
    offset_ = end + 1;
    return text;
}

std::uint64_t ByteCursor::read_integer(std::size_t count, std::string_view what) {
    std::uint64_t number = 0;
    for (const char byte : read_bytes(count, what))
        number = number << 8 | static_cast<std::uint8_t>(byte);
    return number;
}

}  // namespace glassflow::decode
