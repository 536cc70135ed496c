// No name ever becomes a part of a statement: tables are chosen here, by their oids, and everything else is joined to
// them. All statements see one snapshot, so that a table is never half before and half after a DDL.
#include "postgres/table_catalog.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include "event/utf8.h"
#include "postgres/connection.h"
#include "postgres/mask_rule.h"
#include "postgres/table_pattern.h"

namespace glassflow::postgres {

namespace {

constexpr int max_type_depth = 32;  // domains over arrays over domains; a guard, not a limit of Postgres

constexpr const char* tables_query = R"(
SELECT c.oid, n.nspname, c.relname, c.relkind, c.relreplident, c.relispartition
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p' AND c.oid >= 16384
  AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname)";

// attgenerated 'v' (virtual) has no value in a row.
constexpr const char* columns_query = R"(
SELECT a.attrelid, a.attnum, a.attname, a.atttypid, a.atttypmod, a.attnotnull, a.attndims, a.attgenerated,
       format_type(a.atttypid, a.atttypmod)
FROM pg_attribute a
WHERE a.attrelid = ANY ($1::oid[]) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
ORDER BY a.attrelid, a.attnum)";

// Every type that a column can turn out to be: through domains and elements of arrays.
constexpr const char* types_query = R"(
WITH RECURSIVE used(oid) AS (
    SELECT DISTINCT atttypid FROM pg_attribute WHERE attrelid = ANY ($1::oid[]) AND attnum > 0 AND NOT attisdropped
  UNION
    SELECT CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.typelem END
    FROM used JOIN pg_type t ON t.oid = used.oid
    WHERE t.typtype = 'd' OR (t.typcategory = 'A' AND t.typelem <> 0)
)
SELECT t.oid, n.nspname, t.typname, t.typtype, CASE WHEN t.typcategory = 'A' AND t.typname NOT IN ('int2vector', 'oidvector') THEN t.typelem ELSE 0 END,
       t.typbasetype,
       t.typtypmod, t.typndims, t.typnotnull, format_type(t.oid, NULL)
FROM used JOIN pg_type t ON t.oid = used.oid JOIN pg_namespace n ON n.oid = t.typnamespace)";

constexpr const char* labels_query = R"(
SELECT e.enumtypid, e.enumlabel FROM pg_enum e WHERE e.enumtypid = ANY ($1::oid[]) ORDER BY e.enumtypid, e.enumsortorder)";

// The index that tells rows apart, as the plugin chooses it (output_plugin/replica_identity.cpp): the replica
// identity's when the table names one that can be used, else the primary key. Included columns are no part of it.
constexpr const char* keys_query = R"(
SELECT i.indrelid, k.attnum
FROM (SELECT DISTINCT ON (c.oid) x.*
      FROM pg_class c JOIN pg_index x ON x.indrelid = c.oid
      WHERE c.oid = ANY ($1::oid[]) AND x.indislive AND x.indisvalid AND x.indisunique AND x.indimmediate
        AND x.indpred IS NULL AND (x.indisprimary OR (c.relreplident = 'i' AND x.indisreplident))
      ORDER BY c.oid, c.relreplident = 'i' AND x.indisreplident DESC) i
CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)
WHERE k.position <= i.indnkeyatts
ORDER BY i.indrelid, k.position)";

std::uint32_t number(const Result& result, int row, int column) {
    const std::string text = result.text(row, column);
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::int32_t signed_number(const Result& result, int row, int column) {
    const std::string text = result.text(row, column);
    std::int32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

char letter(const Result& result, int row, int column) {
    const std::string text = result.text(row, column);
    return text.empty() ? '\0' : text.front();
}

// Names of an SQL_ASCII database may be any bytes; the plugin sends them in this form (docs/event_forms.md).
std::string utf8_name(const std::string& name) {
    if (event::is_utf8(name))
        return name;
    constexpr std::string_view digits = "0123456789abcdef";
    std::string escaped;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            escaped += {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
        } else {
            escaped += c == '\\' ? "\\\\" : std::string(1, c);
        }
    }
    return escaped;
}

std::string name_at(const Result& result, int row, int column) {
    return utf8_name(result.text(row, column));
}

struct TypeRow {
    std::string schema;
    std::string name;
    char kind = 'b';
    std::uint32_t element = 0;
    std::uint32_t base = 0;
    std::int32_t typmod = -1;
    int dimensions = 0;
    bool is_not_null = false;
    std::string text;
    std::vector<std::string> labels;
};

class CatalogReader {
public:
    CatalogReader(Connection& connection, std::string oids) : connection_(connection), oids_(std::move(oids)) {}

    void read(std::vector<TableDescription>& tables) {
        for (std::size_t i = 0; i < tables.size(); ++i)
            positions_[tables[i].oid] = i;
        read_types();
        read_columns(tables);
        read_keys(tables);
    }

private:
    void read_types() {
        const Result types = connection_.query(types_query, {oids_});
        std::string enums;
        for (int row = 0; row < types.row_count(); ++row) {
            TypeRow& type = types_[number(types, row, 0)];
            type.schema = name_at(types, row, 1);
            type.name = name_at(types, row, 2);
            type.kind = letter(types, row, 3);
            type.element = number(types, row, 4);
            type.base = number(types, row, 5);
            type.typmod = signed_number(types, row, 6);
            type.dimensions = signed_number(types, row, 7);
            type.is_not_null = letter(types, row, 8) == 't';
            type.text = name_at(types, row, 9);
            if (type.kind == 'e')
                enums += (enums.empty() ? "" : ",") + types.text(row, 0);
        }
        const Result labels = connection_.query(labels_query, {"{" + enums + "}"});
        for (int row = 0; row < labels.row_count(); ++row)
            types_[number(labels, row, 0)].labels.push_back(name_at(labels, row, 1));
    }

    void read_columns(std::vector<TableDescription>& tables) {
        const Result columns = connection_.query(columns_query, {oids_});
        for (int row = 0; row < columns.row_count(); ++row) {
            const std::uint32_t oid = number(columns, row, 0);
            TableDescription& table = tables[positions_.at(oid)];
            ColumnDescription column;
            column.name = name_at(columns, row, 2);
            column.is_not_null = letter(columns, row, 5) == 't';
            column.is_generated = letter(columns, row, 7) == 's';
            column.type = resolve(number(columns, row, 3), signed_number(columns, row, 4),
                                  signed_number(columns, row, 6), column.is_not_null, 0);
            column.type.text = name_at(columns, row, 8);
            column_positions_[{oid, signed_number(columns, row, 1)}] = table.columns.size();
            table.columns.push_back(std::move(column));
        }
    }

    // A domain's NOT NULL counts for the column, but not for what an array holds.
    ColumnType resolve(std::uint32_t oid, std::int32_t typmod, int dimensions, bool& is_not_null, int depth) {
        const auto found = types_.find(oid);
        if (found == types_.end() || depth > max_type_depth)
            throw PostgresError("type " + std::to_string(oid) + " of a column is not in pg_type", "",
                                "It may have been dropped meanwhile; try again.", true);
        const TypeRow& row = found->second;
        if (row.kind == 'd') {
            ColumnType base =
                resolve(row.base, row.typmod, std::max(dimensions, row.dimensions), is_not_null, depth + 1);
            base.is_domain = true;
            base.text = row.text;
            is_not_null = is_not_null || row.is_not_null;
            return base;
        }
        ColumnType type;
        type.text = row.text;
        type.schema = row.schema;
        type.name = row.name;
        type.kind = row.kind;
        type.typmod = typmod;
        type.labels = row.labels;
        if (row.element != 0) {
            bool is_element_not_null = false;
            type.elements.push_back(resolve(row.element, typmod, 0, is_element_not_null, depth + 1));
            type.dimensions = std::max(1, dimensions);
        }
        return type;
    }

    void read_keys(std::vector<TableDescription>& tables) {
        const Result keys = connection_.query(keys_query, {oids_});
        for (int row = 0; row < keys.row_count(); ++row) {
            const std::uint32_t oid = number(keys, row, 0);
            const auto column = column_positions_.find({oid, signed_number(keys, row, 1)});
            if (column != column_positions_.end())
                tables[positions_.at(oid)].key.push_back(column->second);
        }
    }

    struct PairHash {
        std::size_t operator()(const std::pair<std::uint32_t, std::int32_t>& pair) const {
            return std::hash<std::uint64_t>()(static_cast<std::uint64_t>(pair.first) << 32 |
                                              static_cast<std::uint32_t>(pair.second));
        }
    };

    Connection& connection_;
    const std::string oids_;  // as an array literal: digits and commas
    std::unordered_map<std::uint32_t, TypeRow> types_;
    std::unordered_map<std::uint32_t, std::size_t> positions_;
    std::unordered_map<std::pair<std::uint32_t, std::int32_t>, std::size_t, PairHash> column_positions_;
};

// Which tables there are, and which of them the patterns name.
class Selection {
public:
    Selection(const std::vector<std::string>& patterns, const std::vector<std::string>& excluded)
        : texts_(patterns), is_matched_(patterns.size()) {
        for (const auto& text : patterns)
            patterns_.push_back(TablePattern::parse(text));
        for (const auto& text : excluded)
            excluded_.push_back(TablePattern::parse(text));
    }

    bool wants(const std::string& schema, const std::string& table) {
        bool is_wanted = patterns_.empty();
        for (std::size_t i = 0; i < patterns_.size(); ++i) {
            if (patterns_[i] && patterns_[i]->matches(schema, table)) {
                is_matched_[i] = true;
                is_wanted = true;
            }
        }
        return is_wanted && std::ranges::none_of(excluded_, [&](const std::optional<TablePattern>& pattern) {
                   return pattern && pattern->matches(schema, table);
               });
    }

    std::vector<std::string> unmatched() const {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < texts_.size(); ++i) {
            if (!is_matched_[i])
                texts.push_back(texts_[i]);
        }
        return texts;
    }

private:
    const std::vector<std::string>& texts_;
    std::vector<std::optional<TablePattern>> patterns_;
    std::vector<std::optional<TablePattern>> excluded_;  // source.exclude_tables
    std::vector<bool> is_matched_;
};

}  // namespace

TableCatalog read_table_catalog(const SourceSettings& settings, const std::vector<std::string>& patterns) {
    Connection connection = Connection::open(settings, Connection::Kind::sql);
    TableCatalog catalog = read_table_catalog(connection, patterns, settings.exclude_tables);
    for (const std::string& text : settings.masks) {
        if (const auto rule = MaskRule::parse(text)) {
            for (TableDescription& table : catalog.tables)
                rule->apply(table);
        }
    }
    return catalog;
}

TableCatalog read_table_catalog(Connection& connection, const std::vector<std::string>& patterns,
                                const std::vector<std::string>& excluded) {
    connection.command("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    // Nothing of the database's own may stand before the catalogs; and a type outside them is printed with its schema.
    connection.command("SET LOCAL search_path = pg_catalog");
    connection.command("SET LOCAL statement_timeout = '60s'");

    TableCatalog catalog;
    Selection selection(patterns, excluded);
    const Result found = connection.query(tables_query);
    std::string oids;
    for (int row = 0; row < found.row_count(); ++row) {
        TableDescription table;
        table.oid = number(found, row, 0);
        table.schema = name_at(found, row, 1);
        table.name = name_at(found, row, 2);
        table.identity = letter(found, row, 4);
        table.is_partition = letter(found, row, 5) == 't';
        if (!selection.wants(found.text(row, 1), found.text(row, 2)))
            continue;
        if (letter(found, row, 3) == 'p') {
            catalog.partitioned.push_back(table.schema + "." + table.name);
            continue;
        }
        oids += (oids.empty() ? "" : ",") + found.text(row, 0);
        catalog.tables.push_back(std::move(table));
    }
    catalog.unmatched = selection.unmatched();
    if (!catalog.tables.empty())
        CatalogReader(connection, "{" + oids + "}").read(catalog.tables);
    connection.command("COMMIT");
    return catalog;
}

}  // namespace glassflow::postgres
