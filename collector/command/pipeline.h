// `pipeline`: what has to be in ClickHouse and GlassFlow for the tables of the source to arrive there.
//
//   pipeline [TABLE...]      writes the tables and pipeline documents, shows what would change, applies them
//   pipeline list | status ID | stop ID | resume ID | delete ID | dead-letters ID
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

ExitCode pipeline_command(const Invocation& invocation);

}  // namespace glassflow::command
