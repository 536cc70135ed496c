// The grammar of RFC 8259 section 6: an integer part without leading zeros, perhaps a fraction, perhaps an exponent.
#include "event/json_number.h"

#include <cstddef>

namespace glassflow::event {

namespace {

std::size_t skip_digits(std::string_view text, std::size_t position) {
    while (position < text.size() && text[position] >= '0' && text[position] <= '9')
        ++position;
    return position;
}

}  // namespace

bool is_json_number(std::string_view text) {
    std::size_t position = text.starts_with('-') ? 1 : 0;
    const std::size_t integer = position;
    position = skip_digits(text, position);
    if (position == integer || (text[integer] == '0' && position - integer > 1))
        return false;
    if (position < text.size() && text[position] == '.') {
        const std::size_t fraction = position + 1;
        position = skip_digits(text, fraction);
        if (position == fraction)
            return false;
    }
    if (position < text.size() && (text[position] == 'e' || text[position] == 'E')) {
        ++position;
        if (position < text.size() && (text[position] == '+' || text[position] == '-'))
            ++position;
        const std::size_t exponent = position;
        position = skip_digits(text, exponent);
        if (position == exponent)
            return false;
    }
    return position == text.size();
}

}  // namespace glassflow::event
