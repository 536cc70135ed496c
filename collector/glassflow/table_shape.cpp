#include "glassflow/table_shape.h"

#include <algorithm>
#include <map>

#include "glassflow/create_table.h"
#include "glassflow/names.h"

namespace glassflow::etl {

namespace {

std::string shown(const ColumnShape& column) {
    return "column " + shown_name(column.name) + " (" + shown_name(column.type) + ")";
}

void append(std::string& text, const std::string& part) {
    text += (text.empty() ? "" : "; ") + part;
}

}  // namespace

TableShape shape_of(const event::Relation& relation) {
    TableShape shape;
    shape.oid = relation.oid;
    shape.schema = relation.schema;
    shape.table = relation.table;
    for (const event::Column& column : relation.columns)
        shape.columns.push_back({column.name, column.type, column.is_not_null});
    for (const std::uint32_t position : relation.key)
        shape.key.push_back(relation.columns[position].name);
    return shape;
}

Node to_node(const TableShape& shape) {
    Node columns = Node::list();
    for (const ColumnShape& column : shape.columns)
        columns.push(Node::map({{"name", column.name}, {"type", column.type}, {"not_null", column.is_not_null}}));
    Node key = Node::list();
    for (const std::string& name : shape.key)
        key.push(name);
    return Node::map({{"oid", static_cast<std::int64_t>(shape.oid)},
                      {"schema", shape.schema},
                      {"table", shape.table},
                      {"columns", columns},
                      {"key", key}});
}

TableShape shape_from(const Node& node) {
    TableShape shape;
    shape.oid = static_cast<std::uint32_t>(node.integer("oid"));
    shape.schema = node.text("schema");
    shape.table = node.text("table");
    if (const Node* const columns = node.find("columns"); columns != nullptr && columns->is_list()) {
        for (const Node& column : columns->elements()) {
            const Node* const not_null = column.find("not_null");
            shape.columns.push_back(
                {column.text("name"), column.text("type"), not_null != nullptr && *not_null == Node(true)});
        }
    }
    if (const Node* const key = node.find("key"); key != nullptr && key->is_list()) {
        for (const Node& name : key->elements())
            shape.key.push_back(name.text());
    }
    return shape;
}

bool SchemaChange::is_empty() const {
    return renamed_from.empty() && appeared.empty() && vanished.empty() && altered.empty() && !is_key_changed;
}

bool SchemaChange::is_harmless() const {
    return renamed_from.empty() && appeared.empty() && vanished.empty() && !is_key_changed &&
           std::ranges::all_of(altered, [](const Altered& column) {
               return column.before.type == column.after.type && column.after.is_not_null;
           });
}

SchemaChange compare(const TableShape& before, const TableShape& after) {
    SchemaChange change;
    if (before.schema != after.schema || before.table != after.table)
        change.renamed_from = before.schema + "." + before.table;
    std::map<std::string, ColumnShape> old;
    for (const ColumnShape& column : before.columns)
        old.emplace(column.name, column);
    for (const ColumnShape& column : after.columns) {
        const auto found = old.find(column.name);
        if (found == old.end()) {
            change.appeared.push_back(column);
            continue;
        }
        if (found->second != column)
            change.altered.push_back({found->second, column});
        old.erase(found);
    }
    for (const ColumnShape& column : before.columns) {
        if (old.contains(column.name))
            change.vanished.push_back(column);
    }
    change.is_key_changed = before.key != after.key;
    return change;
}

std::string describe(const SchemaChange& change) {
    std::string text;
    if (!change.renamed_from.empty())
        append(text, "it was called " + shown_name(change.renamed_from));
    for (const ColumnShape& column : change.appeared)
        append(text, shown(column) + " appeared");
    for (const ColumnShape& column : change.vanished)
        append(text, shown(column) + " vanished");
    for (const auto& [before, after] : change.altered) {
        if (before.type != after.type)
            append(text, shown(before) + " became " + shown_name(after.type));
        if (before.is_not_null != after.is_not_null)
            append(text, "column " + shown_name(after.name) +
                             (after.is_not_null ? " is never NULL now" : " may be NULL now"));
    }
    if (change.is_key_changed)
        append(text, "the key is another one");
    return text;
}

std::string alter_statement(const SchemaChange& change, const TablePlan& plan, const std::string& database,
                            bool is_complete) {
    std::string commands;
    const auto add = [&](const char* command, const ColumnPlan& column) {
        commands += (commands.empty() ? "" : ", ") + std::string(command) + column_definition(column);
        if (!column.decimal.empty())
            commands += ", " + std::string(command) + decimal_definition(column);
    };
    for (const ColumnPlan& column : plan.columns) {
        const auto is_this = [&](const ColumnShape& shape) { return shape.name == column.source; };
        // That a column is never NULL any more needs nothing: a Nullable one holds it, too.
        const auto is_altered = [&](const SchemaChange::Altered& altered) {
            return is_this(altered.after) && (altered.before.type != altered.after.type || !altered.after.is_not_null);
        };
        const bool is_modified = std::ranges::any_of(change.altered, is_altered);
        // A numeric that got digits may have no Decimal beside it yet.
        if (is_complete || is_modified || std::ranges::any_of(change.appeared, is_this))
            add("ADD COLUMN IF NOT EXISTS ", column);
        if (is_modified)
            add("MODIFY COLUMN ", column);
    }
    return commands.empty() ? commands
                            : "ALTER TABLE " + quote_name(database) + "." + quote_name(plan.target) + " " + commands;
}

std::string obstacle(const SchemaChange& change) {
    if (!change.renamed_from.empty())
        return "a table with another name has other events, and a pipeline and a ClickHouse table of its own";
    if (change.is_key_changed)
        return "ClickHouse cannot change the order of a table: rows with another key need a new table";
    return {};
}

}  // namespace glassflow::etl
