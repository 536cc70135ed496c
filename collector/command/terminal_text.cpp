#include "command/terminal_text.h"

#include <algorithm>

#include "event/utf8.h"

namespace glassflow::command {

std::string terminal_text(std::string_view text) {
    std::string shown(text);
    for (char& c : shown) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f)
            c = '?';
    }
    return shown;
}

std::string utf8_text(std::string_view text) {
    constexpr std::size_t longest_character = 4;
    std::string valid;
    while (!text.empty()) {
        std::size_t length = 1;
        while (length <= std::min(longest_character, text.size()) && !event::is_utf8(text.substr(0, length)))
            ++length;
        if (length > std::min(longest_character, text.size())) {
            valid += "\xef\xbf\xbd";
            text.remove_prefix(1);
        } else {
            valid += text.substr(0, length);
            text.remove_prefix(length);
        }
    }
    return valid;
}

}  // namespace glassflow::command
