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

// Connects and looks. With may_create_slot, makes the slot when it is missing and settings.create_slot says so;
// without, a slot that would be made is reported as ok.
PreflightResult preflight(const SourceSettings& settings, bool may_create_slot);

// What to do about an error of slot creation or START_REPLICATION, when its SQLSTATE tells; else the server's own hint.
std::string remedy_for(const class PostgresError& error, const SourceSettings& settings);

}  // namespace glassflow::postgres
