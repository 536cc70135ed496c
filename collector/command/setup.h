// `setup` and `teardown`: what the server needs is shown as SQL, and done with --apply.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode setup_command(const Invocation& invocation);
ExitCode teardown_command(const Invocation& invocation);

}  // namespace glassflow::command
