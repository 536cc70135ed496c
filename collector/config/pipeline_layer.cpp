// A GlassFlow pipeline document -> given values, below those of the configuration file.
#include "config/layers.h"
#include "config/pipeline_document.h"
#include "config/text_file.h"

namespace glassflow::config {
namespace {

constexpr std::size_t max_document_bytes = 1 << 20;

// The value of the secret is in the environment variable that is called like it.
GivenValue given_value(const DocumentValue& value, const std::string& path, const Environment& environment,
                       Problems& absences) {
    GivenValue given{.items = value.items, .place = path + ":" + std::to_string(value.line), .shown = {}};
    for (const std::string& item : value.items) {
        given.shown += (given.shown.empty() ? "" : ", ") + item;
    }
    if (!value.variable.empty()) {
        given.shown = "the secret " + value.variable;
        const auto found = environment.find(value.variable);
        if (found != environment.end()) {
            given.items = {found->second};
        } else {
            absences.push_back({given.place, value.document_key,
                                value.document_key + ": environment variable " + value.variable + " is not set",
                                "The document refers to a secret of GlassFlow by that name, which cannot be read back "
                                "from there: put it into the environment."});
            given.is_broken = true;
        }
    }
    return given;
}

}  // namespace

PipelineDocument read_pipeline_file(const std::string& path, Problems& problems, Problems& warnings) {
    try {
        const YamlNode root = parse_yaml(read_text_file(path, max_document_bytes).text);
        return read_pipeline_document(root, path, problems, warnings);
    } catch (const FileError& e) {
        throw ConfigError({{path, "", std::string("could not read the pipeline document: ") + e.what(),
                            "Check the path given by --pipeline, and that you may read it."}});
    } catch (const YamlError& e) {
        throw ConfigError({{path + ":" + std::to_string(e.line()), "", e.what(),
                            "Correct this line; indentation is by spaces, and texts with YAML signs need quotes."}});
    }
}

GivenValues read_pipeline_layer(const std::string& path, const Environment& environment, Reports reports) {
    const PipelineDocument document = read_pipeline_file(path, reports.problems, reports.warnings);
    GivenValues given;
    for (const auto& [key, value] : document.settings) {
        given.values.emplace(key, given_value(value, path, environment, reports.absences));
    }
    if (!document.pipeline_id.empty()) {
        const std::string place = path + ":" + std::to_string(document.pipeline_id_line);
        GivenSink sink{.name = "glassflow", .place = place, .values = {}};
        const auto give_text = [&](const std::string& key, const std::string& text) {
            sink.values.emplace(key, GivenValue{.items = {text}, .place = place, .shown = text});
        };
        give_text("name", sink.name);
        give_text("type", "glassflow");
        give_text("pipeline_id", document.pipeline_id);
        give_text("format", "wal2json");  // what functions of such pipelines expect
        given.sinks.push_back(std::move(sink));
    }
    return given;
}

}  // namespace glassflow::config
