// The options that name columns of tables: `columns` and `exclude_columns`.
//
//   rules = rule *( ";" rule ) [ ";" ]     "public.users: id, name; shop.*: *_id"
//   rule  = table ":" name *( "," name )
#pragma once

#include "option_text.h"

#include <span>

namespace glassflow {

struct ColumnRule {
    TablePattern table;
    std::span<const NamePattern> columns;

    bool names(std::string_view column) const {
        for (const NamePattern& pattern : columns) {
            if (pattern.matches(column)) {
                return true;
            }
        }
        return false;
    }
};

class ColumnRules {
public:
    // An ERROR says what is wrong with the text and at which byte. Rules go to context.
    static ColumnRules parse(std::string_view option, std::string_view text, MemoryContext context);

    // The rules that match a table, in CurrentMemoryContext.
    std::span<const ColumnRule* const> of_table(std::string_view schema, std::string_view table) const;

private:
    std::span<const ColumnRule> rules_;
};
static_assert(std::is_trivially_destructible_v<ColumnRules>);

}  // namespace glassflow
