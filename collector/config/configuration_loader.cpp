// Merges the layers; the meaning of the merged texts is the builder's affair.
#include "config/configuration_loader.h"

#include "config/configuration_builder.h"

namespace glassflow::config {

Configuration load(const Sources& sources, Problems* warnings) {
    Problems problems;
    Problems unheard_warnings;
    GivenValues given;
    if (sources.file) {
        given = read_file_layer(*sources.file, sources.environment, problems);
    }
    overlay(given, read_environment_layer(sources.environment, given.sink_names(), problems));
    overlay(given, read_flag_layer(sources.flags, given.sink_names(), problems));
    Configuration configuration =
        build_configuration(given, sources.is_partial, problems, warnings != nullptr ? *warnings : unheard_warnings);
    if (!problems.empty()) {
        throw ConfigError(std::move(problems));
    }
    return configuration;
}

}  // namespace glassflow::config
