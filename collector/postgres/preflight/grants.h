// Which tables a role may not read that `toast: reselect` has to, and the grants that mend it. For any role, there or
// not.
#pragma once

#include <string>
#include <vector>

#include "postgres/connection.h"
#include "postgres/table_description.h"

namespace glassflow::postgres {

struct ReadingRights {
    std::vector<std::string> unreadable;  // "schema.table"
    std::vector<std::string> hidden;      // row security keeps rows of them from the role we are connected as
    std::vector<std::string> grants;      // statements that make them readable
    int table_count = 0;                  // of those that have large values, a key, and not their whole rows in the WAL
};

// A role that is not there yet has the rights of everybody.
ReadingRights reading_rights(Connection& connection, const std::vector<TableDescription>& tables,
                             const std::string& role, bool is_role_there);

}  // namespace glassflow::postgres
