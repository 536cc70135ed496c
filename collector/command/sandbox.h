// `sandbox`: a local GlassFlow events endpoint, to try things out without an account.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode sandbox_command(const Invocation& invocation);

}  // namespace glassflow::command
