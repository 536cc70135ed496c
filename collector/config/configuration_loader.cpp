// Merges the layers; the meaning of the merged texts is the builder's affair.
#include "config/configuration_loader.h"

#include <utility>

#include "config/configuration_builder.h"

namespace glassflow::config {
namespace {

// The document's own sink is for who names none.
GivenValues upon(GivenValues document, GivenValues&& file) {
    if (!file.sinks.empty() || file.has_broken_sinks) {
        document.sinks.clear();
    }
    document.file = file.file;
    document.has_broken_sinks = file.has_broken_sinks;
    overlay(document, std::move(file));
    return document;
}

}  // namespace

Configuration load(const Sources& sources, Problems* warnings, Problems* absences) {
    Problems problems;
    Problems unheard_warnings;
    Problems& told_warnings = warnings != nullptr ? *warnings : unheard_warnings;
    const Reports reports{problems, told_warnings, absences != nullptr ? *absences : problems};
    GivenValues given;
    if (sources.file) {
        given = read_file_layer(*sources.file, sources.environment, reports);
    }
    if (sources.pipeline) {
        given = upon(read_pipeline_layer(*sources.pipeline, sources.environment, reports), std::move(given));
    }
    overlay(given, read_environment_layer(sources.environment, given.sink_names(), problems));
    overlay(given, read_flag_layer(sources.flags, given.sink_names(), problems));
    Configuration configuration = build_configuration(given, sources.is_partial, reports);
    if (!problems.empty()) {
        throw ConfigError(std::move(problems));
    }
    return configuration;
}

}  // namespace glassflow::config
