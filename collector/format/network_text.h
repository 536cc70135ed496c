// Network addresses as on the wire -> the text Postgres prints for them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace glassflow::format {

enum class Netmask : std::uint8_t {
    when_partial,  // inet: a netmask of all bits goes without saying
    always,        // cidr
};

// Netmask bits, then 4 or 16 bytes of address: "10.0.0.1/8", "::ffff:10.0.0.1".
void append_address(std::string& out, std::string_view bytes, Netmask netmask);

// 6 or 8 bytes: "08:00:2b:01:02:03".
void append_macaddr(std::string& out, std::string_view bytes);

}  // namespace glassflow::format
