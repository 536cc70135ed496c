// Adding a command is adding a row, and a file for what it does.
#include "command/command_table.h"

#include <algorithm>
#include <exception>
#include <iomanip>
#include <iostream>
#include <new>

#include "command/complaint.h"
#include "command/config.h"
#include "command/dead_letter.h"
#include "command/decode.h"
#include "command/documents.h"
#include "command/pipeline.h"
#include "command/run_arguments.h"
#include "command/sandbox.h"
#include "command/setup.h"
#include "command/status.h"
#include "command/validate.h"
#include "command/version.h"
#include "config/nearest_name.h"

namespace glassflow::command {
namespace {

ExitCode help_command(const Invocation& invocation);

constexpr Command commands[] = {
    {"run", "stream the slot and deliver its changes until told to stop", run_command},
    {"check", "look at everything that run needs, change nothing", check_command},
    {"setup", "show what the server needs as SQL; with --apply, do it", setup_command},
    {"teardown", "show what takes back what setup made; with --apply, do it", teardown_command},
    {"status", "tell how a running collector, or a slot alone, stands; --watch for a terminal", status_command},
    {"validate", "look at a configuration alone, without a network: for CI", validate_command},
    {"config", "convert a GlassFlow pipeline document into a configuration", config_command},
    {"pipeline", "write ClickHouse tables and GlassFlow pipelines for tables, apply and look after them",
     pipeline_command},
    {"dead-letter", "list, show, replay or purge events that a destination refused", dead_letter_command},
    {"decode", "print the events of frames that psql printed", decode_command},
    {"sandbox", "serve a local GlassFlow events endpoint to try things out", sandbox_command},
    {"version", "print the versions of the program, its protocol and libpq", version_command},
    {"help", "print this, or what COMMAND takes", help_command},
    {"docs", "print a generated page of the documentation", documents_command, true},
};

void print_overview(std::ostream& out) {
    out << "Usage: glassflow-collector COMMAND [OPTION...]\n\n"
           "Captures the changes of a Postgres database and delivers them to GlassFlow.\n\n";
    for (const Command& command : commands) {
        if (!command.is_hidden) {
            out << "  " << std::left << std::setw(13) << command.name << command.summary << '\n';
        }
    }
    out << "\n`glassflow-collector COMMAND --help` tells what a command takes.\n"
           "Exit codes: 0 done, 1 failed while running, 2 wrong usage or configuration, 3 a preflight check failed.\n";
}

const Command* find_command(std::string_view name) {
    const auto found = std::ranges::find(commands, name, &Command::name);
    return found == std::end(commands) ? nullptr : &*found;
}

ExitCode refuse_command(const std::string& name) {
    std::vector<std::string> names;
    std::string list;
    for (const Command& command : commands) {
        if (!command.is_hidden) {
            names.emplace_back(command.name);
            list += (list.empty() ? "" : ", ") + std::string(command.name);
        }
    }
    const std::string nearest = config::nearest_name(name, names);
    complain("unknown command \"" + name + "\"",
             nearest.empty() ? "Commands are " + list + "." : "Did you mean \"" + nearest + "\"?");
    return ExitCode::usage;
}

ExitCode help_command(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
        print_overview(std::cout);
        return ExitCode::done;
    }
    const Command* command = find_command(arguments.front());
    if (command == nullptr) {
        return refuse_command(arguments.front());
    }
    if (command->function == help_command) {
        print_overview(std::cout);
        return ExitCode::done;
    }
    return command->function({{"--help"}, invocation.environment});
}

ExitCode call(const std::vector<std::string>& arguments, const config::Environment& environment) {
    if (arguments.empty()) {
        print_overview(std::cerr);
        return ExitCode::usage;
    }
    std::string name = arguments.front();
    if (name == "--help" || name == "-h") {
        name = "help";
    } else if (name == "--version") {
        name = "version";
    }
    const Command* command = find_command(name);
    if (command == nullptr) {
        return refuse_command(name);
    }
    return command->function({{arguments.begin() + 1, arguments.end()}, environment});
}

}  // namespace

std::span<const Command> command_table() {
    return commands;
}

ExitCode dispatch(const std::vector<std::string>& arguments, const config::Environment& environment) noexcept {
    try {
        const ExitCode code = call(arguments, environment);
        std::cout.flush();
        if (!std::cout) {
            complain("could not write to standard output", "Something closed it, or its disk is full.");
            return ExitCode::failed;
        }
        return code;
    } catch (const config::ConfigError& error) {
        complain(error);
        return ExitCode::usage;
    } catch (const std::bad_alloc&) {
        complain("out of memory", "Lower memory_limit, or give the process more.");
    } catch (const std::exception& error) {
        complain(std::string("unexpected error: ") + error.what(),
                 "Please report it, with the command and the version.");
    }
    return ExitCode::failed;
}

}  // namespace glassflow::command
