// Neither a server nor a sink is asked. Where a configuration is validated is seldom where it runs, so variables and
// files that are not here are warnings, unless --with-environment says that this is the place.
#include "command/validate.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <charconv>
#include <filesystem>
#include <iostream>
#include <string>

#include "command/complaint.h"
#include "command/destinations.h"
#include "command/settings_parser.h"
#include "config/option_table.h"

namespace glassflow::command {
namespace {

using config::Problem;
using config::Problems;
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

struct Findings {
    Problems problems;
    Problems warnings;
};

// What only the sink itself can tell of its settings: a topic template, properties of librdkafka, certificates.
void look_at_sinks(const config::Configuration& configuration, Findings& findings) {
    try {
        make_destinations(configuration);
    } catch (const sink::SinkError& error) {
        findings.problems.push_back({"", "sinks", error.what(), error.hint()});
    }
}

bool is_here(const std::string& path) {
    std::error_code ignored;  // what cannot be looked at is not here
    return path.empty() || std::filesystem::exists(path, ignored);
}

// Certificates that are only where the collector runs: said as a warning each.
Problems absent_files(config::Configuration configuration) {
    Problems absent;
    const auto look = [&](const std::string& key, const std::string& path) {
        if (!is_here(path)) {
            absent.push_back({"", key, "the file of " + key + " is not here", "It must be where the collector runs."});
        }
    };
    look("source.sslrootcert", configuration.source.sslrootcert == "system" ? "" : configuration.source.sslrootcert);
    for (config::SinkConfiguration& sink : configuration.sinks) {
        for (const config::Option& option : config::option_table()) {
            if (option.is_of_sinks() && option.belongs_to(config::type_of(sink)) &&
                (option.sink_key() == "tls_ca" || option.sink_key() == "tls_certificate" ||
                 option.sink_key() == "tls_key")) {
                look("sinks." + config::name_of(sink) + "." + std::string(option.sink_key()),
                     *std::get<std::string*>(option.sink_field(sink)));
            }
        }
    }
    return absent;
}

Findings look(const config::Sources& sources, bool is_environment_here) {
    Findings findings;
    Problems absences;
    try {
        const config::Configuration configuration =
            config::load(sources, &findings.warnings, is_environment_here ? nullptr : &absences);
        const Problems absent = absent_files(configuration);
        absences.insert(absences.end(), absent.begin(), absent.end());
        if (absences.empty() || is_environment_here) {  // else it would be the absence that is told once more
            look_at_sinks(configuration, findings);
        }
    } catch (const config::ConfigError& error) {
        findings.problems = error.problems();
    }
    Problems& told = is_environment_here ? findings.problems : findings.warnings;
    told.insert(told.end(), absences.begin(), absences.end());
    return findings;
}

void write_text(Writer& writer, const char* key, const std::string& text) {
    writer.Key(key);
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

// "shop.yaml:12" is told as file and line; other places (a variable, a flag) as they are.
void write_place(Writer& writer, const std::string& place) {
    const std::size_t colon = place.rfind(':');
    int line = 0;
    const char* const end = place.data() + place.size();
    if (colon != std::string::npos && std::from_chars(place.data() + colon + 1, end, line).ptr == end && line > 0) {
        write_text(writer, "file", place.substr(0, colon));
        writer.Key("line");
        writer.Int(line);
    } else {
        write_text(writer, "place", place);
    }
}

void write_problems(Writer& writer, const char* key, const Problems& problems) {
    writer.Key(key);
    writer.StartArray();
    for (const Problem& problem : problems) {
        writer.StartObject();
        write_place(writer, problem.place);
        write_text(writer, "key", problem.key);
        write_text(writer, "what", problem.what);
        write_text(writer, "hint", problem.hint);
        writer.EndObject();
    }
    writer.EndArray();
}

void print_json(const Findings& findings) {
    rapidjson::StringBuffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    writer.Key("valid");
    writer.Bool(findings.problems.empty());
    write_problems(writer, "problems", findings.problems);
    write_problems(writer, "warnings", findings.warnings);
    writer.EndObject();
    std::cout << buffer.GetString() << '\n';
}

void print(const Findings& findings) {
    for (const Problem& warning : findings.warnings) {
        warn(warning.text(), warning.hint);
    }
    for (const Problem& problem : findings.problems) {
        complain(problem.text(), problem.hint);
    }
    if (findings.problems.empty()) {
        std::cout << "valid\n";
    }
}

}  // namespace

ExitCode validate_command(const Invocation& invocation) {
    bool is_json = false;
    bool is_environment_here = false;
    SettingsParser settings("validate",
                            "Looks at a configuration without a network: every problem at once, with file and line. "
                            "Ends with 0 when it is valid, with 2 when it is not.");
    settings.parser().add_flag("--json", is_json, "Print what was found as one JSON object on standard output.");
    settings.parser().add_flag("--with-environment", is_environment_here,
                               "It runs here: variables that are not set and files that are not there are problems, "
                               "not warnings.");
    if (const auto ended = settings.parse(invocation)) {
        return *ended;
    }
    const Findings findings = look(settings.sources(), is_environment_here);
    if (is_json) {
        print_json(findings);
    } else {
        print(findings);
    }
    return findings.problems.empty() ? ExitCode::done : ExitCode::usage;
}

}  // namespace glassflow::command
