// Flags are made from the option table. Those of sinks carry the sink's name, so they are taken out before CLI11 looks.
#include "command/settings_parser.h"

#include <filesystem>
#include <iostream>

#include "command/complaint.h"
#include "config/configuration_text.h"
#include "config/option_documentation.h"
#include "config/option_table.h"
#include "config/value_text.h"

namespace glassflow::command {
namespace {

constexpr const char* default_file = "glassflow-collector.yaml";
constexpr std::string_view sinks_flag = "--sinks.";

std::string flag_help(const config::Option& option) {
    std::string text(option.doc);
    text += " [" + config::expectation(option);
    const std::string standard = config::default_text(option);
    text += standard.empty() ? "" : "; default " + standard;
    text += "; " + config::environment_name(option) + "]";
    return text;
}

std::string sinks_help() {
    std::string text = "Sinks, where NAME is the name of a sink; giving its type adds one:\n";
    for (const config::Option& option : config::option_table()) {
        if (option.is_of_sinks() && option.sink_key() != "name") {
            text += "  " + config::flag_name(option) + (option.is_secret ? "_file FILE" : " VALUE") + "\n";
        }
    }
    return text +
           "\nSettings of the file are overridden by the environment, and both by flags. All of them are\n"
           "described in docs/configuration.md.";
}

}  // namespace

SettingsParser::SettingsParser(const std::string& command, const std::string& description, Need need)
    : parser_(command, description) {
    sources_.is_partial = need == Need::nothing;
    parser_.add_option("--config", file_,
                       std::string("YAML file with the settings. [default: the file GLASSFLOW_CONFIG names, then ./") +
                           default_file + " when it exists]");
    parser_
        .add_option("--pipeline", pipeline_,
                    "GlassFlow pipeline document whose source of kind postgres says where the database is; every "
                    "other setting beats it.")
        ->type_name("FILE");
    parser_.add_flag("--print-config", is_print_, "Print the settings in effect, secrets masked, and end.");
    add_flags();
    parser_.footer(sinks_help());
}

std::optional<ExitCode> SettingsParser::parse(const Invocation& invocation) {
    std::vector<std::string> others;
    if (const auto ended = take_sink_flags(invocation.arguments, others)) {
        return ended;
    }
    if (const auto ended = parser_.parse_arguments(others)) {
        return ended;
    }
    collect_sources(invocation.environment);
    if (is_print_) {
        std::cout << config::configuration_text(config::load(sources_));
        return ExitCode::done;
    }
    return std::nullopt;
}

void SettingsParser::add_flags() {
    for (const config::Option& option : config::option_table()) {
        if (option.is_of_sinks()) {
            continue;
        }
        const std::size_t dot = option.key.find('.');
        const std::string group(dot == std::string_view::npos ? "Settings" : option.key.substr(0, dot));
        // A secret is known here so that config can say why it is no flag, but not offered.
        add_flag(std::string(option.key), flag_help(option), option.is_secret ? "" : group);
        if (option.is_secret) {
            add_flag(std::string(option.key) + "_file",
                     "File that holds it. [" + config::environment_name(option) + "_FILE]", group);
        }
    }
}

void SettingsParser::add_flag(const std::string& key, const std::string& help, const std::string& group) {
    Flag& flag = flags_.emplace_back(Flag{key, {}});
    parser_.add_option("--" + key, flag.value, help)->type_name("VALUE")->group(group);
}

// "--sinks.files.path=x" and "--sinks.files.path x".
std::optional<ExitCode> SettingsParser::take_sink_flags(const std::vector<std::string>& arguments,
                                                        std::vector<std::string>& others) {
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& argument = arguments[i];
        if (!argument.starts_with(sinks_flag)) {
            others.push_back(argument);
            continue;
        }
        const std::size_t equals = argument.find('=');
        const std::string key = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
        if (equals != std::string::npos) {
            sources_.flags.emplace_back(key, argument.substr(equals + 1));
        } else if (i + 1 < arguments.size() && !arguments[i + 1].starts_with("--")) {
            sources_.flags.emplace_back(key, arguments[++i]);
        } else {
            complain("option --" + key + " has no value", "Write it behind the option, or as --" + key + "=VALUE.");
            return ExitCode::usage;
        }
    }
    return std::nullopt;
}

void SettingsParser::collect_sources(const config::Environment& environment) {
    sources_.environment = environment;
    for (const Flag& flag : flags_) {
        if (flag.value) {
            sources_.flags.emplace_back(flag.key, *flag.value);
        }
    }
    const auto named = environment.find("GLASSFLOW_CONFIG");
    if (!pipeline_.empty()) {
        sources_.pipeline = pipeline_;
    }
    std::error_code ignored;  // a file that cannot be looked at is not there
    if (!file_.empty()) {
        sources_.file = file_;
    } else if (named != environment.end() && !named->second.empty()) {
        sources_.file = named->second;
    } else if (std::filesystem::exists(default_file, ignored)) {
        sources_.file = default_file;
    }
}

}  // namespace glassflow::command
