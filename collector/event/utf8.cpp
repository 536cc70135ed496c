// The UTF-8 check, sequence by sequence after Unicode's table of well-formed byte sequences (table 3-7).
//
// Nearly all text is ASCII for long stretches, so eight bytes are looked at at once where that is so.
#include "event/utf8.h"

#include <cstdint>
#include <cstring>

namespace glassflow::event {

namespace {

// What must follow a lead byte: how many bytes, and the range of the first of them (the rest are 80..BF). The narrow
// ranges are what keeps out overlong forms (E0, F0), surrogates (ED) and code points above U+10FFFF (F4).
struct Sequence {
    std::uint8_t continuation_bytes;
    std::uint8_t first_low;
    std::uint8_t first_high;
};

Sequence sequence_of(std::uint8_t lead) {
    if (lead >= 0xC2 && lead <= 0xDF)
        return {1, 0x80, 0xBF};
    if (lead == 0xE0)
        return {2, 0xA0, 0xBF};
    if (lead == 0xED)
        return {2, 0x80, 0x9F};
    if (lead >= 0xE1 && lead <= 0xEF)
        return {2, 0x80, 0xBF};
    if (lead == 0xF0)
        return {3, 0x90, 0xBF};
    if (lead >= 0xF1 && lead <= 0xF3)
        return {3, 0x80, 0xBF};
    if (lead == 0xF4)
        return {3, 0x80, 0x8F};
    return {0, 1, 0};
}

const char* skip_ascii(const char* position, const char* end) {
    while (end - position >= 8) {
        std::uint64_t chunk;
        std::memcpy(&chunk, position, sizeof(chunk));
        if ((chunk & 0x8080'8080'8080'8080u) != 0)
            break;
        position += 8;
    }
    while (position != end && static_cast<std::uint8_t>(*position) < 0x80)
        ++position;
    return position;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
    const char* position = bytes.data();
    const char* const end = position + bytes.size();
    for (;;) {
        position = skip_ascii(position, end);
        if (position == end)
            return true;
        const Sequence sequence = sequence_of(static_cast<std::uint8_t>(*position++));
        if (sequence.continuation_bytes == 0 || end - position < sequence.continuation_bytes)
            return false;
        const auto first = static_cast<std::uint8_t>(*position);
        if (first < sequence.first_low || first > sequence.first_high)
            return false;
        for (int rest = 1; rest < sequence.continuation_bytes; ++rest) {
            if ((static_cast<std::uint8_t>(position[rest]) & 0xC0) != 0x80)
                return false;
        }
        position += sequence.continuation_bytes;
    }
}

}  // namespace glassflow::event
