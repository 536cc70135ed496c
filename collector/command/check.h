// `check`: everything that `run` needs, looked at one by one, nothing changed.
#pragma once

#include "command/exit_code.h"
#include "config/configuration_loader.h"

namespace glassflow::command {

ExitCode check(const config::Sources& sources);

}  // namespace glassflow::command
