// What `pipeline` does with pipelines that are there: each an action of its own.
#pragma once

#include "command/command_table.h"

namespace glassflow::command {

// All throw etl::ApiError.
ExitCode pipeline_list(const Invocation& invocation);
ExitCode pipeline_status(const Invocation& invocation);
ExitCode pipeline_stop(const Invocation& invocation);
ExitCode pipeline_resume(const Invocation& invocation);
ExitCode pipeline_delete(const Invocation& invocation);
ExitCode pipeline_dead_letters(const Invocation& invocation);

}  // namespace glassflow::command
