// A pattern of source.tables -> which tables it names, by the same rules as the plugin's option "tables".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glassflow::postgres {

class TablePattern {
public:
    // schema.table; * stands for any run of characters, double quotes keep a name as it is, the rest is folded to lower
    // case. nullopt when it is none.
    static std::optional<TablePattern> parse(std::string_view text);

    bool matches(std::string_view schema, std::string_view table) const {
        return schema_.matches(schema) && table_.matches(table);
    }

    struct Name {
        std::string text;
        bool is_literal = true;

        bool matches(std::string_view name) const;
    };
    // The name at `at`, with the white space around it; at is behind it then.
    static std::optional<Name> parse_name(std::string_view text, std::size_t& at);

private:
    Name schema_;
    Name table_;
};

}  // namespace glassflow::postgres
