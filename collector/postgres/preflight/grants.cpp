#include "postgres/preflight/grants.h"

#include <algorithm>

#include "postgres/preflight/list_text.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

// Tables whose rows can have values that an update leaves in TOAST. The functions know everybody as "public".
constexpr const char* rights_query = R"(
SELECT n.nspname, c.relname, has_schema_privilege($2, n.oid, 'USAGE'),
       has_table_privilege($2, c.oid, 'SELECT') OR
       (SELECT bool_and(has_column_privilege($2, c.oid, a.attnum, 'SELECT')) FROM pg_attribute a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
       row_security_active(c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.reltoastrelid <> 0 AND c.relreplident <> 'f'
ORDER BY 1, 2)";

}  // namespace

ReadingRights reading_rights(Connection& connection, const std::vector<TableDescription>& tables,
                             const std::string& role, bool is_role_there) {
    std::vector<std::string> oids;
    for (const TableDescription& table : tables) {
        if (!table.key.empty())
            oids.push_back(std::to_string(table.oid));
    }
    const Result found = connection.query(rights_query, {array_literal(oids), is_role_there ? role : "public"});
    ReadingRights rights;
    rights.table_count = found.row_count();
    for (int row = 0; row < found.row_count(); ++row) {
        const std::string schema = found.text(row, 0);
        const std::string table = found.text(row, 1);
        const bool may_enter = found.text(row, 2) == "t";
        const bool may_read = found.value(row, 3).value_or("f") == "t";
        const std::string enter =
            "GRANT USAGE ON SCHEMA " + sql_identifier(schema) + " TO " + sql_identifier(role) + ";";
        if (!may_enter && std::ranges::find(rights.grants, enter) == rights.grants.end())
            rights.grants.push_back(enter);
        if (!may_read)
            rights.grants.push_back("GRANT SELECT ON " + sql_identifier(schema, table) + " TO " + sql_identifier(role) +
                                    ";");
        if (!may_enter || !may_read)
            rights.unreadable.push_back(schema + "." + table);
        if (found.text(row, 4) == "t")
            rights.hidden.push_back(schema + "." + table);
    }
    return rights;
}

}  // namespace glassflow::postgres
