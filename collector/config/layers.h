// The places a setting can come from, each -> one layer of given values. What is unknown is reported here.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "config/given_values.h"
#include "config/interpolation.h"
#include "config/pipeline_document.h"

namespace glassflow::config {

using Flags = std::vector<std::pair<std::string, std::string>>;  // key without dashes, value

// Where findings go. absences: what is missing here and may be there where the collector runs, a variable or the file
// of a secret; the same as problems when here is where it runs.
struct Reports {
    Problems& problems;
    Problems& warnings;
    Problems& absences;
};

// Throws ConfigError when the file cannot be read or is no YAML: nothing else could be told about it then.
GivenValues read_file_layer(const std::string& path, const Environment& environment, Reports reports);

// Of a GlassFlow pipeline document, with a sink "glassflow" when it has a pipeline_id. Throws like read_file_layer.
GivenValues read_pipeline_layer(const std::string& path, const Environment& environment, Reports reports);
PipelineDocument read_pipeline_file(const std::string& path, Problems& problems, Problems& warnings);

// sink_names: of the file, as GLASSFLOW_SINKS_<NAME>_<KEY> spells a name in upper case with "_" for "-". A sink that
// the file does not have is made by giving its type.
GivenValues read_environment_layer(const Environment& environment, const std::vector<std::string>& sink_names,
                                   Problems& problems);
GivenValues read_flag_layer(const Flags& flags, const std::vector<std::string>& sink_names, Problems& problems);

// The hint for a key that does not exist: the nearest known one, otherwise all of them. known are siblings of the key.
std::string unknown_key_hint(std::string_view key, const std::vector<std::string>& known);

// Keys that may stand directly below prefix ("", "source.", "sinks[]."), with KEY_file for secrets.
std::vector<std::string> keys_below(std::string_view prefix);

}  // namespace glassflow::config
