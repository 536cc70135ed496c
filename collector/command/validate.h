// `validate`: everything that can be known of a configuration without a network, all at once.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode validate_command(const Invocation& invocation);

}  // namespace glassflow::command
