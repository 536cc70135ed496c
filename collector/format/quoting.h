// A value's text -> the same within an array, a composite or a range: in quotes when it could be taken for something
// else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace glassflow::format {

enum class Quoting : std::uint8_t {
    array,            // elements separated by commas
    semicolon_array,  // elements separated by semicolons: boxes
    composite,
    range,
};

// Quotes what out holds from start on, in place; leaves it as it is when it needs none.
void quote_tail(std::string& out, std::size_t start, Quoting quoting);

}  // namespace glassflow::format
