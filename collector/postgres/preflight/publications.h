// Which tables no publication has.
#pragma once

#include <string>
#include <vector>

#include "postgres/connection.h"
#include "postgres/table_description.h"

namespace glassflow::postgres {

bool is_publication(Connection& connection, const std::string& name);
// Of tables, those that none of the publications sends; a partition is sent when a root of it is.
std::vector<TableDescription> unpublished(Connection& connection, const std::vector<std::string>& publications,
                                          const std::vector<TableDescription>& tables);
// "s"."a", "s"."b"
std::string table_list(const std::vector<TableDescription>& tables);

}  // namespace glassflow::postgres
