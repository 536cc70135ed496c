// CLI11 does the parsing. Its complaints about unknown options would repeat their values, so extras are let in and
// refused here, by name alone.
#include "command/argument_parser.h"

#include <algorithm>
#include <iostream>

#include "command/complaint.h"
#include "config/nearest_name.h"

namespace glassflow::command {

ArgumentParser::ArgumentParser(const std::string& command, const std::string& description)
    : CLI::App(description, "glassflow-collector " + command) {
    allow_extras();
    get_formatter()->column_width(36);
}

std::optional<ExitCode> ArgumentParser::parse_arguments(const std::vector<std::string>& arguments) {
    try {
        std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());  // as CLI11 wants them
        parse(std::move(reversed));
    } catch (const CLI::CallForHelp&) {
        std::cout << help();
        return ExitCode::done;
    } catch (const CLI::ParseError& error) {
        complain(error.what(), "Run \"" + get_name() + " --help\" to see what it takes.");
        return ExitCode::usage;
    }
    return refuse_extras();
}

std::optional<ExitCode> ArgumentParser::refuse_extras() {
    const std::vector<std::string> extras = remaining();
    if (extras.empty()) {
        return std::nullopt;
    }
    const auto flag = std::ranges::find_if(extras, [](const std::string& extra) { return extra.starts_with('-'); });
    if (flag == extras.end()) {
        complain("unexpected argument \"" + extras.front() + "\"",
                 "Run \"" + get_name() + " --help\" to see what it takes.");
        return ExitCode::usage;
    }
    const std::string name = flag->substr(0, flag->find('='));
    std::vector<std::string> known;
    for (const CLI::Option* option : get_options()) {
        for (const std::string& long_name : option->get_lnames()) {
            known.push_back("--" + long_name);
        }
    }
    const std::string nearest = config::nearest_name(name, known);
    complain("unknown option " + name, nearest.empty() ? "Run \"" + get_name() + " --help\" to see what it takes."
                                                       : "Did you mean " + nearest + "?");
    return ExitCode::usage;
}

}  // namespace glassflow::command
