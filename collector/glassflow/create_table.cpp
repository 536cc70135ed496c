#include "glassflow/create_table.h"

#include "glassflow/names.h"

namespace glassflow::etl {

namespace {

std::string key_list(const TablePlan& plan) {
    if (plan.key.empty())
        return quote_name(plan.version);
    std::string list;
    for (const std::size_t position : plan.key)
        list += (list.empty() ? "" : ", ") + quote_name(plan.columns[position].column);
    return plan.key.size() == 1 ? list : "(" + list + ")";
}

std::string engine(const TablePlan& plan) {
    return plan.key.empty() ? "MergeTree"
                            : "ReplacingMergeTree(" + quote_name(plan.version) + ", " + quote_name(plan.deleted) + ")";
}

}  // namespace

std::string column_definition(const ColumnPlan& column) {
    return quote_name(column.column) + " " + column.type;
}

std::string decimal_definition(const ColumnPlan& column) {
    return quote_name(column.decimal) + " " + column.decimal_type + " MATERIALIZED " + column.decimal_expression;
}

std::string create_table_statement(const TablePlan& plan, const std::string& database) {
    std::string sql = "CREATE TABLE IF NOT EXISTS " + quote_name(database) + "." + quote_name(plan.target) + "\n(\n";
    for (const ColumnPlan& column : plan.columns) {
        sql += "    " + column_definition(column) + ",\n";
        if (!column.decimal.empty())
            sql += "    " + decimal_definition(column) + ",\n";
    }
    sql += "    " + quote_name(plan.version) + " UInt64,\n    " + quote_name(plan.deleted) + " UInt8\n)\n";
    return sql + "ENGINE = " + engine(plan) + "\nORDER BY " + key_list(plan);
}

std::string create_table(const TablePlan& plan, const std::string& database) {
    std::string sql = "-- " + plan.title + ", pipeline " + plan.id + "\n";
    for (const std::string& note : plan.notes)
        sql += "-- note: " + note + "\n";
    sql += create_table_statement(plan, database) + ";\n";
    if (!plan.key.empty())
        sql += "-- The rows as they are now: SELECT * FROM " + quote_name(database) + "." + quote_name(plan.target) +
               " FINAL\n";
    return sql;
}

}  // namespace glassflow::etl
