// What must hold before the first row can be streamed: each finding with what was seen, and the remedy.
#pragma once

#include <string>
#include <vector>

#include "postgres/preflight/finding.h"
#include "postgres/settings.h"

namespace glassflow::postgres {

struct PreflightResult {
    std::vector<Finding> findings;  // in order; after a failed one, what depends on it was not looked at
    std::string platform;           // "self-hosted", "azure", ...; empty when the server was not reached
    std::string server_version;

    bool is_ok() const;  // none has failed
};

// Whether a slot that is missing or lost is a failure here, or left to what `run` decides from its checkpoint.
enum class MissingSlot : std::uint8_t { is_failure, is_decided_later };

struct PreflightQuestions {
    MissingSlot missing_slot = MissingSlot::is_failure;
    // Everything that is known to matter; else only what `run` cannot begin without.
    bool is_whole = false;
    bool reselects = false;        // a sink reads unchanged values from the tables
    bool omits_unchanged = false;  // a sink goes without them
};

// Connects and looks; changes nothing. A temporary slot is made and gone again when it is whole: only so does a role
// without rights see whether the plugin is there and allowed.
PreflightResult preflight(const SourceSettings& settings, const PreflightQuestions& questions);

// What is told, and advised, about a slot that is missing or that the server has given up.
std::string missing_slot_remedy(const SourceSettings& settings);
std::string describe_loss(const struct ReplicationSlot& slot);
// What keeps the next slot from being invalidated for the same reason; empty, or a sentence and a space.
std::string loss_prevention(const ReplicationSlot& slot);
std::string loss_remedy(const struct ReplicationSlot& slot);

// The statement that sets output_plugin_libraries to these: a list without quotes around it.
std::string plugin_list_statement(const std::vector<std::string>& names);

// What to do about an error of slot creation or START_REPLICATION, when its SQLSTATE tells; else the server's own hint.
std::string remedy_for(const class PostgresError& error, const SourceSettings& settings);

}  // namespace glassflow::postgres
