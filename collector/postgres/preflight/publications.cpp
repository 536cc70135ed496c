#include "postgres/preflight/publications.h"

#include <unordered_set>

#include "postgres/preflight/list_text.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

constexpr const char* published_query = R"(
WITH published AS (
    SELECT c.oid FROM pg_publication_tables p JOIN pg_namespace n ON n.nspname = p.schemaname
    JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = p.tablename
    WHERE p.pubname = ANY ($1::text[])
)
SELECT oid FROM published
UNION
SELECT tree.relid::oid FROM published, LATERAL pg_partition_tree(published.oid) AS tree)";

}  // namespace

bool is_publication(Connection& connection, const std::string& name) {
    return connection.query("SELECT 1 FROM pg_publication WHERE pubname = $1", {name}).row_count() != 0;
}

std::vector<TableDescription> unpublished(Connection& connection, const std::vector<std::string>& publications,
                                          const std::vector<TableDescription>& tables) {
    const Result published = connection.query(published_query, {array_literal(publications)});
    std::unordered_set<std::string> oids;
    for (int row = 0; row < published.row_count(); ++row)
        oids.insert(published.text(row, 0));
    std::vector<TableDescription> missing;
    for (const TableDescription& table : tables) {
        if (!oids.contains(std::to_string(table.oid)))
            missing.push_back(table);
    }
    return missing;
}

std::string table_list(const std::vector<TableDescription>& tables) {
    std::string list;
    for (const TableDescription& table : tables)
        list += (list.empty() ? "" : ", ") + sql_identifier(table.schema, table.name);
    return list;
}

}  // namespace glassflow::postgres
