// The option table -> docs/configuration.md.
#pragma once

#include <string>

namespace glassflow::config {

struct Option;

std::string configuration_markdown();
// The default of an option as a person would write it: "5432", "65536"; empty when there is none.
std::string default_text(const Option& option);

}  // namespace glassflow::config
