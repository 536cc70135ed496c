// IPv6 as RFC 4291 section 2.2 has it: the longest run of two or more zero words, the first of equals, becomes "::"; an
// IPv4 address within (after 96 zero bits, or 80 and ffff) is printed as one.
#include "format/network_text.h"

#include <array>

#include "format/binary_text.h"
#include "format/integer_text.h"

namespace glassflow::format {

namespace {

constexpr std::size_t ipv4_bytes = 4;
constexpr std::size_t ipv6_words = 8;

using Words = std::array<std::uint16_t, ipv6_words>;

struct Run {
    std::size_t first = ipv6_words;  // none
    std::size_t length = 0;

    std::size_t end() const { return first + length; }
};

void append_ipv4(std::string& out, std::string_view address) {
    for (std::size_t i = 0; i < ipv4_bytes; ++i) {
        if (i > 0)
            out += '.';
        append_integer(out, static_cast<unsigned char>(address[i]));
    }
}

Words words_of(std::string_view address) {
    Words words{};
    for (std::size_t i = 0; i < ipv6_words; ++i) {
        const unsigned high = static_cast<std::uint8_t>(address[2 * i]);
        const unsigned low = static_cast<std::uint8_t>(address[2 * i + 1]);
        words[i] = static_cast<std::uint16_t>(high << 8 | low);
    }
    return words;
}

Run longest_run_of_zeros(const Words& words) {
    Run longest;
    std::size_t length = 0;
    for (std::size_t i = 0; i < ipv6_words; ++i) {
        length = words[i] == 0 ? length + 1 : 0;
        if (length >= 2 && length > longest.length)
            longest = {.first = i + 1 - length, .length = length};
    }
    return longest;
}

bool holds_ipv4(const Words& words, const Run& zeros) {
    return zeros.first == 0 && (zeros.length == 6 || (zeros.length == 5 && words[5] == 0xFFFF));
}

void append_ipv6(std::string& out, std::string_view address) {
    const Words words = words_of(address);
    const Run zeros = longest_run_of_zeros(words);
    const bool ends_in_ipv4 = holds_ipv4(words, zeros);
    const std::size_t hex_words = ends_in_ipv4 ? 6 : ipv6_words;
    for (std::size_t i = 0; i < hex_words; ++i) {
        if (i == zeros.first) {
            out += "::";
            i = zeros.end() - 1;
            continue;
        }
        if (i > 0 && i != zeros.end())
            out += ':';
        append_integer(out, words[i], 16);
    }
    if (!ends_in_ipv4)
        return;
    if (zeros.end() != hex_words)
        out += ':';
    append_ipv4(out, address.substr(12));
}

}  // namespace

void append_address(std::string& out, std::string_view bytes, Netmask netmask) {
    const auto bits = static_cast<std::uint8_t>(bytes.front());
    const std::string_view address = bytes.substr(1);
    address.size() == ipv4_bytes ? append_ipv4(out, address) : append_ipv6(out, address);
    if (netmask == Netmask::when_partial && bits == 8 * address.size())
        return;
    out += '/';
    append_integer(out, bits);
}

void append_macaddr(std::string& out, std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0)
            out += ':';
        append_hex(out, bytes.substr(i, 1));
    }
}

}  // namespace glassflow::format
