#include "command/config.h"

#include <iostream>
#include <utility>
#include <vector>

#include "command/argument_parser.h"
#include "command/complaint.h"
#include "config/layers.h"
#include "config/nearest_name.h"
#include "config/pipeline_conversion.h"

namespace glassflow::command {
namespace {

ExitCode convert(const std::string& path) {
    config::Problems problems;
    config::Problems warnings;
    const config::PipelineDocument document = config::read_pipeline_file(path, problems, warnings);
    for (const config::Problem& warning : warnings) {
        warn(warning.text(), warning.hint);
    }
    if (!problems.empty()) {
        throw config::ConfigError(std::move(problems));
    }
    std::cout << config::converted_text(document);
    return ExitCode::done;
}

}  // namespace

ExitCode config_command(const Invocation& invocation) {
    ArgumentParser parser("config",
                          "Works on configurations as texts:\n"
                          "  convert FILE    prints the configuration that a GlassFlow pipeline document stands for;\n"
                          "                  secrets are written as ${NAME}, never as they are");
    std::string action;
    std::string path;
    parser.add_option("ACTION", action, "What to do.");
    parser.add_option("FILE", path, "The pipeline document.");
    if (const auto ended = parser.parse_arguments(invocation.arguments)) {
        return *ended;
    }
    if (action != "convert") {
        const std::vector<std::string> actions{"convert"};
        const std::string nearest = config::nearest_name(action, actions);
        complain(action.empty() ? "config needs to know what to do" : "unknown action \"" + action + "\" of config",
                 nearest.empty() ? "Its action is convert." : "Did you mean \"" + nearest + "\"?");
        return ExitCode::usage;
    }
    if (path.empty()) {
        complain("config convert needs to know of what", "Give the file of a GlassFlow pipeline document.");
        return ExitCode::usage;
    }
    return convert(path);
}

}  // namespace glassflow::command
