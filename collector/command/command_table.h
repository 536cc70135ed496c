// What a person can ask for: the one table behind `help`, COMMAND --help and the dispatch of the command line.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command/exit_code.h"
#include "config/interpolation.h"

namespace glassflow::command {

// What a command was given: the words behind its name, and the process' environment.
struct Invocation {
    std::vector<std::string> arguments;
    config::Environment environment;
};

struct Command {
    std::string_view name;
    std::string_view summary;  // one line, imperative
    ExitCode (*function)(const Invocation& invocation);
    bool is_hidden = false;  // works, but `help` does not show it
};

std::span<const Command> command_table();

// arguments without the program's name. Never throws: what goes wrong is told on standard error and in the exit code.
ExitCode dispatch(const std::vector<std::string>& arguments, const config::Environment& environment) noexcept;

}  // namespace glassflow::command
