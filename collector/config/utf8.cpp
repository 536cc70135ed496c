// The table of well-formed sequences of the Unicode standard (table 3-7), as ranges of the second byte.
#include "config/utf8.h"

#include <algorithm>

namespace glassflow::config {

std::size_t find_invalid_utf8(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    for (std::size_t i = 0; i < text.size();) {
        const unsigned char first = byte(i);
        const std::size_t size = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
        if (size == 1) {
            ++i;
            continue;
        }
        if (first < 0xc2 || first > 0xf4 || text.size() - i < size) {
            return i;
        }
        const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
        const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
        if (byte(i + 1) < low || byte(i + 1) > high) {
            return i;
        }
        for (std::size_t k = 2; k < size; ++k) {
            if ((byte(i + k) & 0xc0) != 0x80) {
                return i;
            }
        }
        i += size;
    }
    return std::string_view::npos;
}

bool has_control_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace glassflow::config
