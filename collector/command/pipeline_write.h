// Tables of the source -> CREATE TABLE and pipeline documents: printed, written into files, compared with GlassFlow,
// applied.
#pragma once

#include <chrono>

#include "command/command_table.h"
#include "config/configuration.h"
#include "glassflow/pipeline_document.h"
#include "glassflow/table_plan.h"

namespace glassflow::command {

// Throws etl::ApiError and postgres::PostgresError.
ExitCode pipeline_write(const Invocation& invocation);

}  // namespace glassflow::command
