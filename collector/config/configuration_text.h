// Configuration -> YAML that load() reads again, secrets masked: what --print-config shows.
#pragma once

#include <string>
#include <string_view>

#include "config/configuration.h"

namespace glassflow::config {

inline constexpr const char* secret_mask = "********";

// Every option with its effective value, in the order of the option table; a secret that is set shows as secret_mask.
std::string configuration_text(const Configuration& configuration);

// In double quotes, so that neither YAML nor ${...} is seen in it.
std::string yaml_quoted(std::string_view text);

}  // namespace glassflow::config
