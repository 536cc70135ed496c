// An error of connecting -> what to do about it.
#pragma once

#include "postgres/connection.h"
#include "postgres/preflight/finding.h"
#include "postgres/settings.h"

namespace glassflow::postgres {

Remedy connection_remedy(const PostgresError& error, const SourceSettings& settings);

}  // namespace glassflow::postgres
