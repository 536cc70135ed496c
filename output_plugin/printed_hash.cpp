#include "printed_hash.h"

namespace glassflow {

namespace {

struct HexadecimalDigits {
    char of[256][2] = {};

    constexpr HexadecimalDigits() {
        constexpr char digits[] = "0123456789abcdef";
        for (int byte = 0; byte < 256; ++byte) {
            of[byte][0] = digits[byte >> 4];
            of[byte][1] = digits[byte & 15];
        }
    }
};
constexpr HexadecimalDigits hexadecimal;

// Of up to eight bytes.
std::uint64_t word_of(const char* bytes, std::size_t size) {
    std::uint64_t word = 0;
    memcpy(&word, bytes, size < sizeof(word) ? size : sizeof(word));
    return word;
}

}  // namespace

// Texts that differ in their first or last eight bytes mostly have different places.
std::size_t PrintedHash::place_of(std::string_view text) {
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    constexpr int unused_bits = 64 - 8;
    static_assert(place_count == 256);
    const std::size_t word = text.size() < sizeof(std::uint64_t) ? text.size() : sizeof(std::uint64_t);
    const std::uint64_t first = word_of(text.data(), word);
    const std::uint64_t last = word_of(text.data() + text.size() - word, word);
    return ((first * factor ^ last) * factor + text.size() * factor) >> unused_bits;
}

void PrintedHash::print(char* out, std::string_view text) const {
    const Sha256Digest digest = hash_.of(text);
    for (const unsigned char byte : digest) {
        memcpy(out, hexadecimal.of[byte], 2);
        out += 2;
    }
}

std::string_view PrintedHash::of(std::string_view text) {
    if (text.size() > remembered_bytes) {
        print(printed_, text);
        return {printed_, printed_bytes};
    }
    Place& place = places_[place_of(text)];
    if (place.size != text.size() || memcmp(place.text, text.data(), text.size()) != 0) {
        print(place.printed, text);
        memcpy(place.text, text.data(), text.size());
        place.size = static_cast<unsigned char>(text.size());
    }
    return {place.printed, printed_bytes};
}

}  // namespace glassflow
