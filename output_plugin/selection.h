// What of a table is sent: the options that choose, and what they come to for one relation.
//
// It is worked out once per relation, when its plan is made, so that neither the number of patterns nor that of columns
// costs anything per row.
#pragma once

#include "column_rules.h"
#include "condition.h"
#include "table_filter.h"

#include <cstdint>

namespace glassflow {

using Actions = std::uint8_t;
namespace action {
inline constexpr Actions insert = 1;
inline constexpr Actions update = 2;
inline constexpr Actions delete_ = 4;
inline constexpr Actions truncate = 8;
inline constexpr Actions all = 15;
}  // namespace action

// A comma list of insert, update, delete, truncate.
Actions parse_actions(std::string_view option, std::string_view list, MemoryContext context);

struct Selection {
    TableFilter tables;
    TableFilter exclude_tables;
    ColumnRules columns;
    ColumnRules exclude_columns;
    RowRules rows;
    Actions actions = action::all;
    std::span<const char* const> publications;  // none: what is published does not matter
    bool sends_generated_columns = false;       // those that are stored

    bool wants_table(std::string_view schema, std::string_view table) const {
        return (!tables.is_given() || tables.names(schema, table)) && !exclude_tables.names(schema, table);
    }
};
static_assert(std::is_trivially_destructible_v<Selection>);

// Which columns of one table are wanted. Memory comes from CurrentMemoryContext.
class ColumnChoice {
public:
    ColumnChoice(const Selection& selection, std::string_view schema, std::string_view table);

    // Of a column that rows can do without: what is in the key is sent always.
    bool wants(std::string_view column) const;
    // Says of each column that the options name and the table does not have, that it is not there.
    void warn_of_missing(TupleDesc descriptor) const;

private:
    void warn_of_missing(std::span<const ColumnRule* const> rules, const char* option, TupleDesc descriptor) const;

    std::string_view schema_;
    std::string_view table_;
    std::span<const ColumnRule* const> included_;  // those that match the table; none: every column
    std::span<const ColumnRule* const> excluded_;
};

}  // namespace glassflow
