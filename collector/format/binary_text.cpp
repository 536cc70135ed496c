// The encodings of binary_text.h, appended in place.
#include "format/binary_text.h"

#include <charconv>
#include <cstdint>

namespace glassflow::format {

namespace {

// Returns the end of what it wrote.
char* write_hex(char* out, std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    for (const char byte : bytes) {
        *out++ = digits[static_cast<std::uint8_t>(byte) >> 4];
        *out++ = digits[static_cast<std::uint8_t>(byte) & 0xF];
    }
    return out;
}

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
    constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t present = bytes.size() - i < 3 ? bytes.size() - i : 3;
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j)
            group = group << 8 | (j < present ? static_cast<std::uint8_t>(bytes[i + j]) : 0u);
        out += alphabet[group >> 18];
        out += alphabet[group >> 12 & 0x3F];
        out += present > 1 ? alphabet[group >> 6 & 0x3F] : '=';
        out += present > 2 ? alphabet[group & 0x3F] : '=';
    }
}

bool append_base64_of_hex(std::string& out, std::string_view hex) {
    if (!hex.starts_with("\\x") || hex.size() % 2 != 0)
        return false;
    std::string bytes;
    bytes.reserve(hex.size() / 2 - 1);
    for (std::size_t i = 2; i < hex.size(); i += 2) {
        std::uint8_t byte = 0;
        const char* end = hex.data() + i + 2;
        if (std::from_chars(hex.data() + i, end, byte, 16).ptr != end)
            return false;
        bytes += static_cast<char>(byte);
    }
    append_base64(out, bytes);
    return true;
}

void append_hex(std::string& out, std::string_view bytes) {
    const std::size_t start = out.size();
    out.resize(start + 2 * bytes.size());
    write_hex(out.data() + start, bytes);
}

void append_bits(std::string& out, std::string_view bytes) {
    const std::size_t count = 8 * (bytes.size() - 1) - static_cast<std::uint8_t>(bytes.front());
    const std::string_view packed = bytes.substr(1);
    out.reserve(out.size() + count);
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned byte = static_cast<std::uint8_t>(packed[i / 8]);
        out += (byte >> (7 - i % 8) & 1) != 0 ? '1' : '0';
    }
}

void append_uuid(std::string& out, std::string_view bytes) {
    char text[36];
    char* end = write_hex(text, bytes.substr(0, 4));
    for (const std::size_t group : {4, 6, 8}) {
        *end++ = '-';
        end = write_hex(end, bytes.substr(group, 2));
    }
    *end++ = '-';
    end = write_hex(end, bytes.substr(10, 6));
    out.append(text, end);
}

}  // namespace glassflow::format
