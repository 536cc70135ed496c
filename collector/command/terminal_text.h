// Text from outside, made fit for where it is shown.
#pragma once

#include <string>
#include <string_view>

namespace glassflow::command {

// A control character is a question mark, so that nothing steers the terminal.
std::string terminal_text(std::string_view text);
// A byte that is no UTF-8 is the replacement character.
std::string utf8_text(std::string_view text);

}  // namespace glassflow::command
