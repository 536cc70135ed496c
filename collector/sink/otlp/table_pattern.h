// "schema.table" as source.tables takes it -> which tables it names. Pure.
//
// An unquoted name is folded to lower case and `*` in it stands for any run of characters; a name in double quotes is
// taken as it is, "" within it being one double quote.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glassflow::sink {

struct NamePattern {
    std::string text;
    bool is_literal = false;

    bool matches(std::string_view name) const;
    // Does every name that the other names match this one, too? Never true when it is not.
    bool covers(const NamePattern& other) const;
};

struct TablePattern {
    NamePattern schema;
    NamePattern table;

    bool matches(std::string_view schema_name, std::string_view table_name) const {
        return schema.matches(schema_name) && table.matches(table_name);
    }
    bool covers(const TablePattern& other) const { return schema.covers(other.schema) && table.covers(other.table); }
};

// nullopt when the text is none. White space around names is allowed.
std::optional<TablePattern> parse_table_pattern(std::string_view text);

}  // namespace glassflow::sink
