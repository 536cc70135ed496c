// What must hold before the first row can be streamed: each finding with what was seen, and the remedy.
#pragma once

#include <string>
#include <vector>

#include "postgres/settings.h"

namespace glassflow::postgres {

struct Finding {
    enum class Outcome { ok, failed };

    std::string subject;  // "slot", "wal_level", ...
    Outcome outcome = Outcome::ok;
    std::string found;   // a lower-case phrase: what is so, or what is wrong
    std::string remedy;  // a full sentence when failed
};

struct PreflightResult {
    std::vector<Finding> findings;  // in order; after a failed one, what depends on it was not looked at

    bool is_ok() const;
};

// Whether a slot that is missing or lost is a failure here, or left to what `run` decides from its checkpoint.
enum class MissingSlot { is_failure, is_decided_later };

// Connects and looks; changes nothing.
PreflightResult preflight(const SourceSettings& settings, MissingSlot missing_slot);

// What is told, and advised, about a slot that is missing or that the server has given up.
std::string missing_slot_remedy(const SourceSettings& settings);
std::string describe_loss(const struct ReplicationSlot& slot);
std::string loss_remedy(const struct ReplicationSlot& slot);

// What to do about an error of slot creation or START_REPLICATION, when its SQLSTATE tells; else the server's own hint.
std::string remedy_for(const class PostgresError& error, const SourceSettings& settings);

}  // namespace glassflow::postgres
