// Status -> the bodies of /status and /readyz.
#pragma once

#include <string>

#include "delivery/status.h"

namespace glassflow::admin {

// Every field by its name; an LSN both as Postgres prints it (confirmed_lsn) and as a number (confirmed_lsn_bytes).
std::string status_json(const delivery::Status& status);

// Streaming, and no sink halted: what a load balancer or a rollout waits for.
bool is_ready(const delivery::Status& status);
// {"ready":false,"reasons":["not connected to the source","sink \"cloud\" is halted: ..."]}
std::string readiness_json(const delivery::Status& status);

}  // namespace glassflow::admin
