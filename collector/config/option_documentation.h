// The option table -> docs/configuration.md.
#pragma once

#include <string>

namespace glassflow::config {

std::string configuration_markdown();
// The default of an option as a person would write it: "5432", "65536"; empty when there is none. key: "sinks[].url".
std::string default_text(const struct Option& option);

}  // namespace glassflow::config
