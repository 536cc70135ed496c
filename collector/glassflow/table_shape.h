// What of a table its pipeline rests on, as the stream describes it; and what it means when that changes.
//
// Pure: a shape is made from a relation record, kept as JSON, and compared.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "event/relation.h"
#include "glassflow/document.h"
#include "glassflow/table_plan.h"

namespace glassflow::etl {

struct ColumnShape {
    std::string name;
    std::string type;  // as format_type() prints it
    bool is_not_null = false;

    bool operator==(const ColumnShape&) const = default;
};

struct TableShape {
    std::uint32_t oid = 0;
    std::string schema;
    std::string table;
    std::vector<ColumnShape> columns;
    std::vector<std::string> key;  // names, in key order

    bool operator==(const TableShape&) const = default;
};

TableShape shape_of(const event::Relation& relation);
Node to_node(const TableShape& shape);
TableShape shape_from(const Node& node);

struct SchemaChange {
    struct Altered {
        ColumnShape before;
        ColumnShape after;
    };

    std::string renamed_from;  // "schema.table"; empty: it is called as before
    std::vector<ColumnShape> appeared;
    std::vector<ColumnShape> vanished;
    std::vector<Altered> altered;  // another type, or NULL allowed or not
    bool is_key_changed = false;

    bool is_empty() const;
    // Nothing that ClickHouse or the pipeline would have to know: a column that is never NULL any more.
    bool is_harmless() const;
};

SchemaChange compare(const TableShape& before, const TableShape& after);

// "column added (date) appeared; column note (text) vanished"
std::string describe(const SchemaChange& change);

// One statement with what ClickHouse needs to hold the rows of the new shape; may be run again. Empty when it needs
// nothing. Columns that vanished stay. Not what no ALTER can do: see obstacle(). is_complete: with every column of the
// plan that the table may lack, whatever the change.
std::string alter_statement(const SchemaChange& change, const TablePlan& plan, const std::string& database,
                            bool is_complete);

// Why no ALTER and no edit can follow the change; empty when they can.
std::string obstacle(const SchemaChange& change);

}  // namespace glassflow::etl
