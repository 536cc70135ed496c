// What the patterns of source.tables name, and what of those tables will be missing in the events.
#include <algorithm>
#include <cctype>
#include <unordered_set>

#include "postgres/preflight/examination.h"
#include "postgres/preflight/list_text.h"
#include "postgres/preflight/sql_identifier.h"
#include "postgres/table_catalog.h"
#include "postgres/table_pattern.h"

namespace glassflow::postgres {

namespace {

constexpr int published_generated_version_num = 180000;

// Relations that no plugin sends, by what they are.
constexpr const char* others_query = R"(
SELECT n.nspname, c.relname,
       CASE WHEN c.relkind = 'v' THEN 'a view' WHEN c.relkind = 'm' THEN 'a materialized view'
            WHEN c.relkind = 'f' THEN 'a foreign table' WHEN c.relpersistence = 'u' THEN 'unlogged'
            WHEN c.relpersistence = 't' THEN 'temporary' ELSE 'a table of the system' END
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
  AND (c.relkind NOT IN ('r', 'p') OR c.relpersistence <> 'p' OR c.oid < 16384
       OR n.nspname ~ '^pg_' OR n.nspname = 'information_schema'))";

constexpr const char* toasted_query = R"(
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid = ANY ($1::oid[]) AND c.reltoastrelid <> 0 AND c.relreplident <> 'f' ORDER BY 1, 2)";

constexpr const char* generated_query = R"(
SELECT n.nspname || '.' || c.relname || '.' || a.attname, a.attgenerated
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> '' ORDER BY 1)";

constexpr const char* leaves_query = R"(
SELECT n.nspname, c.relname, leaf.relid::oid
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, LATERAL pg_partition_tree(c.oid) AS leaf
WHERE c.relkind = 'p' AND NOT c.relispartition AND leaf.isleaf)";

std::string oids_of(const std::vector<TableDescription>& tables) {
    std::string list;
    for (const TableDescription& table : tables)
        list += (list.empty() ? "" : ",") + std::to_string(table.oid);
    return "{" + list + "}";
}

std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

std::string shown(const TableDescription& table) {
    return table.schema + "." + table.name;
}

std::string quoted(const TableDescription& table) {
    return sql_identifier(table.schema) + "." + sql_identifier(table.name);
}

// Why a pattern names no table, as far as there is something of that name.
std::string reason_of(Examination& examination, const std::string& text) {
    const auto pattern = TablePattern::parse(text);
    if (!pattern)
        return "";
    const Result others = examination.connection().query(others_query);
    for (int row = 0; row < others.row_count(); ++row) {
        if (pattern->matches(others.text(row, 0), others.text(row, 1)))
            return ": " + others.text(row, 0) + "." + others.text(row, 1) + " is " + others.text(row, 2) +
                   ", whose changes are not decoded";
    }
    const TableCatalog all = read_table_catalog(examination.connection(), {});
    for (const TableDescription& table : all.tables) {
        if (pattern->matches(lower(table.schema), lower(table.name)))
            return "; names without double quotes are folded to lower case, and there is " + quoted(table);
    }
    return "";
}

// Rows of a partitioned table come under the names of its partitions.
void check_partitions(Examination& examination, const TableCatalog& catalog) {
    if (catalog.partitioned.empty() || examination.plugin() == pgoutput_name)
        return;
    std::unordered_set<std::string> taken;
    for (const TableDescription& table : catalog.tables)
        taken.insert(std::to_string(table.oid));
    std::unordered_set<std::string> parents(catalog.partitioned.begin(), catalog.partitioned.end());
    const Result leaves = examination.connection().query(leaves_query);
    std::vector<std::string> left_out;
    for (int row = 0; row < leaves.row_count(); ++row) {
        const std::string parent = leaves.text(row, 0) + "." + leaves.text(row, 1);
        if (parents.contains(parent) && !taken.contains(leaves.text(row, 2)) &&
            std::ranges::find(left_out, parent) == left_out.end())
            left_out.push_back(parent);
    }
    if (!left_out.empty())
        examination.warning(Check::tables,
                            "partitions of " + list_text(left_out) +
                                " match no pattern, and their rows come under the partitions' names",
                            {"Add a pattern for the partitions to source.tables, such as " + left_out.front() + "_*."});
}

void check_patterns(Examination& examination) {
    TableCatalog catalog = read_table_catalog(examination.connection(), examination.settings().tables,
                                              examination.settings().exclude_tables);
    for (const std::string& pattern : catalog.unmatched)
        examination.warning(Check::tables,
                            "\"" + pattern + "\" of source.tables names no table" + reason_of(examination, pattern),
                            {"Correct the pattern, or make the table: it is captured from its first row on."});
    check_partitions(examination, catalog);
    if (catalog.tables.empty() && catalog.unmatched.empty())
        examination.warning(
            Check::tables,
            "there is no table to capture in database \"" + std::string(PQdb(examination.connection().handle())) + "\"",
            {"If that is not expected, check source.database."});
    else
        examination.ok(Check::tables, std::to_string(catalog.tables.size()) + " tables are captured");
    examination.set_tables(std::move(catalog.tables));
}

void check_replica_identity(Examination& examination) {
    std::vector<std::string> names;
    Remedy remedy{
        "As the tables' owner. Where rows have a key, a primary key costs less than FULL, which writes the whole "
        "old row into the write-ahead log."};
    for (const TableDescription& table : examination.tables()) {
        if (table.identity == 'f' || (table.identity != 'n' && !table.key.empty()))
            continue;
        names.push_back(shown(table));
        remedy.sql.push_back("ALTER TABLE " + quoted(table) + " REPLICA IDENTITY " +
                             (table.identity == 'n' && !table.key.empty() ? "DEFAULT;" : "FULL;"));
    }
    if (names.empty())
        return examination.ok(Check::replica_identity, "every table has a key or REPLICA IDENTITY FULL");
    const std::string found = "without a key in the write-ahead log: " + list_text(names);
    if (examination.plugin() == pgoutput_name)
        examination.failed(Check::replica_identity,
                           found + "; Postgres refuses updates and deletes of them while a publication has them",
                           remedy);
    else
        examination.warning(Check::replica_identity, found + "; their updates and deletes do not say which row it was",
                            remedy);
}

void check_unchanged_values(Examination& examination) {
    if (!examination.questions().omits_unchanged)
        return examination.ok(Check::unchanged_values, "every sink has toast: reselect");
    const Result tables =
        examination.connection().query(toasted_query, {std::string_view(oids_of(examination.tables()))});
    std::vector<std::string> names;
    Remedy remedy{
        "Set toast: reselect for the sinks, for which the role needs SELECT; or, as the tables' owner, and at the "
        "cost of more write-ahead log:"};
    for (int row = 0; row < tables.row_count(); ++row) {
        names.push_back(tables.text(row, 0) + "." + tables.text(row, 1));
        remedy.sql.push_back("ALTER TABLE " + sql_identifier(tables.text(row, 0), tables.text(row, 1)) +
                             " REPLICA IDENTITY FULL;");
    }
    if (names.empty())
        return examination.ok(Check::unchanged_values, "no table can have large values without REPLICA IDENTITY FULL");
    examination.warning(Check::unchanged_values,
                        "large values that an update leaves alone will be missing in events of " + list_text(names),
                        remedy);
}

void check_generated_columns(Examination& examination) {
    const Result columns =
        examination.connection().query(generated_query, {std::string_view(oids_of(examination.tables()))});
    const bool is_pgoutput = examination.plugin() == pgoutput_name;
    bool are_stored_published = !is_pgoutput;
    if (is_pgoutput && examination.version_num() >= published_generated_version_num)
        are_stored_published =
            examination.connection()
                .query(
                    "SELECT coalesce(bool_and(pubgencols = 's'), false) FROM pg_publication WHERE pubname = ANY "
                    "($1::text[])",
                    {std::string_view(array_literal(examination.settings().publications))})
                .text(0, 0) == "t";
    std::vector<std::string> missing;
    bool is_stored_missing = false;
    for (int row = 0; row < columns.row_count(); ++row) {
        const bool is_stored = columns.text(row, 1) == "s";
        if (is_stored && are_stored_published)
            continue;
        is_stored_missing = is_stored_missing || is_stored;
        missing.push_back(columns.text(row, 0));
    }
    if (missing.empty())
        return examination.ok(Check::generated_columns, "no generated column is left out");
    Remedy remedy{"Compute them at the destination, or make them plain columns that a trigger fills."};
    if (is_stored_missing && examination.version_num() >= published_generated_version_num) {
        for (const std::string& publication : examination.settings().publications)
            remedy.sql.push_back("ALTER PUBLICATION " + sql_identifier(publication) +
                                 " SET (publish_generated_columns = stored);");
    } else if (is_stored_missing) {
        remedy.advice += " A slot of the plugin glassflow or wal2json has the stored ones.";
    }
    examination.warning(Check::generated_columns, "events do not have the generated columns " + list_text(missing),
                        remedy);
}

}  // namespace

void check_tables(Examination& examination) {
    check_patterns(examination);
    check_replica_identity(examination);
    check_unchanged_values(examination);
    check_generated_columns(examination);
}

}  // namespace glassflow::postgres
