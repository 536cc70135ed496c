// Is this text UTF-8?
#pragma once

#include <cstddef>
#include <string_view>

namespace glassflow::config {

// Position of the first byte that is not part of a valid sequence; npos when there is none.
std::size_t find_invalid_utf8(std::string_view text);

// True when text holds a C0 control character or DEL.
bool has_control_character(std::string_view text);

}  // namespace glassflow::config
