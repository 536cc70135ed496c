// `status`: how delivery stands, once or again and again, of a running collector or of the slot alone.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode status_command(const Invocation& invocation);

}  // namespace glassflow::command
