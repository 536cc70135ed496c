// Lsn <-> the text Postgres prints for it: two hexadecimal halves, without leading zeros.
#include "event/lsn.h"

#include <charconv>

namespace glassflow::event {

namespace {

// The whole of text as one 32-bit half; nullopt when there is anything else in it.
std::optional<std::uint32_t> parse_half(std::string_view text) {
    if (text.empty() || text.size() > 8)
        return std::nullopt;
    std::uint32_t half = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), half, 16);
    if (error != std::errc{} || end != text.data() + text.size())
        return std::nullopt;
    return half;
}

}  // namespace

std::string to_string(Lsn lsn) {
    char text[17];
    char* const limit = text + sizeof(text);
    auto end = std::to_chars(text, limit, lsn.value >> 32, 16).ptr;
    *end++ = '/';
    end = std::to_chars(end, limit, lsn.value & 0xFFFF'FFFFu, 16).ptr;
    for (char* digit = text; digit != end; ++digit) {
        if (*digit >= 'a')
            *digit = static_cast<char>(*digit - 'a' + 'A');
    }
    return {text, end};
}

std::optional<Lsn> parse_lsn(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos)
        return std::nullopt;
    const auto high = parse_half(text.substr(0, slash));
    const auto low = parse_half(text.substr(slash + 1));
    if (!high || !low)
        return std::nullopt;
    return Lsn{std::uint64_t{*high} << 32 | *low};
}

}  // namespace glassflow::event
