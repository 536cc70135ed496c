// Asks a person for a password at the terminal, which does not show it.
#pragma once

#include <string>

namespace glassflow::command {

// Throws config::ConfigError when there is no terminal, or the password is empty.
std::string ask_password(const std::string& prompt);

}  // namespace glassflow::command
