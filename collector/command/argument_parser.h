// The words behind a command -> its options, in the same way for every command: --help, unknown options with the
// nearest known one, and usage errors told as all errors are.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

#include "command/exit_code.h"

namespace glassflow::command {

class ArgumentParser : public CLI::App {
public:
    // "run", and what its help begins with.
    ArgumentParser(const std::string& command, const std::string& description);

    // Nothing when the command may go on; otherwise the exit code it has to end with: help was printed, or an error.
    std::optional<ExitCode> parse_arguments(const std::vector<std::string>& arguments);

private:
    std::optional<ExitCode> refuse_extras();
};

}  // namespace glassflow::command
