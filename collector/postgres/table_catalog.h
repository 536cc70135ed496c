// Catalogs -> descriptions of the tables that patterns name, all from one snapshot.
#pragma once

#include <string>
#include <vector>

#include "postgres/settings.h"
#include "postgres/table_description.h"

namespace glassflow::postgres {

struct TableCatalog {
    std::vector<TableDescription> tables;  // in the order of their names
    std::vector<std::string> unmatched;    // patterns that named no table
    std::vector<std::string> partitioned;  // "schema.table": have no rows of their own, their partitions do
};

// patterns as of source.tables; empty = every table that the plugin would send. Reads only, never locks a table, and
// needs no right but to connect. Throws PostgresError.
// Masked columns are described as they will be sent.
TableCatalog read_table_catalog(const SourceSettings& settings, const std::vector<std::string>& patterns);
// The same over a connection that is there, in a transaction of its own.
TableCatalog read_table_catalog(class Connection& connection, const std::vector<std::string>& patterns,
                                const std::vector<std::string>& excluded = {});

}  // namespace glassflow::postgres
