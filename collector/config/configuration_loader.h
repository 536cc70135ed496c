// Pipeline document, file, environment and flags -> Configuration. Later beats earlier, in that order.
//
// Takes nothing from the process itself: what it may look at is passed in, so that it can be tested.
#pragma once

#include <optional>
#include <string>

#include "config/configuration.h"
#include "config/layers.h"
#include "config/problem.h"

namespace glassflow::config {

struct Sources {
    std::optional<std::string> file;           // path of a YAML file; nullopt = none
    std::optional<std::string> pipeline = {};  // path of a GlassFlow pipeline document
    Environment environment;                   // all of the process': for GLASSFLOW_... and for ${...} in the file
    Flags flags;                               // {"source.host", "db1"}, {"sinks.files.path", "-"}
    bool is_partial = false;                   // what is missing is no problem: for who needs a part of the settings
};

// Throws ConfigError with every problem there is. What works but should be looked at goes to warnings. absences: for
// who looks at a configuration elsewhere than where it runs; variables that are not set and files of secrets that are
// not there are told in it, and are no problems then.
Configuration load(const Sources& sources, Problems* warnings = nullptr, Problems* absences = nullptr);

}  // namespace glassflow::config
