// How the program tells a person at the terminal what is wrong: one line, and an indented hint below it.
//
//   glassflow-collector: error: slot "orders_slot" does not exist
//     Set source.create_slot: true, or run: ...
#pragma once

#include <string_view>

#include "config/problem.h"

namespace glassflow::command {

// Both to standard error. hint may be empty.
void complain(std::string_view what, std::string_view hint);
void warn(std::string_view what, std::string_view hint);

// Each problem of a configuration, with file, line and key.
void complain(const config::ConfigError& error);

}  // namespace glassflow::command
