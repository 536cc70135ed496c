// Flags are made from the option table. Those of sinks carry the sink's name, so they are taken out before CLI11 looks.
#include "command/run_arguments.h"

#include <deque>
#include <filesystem>
#include <iostream>
#include <utility>

#include "command/argument_parser.h"
#include "command/check.h"
#include "command/complaint.h"
#include "command/run.h"
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

// What is common to run and check; it owns what CLI11 writes into.
class SettingsParser {
public:
    SettingsParser(const std::string& command, const std::string& description) : parser_(command, description) {
        parser_.add_option(
            "--config", file_,
            std::string("YAML file with the settings. [default: the file GLASSFLOW_CONFIG names, then ./") +
                default_file + " when it exists]");
        parser_.add_flag("--print-config", is_print_, "Print the settings in effect, secrets masked, and end.");
        add_flags();
        parser_.footer(sinks_help());
    }

    ArgumentParser& parser() { return parser_; }

    // See ArgumentParser::parse_arguments.
    std::optional<ExitCode> parse(const Invocation& invocation) {
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

    const config::Sources& sources() const { return sources_; }

private:
    struct Flag {
        std::string key;
        std::optional<std::string> value;
    };

    void add_flags() {
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

    void add_flag(const std::string& key, const std::string& help, const std::string& group) {
        Flag& flag = flags_.emplace_back(Flag{key, {}});
        parser_.add_option("--" + key, flag.value, help)->type_name("VALUE")->group(group);
    }

    static std::string sinks_help() {
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

    // "--sinks.files.path=x" and "--sinks.files.path x".
    std::optional<ExitCode> take_sink_flags(const std::vector<std::string>& arguments,
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

    void collect_sources(const config::Environment& environment) {
        sources_.environment = environment;
        for (const Flag& flag : flags_) {
            if (flag.value) {
                sources_.flags.emplace_back(flag.key, *flag.value);
            }
        }
        const auto named = environment.find("GLASSFLOW_CONFIG");
        std::error_code ignored;  // a file that cannot be looked at is not there
        if (!file_.empty()) {
            sources_.file = file_;
        } else if (named != environment.end() && !named->second.empty()) {
            sources_.file = named->second;
        } else if (std::filesystem::exists(default_file, ignored)) {
            sources_.file = default_file;
        }
    }

    ArgumentParser parser_;
    std::string file_;
    bool is_print_ = false;
    std::deque<Flag> flags_;  // a deque, for CLI11 keeps references
    config::Sources sources_;
};

std::optional<delivery::ResumeChoice> resume_choice(const std::string& text) {
    using delivery::ResumeChoice;
    return text.empty()              ? std::optional(ResumeChoice::none)
           : text == "accept-gap"    ? std::optional(ResumeChoice::accept_gap)
           : text == "accept-repeat" ? std::optional(ResumeChoice::accept_repeat)
           : text == "fresh"         ? std::optional(ResumeChoice::fresh)
                                     : std::nullopt;
}

}  // namespace

ExitCode run_command(const Invocation& invocation) {
    RunArguments arguments;
    SettingsParser settings("run", "Streams the slot and delivers its changes until told to stop (SIGTERM, SIGINT).");
    settings.parser().add_flag("--drain", arguments.drain,
                               "Deliver everything that is committed now, confirm it to the server, and end.");
    std::string resume;
    settings.parser()
        .add_option(
            "--resume", resume,
            "What to do, this once, where going on from the checkpoint was refused: accept-gap, accept-repeat or "
            "fresh; the refusal says what each would mean.")
        ->type_name("CHOICE");
    if (const auto ended = settings.parse(invocation)) {
        return *ended;
    }
    if (const auto choice = resume_choice(resume)) {
        arguments.resume = *choice;
    } else {
        complain("unknown choice --resume=" + resume, "Choices are accept-gap, accept-repeat and fresh.");
        return ExitCode::usage;
    }
    arguments.sources = settings.sources();
    return run(arguments);
}

ExitCode check_command(const Invocation& invocation) {
    SettingsParser settings("check", "Looks at everything that run needs, one by one, and changes nothing.");
    if (const auto ended = settings.parse(invocation)) {
        return *ended;
    }
    return check(settings.sources());
}

}  // namespace glassflow::command
