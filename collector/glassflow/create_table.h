// Plans -> statements of ClickHouse, with what a person has to know as comments.
#pragma once

#include <string>

#include "glassflow/table_plan.h"

namespace glassflow::etl {

// CREATE TABLE IF NOT EXISTS `database`.`target` (...); ends with a line feed.
std::string create_table(const TablePlan& plan, const std::string& database);
// The statement alone, for sending it.
std::string create_table_statement(const TablePlan& plan, const std::string& database);

// "`price` Nullable(String)"
std::string column_definition(const ColumnPlan& column);
// "`price_decimal` Nullable(Decimal(10, 2)) MATERIALIZED …", of a column that has one
std::string decimal_definition(const ColumnPlan& column);

}  // namespace glassflow::etl
