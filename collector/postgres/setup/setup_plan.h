// What is missing at the server -> the statements that make it, and back. Planning only reads; a plan is shown before
// any of it is run, and what is run is what was shown.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "postgres/connection.h"
#include "postgres/settings.h"

namespace glassflow::postgres {

struct SetupStep {
    std::string reason;      // for a person: why
    std::string statement;   // as it is run
    std::string shown = {};  // instead of a statement that has a secret in it: what psql would be told
};

struct SetupPlan {
    std::vector<SetupStep> steps;
    std::vector<std::string> notes;  // what it leaves to a person, and why: full sentences
    // Something is left to do after the steps: a restart, or what a note says.
    bool is_complete = true;

    void step(std::string reason, std::string statement) { steps.push_back({std::move(reason), std::move(statement)}); }
    void leave(std::string note) {
        notes.push_back(std::move(note));
        is_complete = false;
    }
};

struct SetupWishes {
    bool reselects = false;        // a sink reads values from the tables: the role needs SELECT
    std::string password;          // of the role, when it is made or is_password_set; secret; empty: none is set
    bool is_password_set = false;  // for a role that is there, too
};

// connection: as somebody who may do it, to source.database. settings: what the collector runs with. Both throw
// PostgresError.
SetupPlan plan_setup(Connection& connection, const SourceSettings& settings, const SetupWishes& wishes);
// Only what setup can have made: the slot, and what carries its mark.
SetupPlan plan_teardown(Connection& connection, const SourceSettings& settings);

// Written as comment on roles and publications that setup makes, so that teardown knows them.
inline constexpr const char* setup_mark = "made by glassflow-collector setup";

}  // namespace glassflow::postgres
