// `dead-letter`: what to do with events that a destination refused: look at them, deliver them again, throw them away.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode dead_letter_command(const Invocation& invocation);

}  // namespace glassflow::command
