// `version`: what this program is and what it speaks.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode version_command(const Invocation& invocation);

}  // namespace glassflow::command
