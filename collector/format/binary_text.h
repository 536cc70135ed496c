// Bytes -> text that any JSON reader carries: base64, hex, bits, and the canonical form of a UUID.
#pragma once

#include <string>
#include <string_view>

namespace glassflow::format {

void append_base64(std::string& out, std::string_view bytes);  // RFC 4648 section 4, padded
// What append_base64 makes of the bytes that Postgres prints as \\x0aff. False, and nothing appended, when hex is not
// that.
bool append_base64_of_hex(std::string& out, std::string_view hex);
void append_hex(std::string& out, std::string_view bytes);  // lower case
// First how many bits of the last byte are unused, then the bits: "0101". None at all, and it is the empty text.
void append_bits(std::string& out, std::string_view bytes);
void append_uuid(std::string& out, std::string_view bytes);  // 16 bytes -> 8-4-4-4-12 hex digits

}  // namespace glassflow::format
