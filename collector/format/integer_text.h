// Integers -> digits, alone or with a decimal point.
#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>

namespace glassflow::format {

template <std::integral Integer>
void append_integer(std::string& out, Integer number, int base = 10) {
    char digits[65];
    const auto end = std::to_chars(digits, digits + sizeof(digits), number, base).ptr;
    out.append(digits, end);
}

// units of 10^-scale, with that many decimals: -5 of scale 2 is "-0.05".
inline void append_decimal(std::string& out, std::int64_t units, std::uint32_t scale) {
    const auto bits = static_cast<std::uint64_t>(units);
    if (units < 0)
        out += '-';
    const std::size_t start = out.size();
    append_integer(out, units < 0 ? 0 - bits : bits);
    if (scale == 0)
        return;
    const std::size_t digits = out.size() - start;
    if (digits <= scale)  // a digit stands before the point
        out.insert(start, scale + 1 - digits, '0');
    out.insert(out.size() - scale, 1, '.');
}

}  // namespace glassflow::format
