// The command lines of `run` and `check`: where settings come from, and every setting as a flag.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode run_command(const Invocation& invocation);
ExitCode check_command(const Invocation& invocation);

}  // namespace glassflow::command
