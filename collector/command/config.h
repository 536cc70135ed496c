// `config convert`: a GlassFlow pipeline document -> a configuration, on standard output.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode config_command(const Invocation& invocation);

}  // namespace glassflow::command
