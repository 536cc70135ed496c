// Bytes -> are they UTF-8? Strictly: no overlong forms, no surrogates, nothing above U+10FFFF, nothing cut off.
#pragma once

#include <string_view>

namespace glassflow::event {

bool is_utf8(std::string_view bytes);

}  // namespace glassflow::event
