// What `check` looks at besides the source: what the collector remembers, where it writes, and where events go.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "postgres/preflight/finding.h"

namespace glassflow::command {

// By the rules of delivery/resume_decision.h, which decide at every start of `run`.
std::vector<postgres::Finding> check_checkpoint(const config::Configuration& configuration);
std::vector<postgres::Finding> check_state_directory(const config::Configuration& configuration);
// Reachable, and the credential taken; nothing is delivered.
std::vector<postgres::Finding> check_sinks(const config::Configuration& configuration);
// Nothing when no sink feeds pipelines, or no management API was configured and none answers at the default address.
std::vector<postgres::Finding> check_pipelines(const config::Configuration& configuration);

}  // namespace glassflow::command
