// `docs`: the pages that are generated from the tables of options and metrics. For `make docs`, hence hidden.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode documents_command(const Invocation& invocation);

}  // namespace glassflow::command
