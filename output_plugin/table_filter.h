// Is this table wanted? The option `tables`, a comma list of schema.table with * as wildcard, against two names.
//
// The answer is asked once per relation and kept in the relation cache, so the number of patterns costs nothing per
// row.
#pragma once

#include "pg_headers.h"

#include <string_view>

namespace glassflow {

// One name of a pattern: literal, or with * standing for any run of characters.
struct NamePattern {
    std::string_view text;
    bool is_literal = true;

    bool matches(std::string_view name) const;
};

struct TablePattern {
    NamePattern schema;
    NamePattern table;
};

class TableFilter {
public:
    static constexpr std::size_t max_list_bytes = 1024 * 1024;
    static constexpr int max_patterns = 10000;

    // The list's text as the user gave it; an ERROR says what is wrong with it and at which byte. Patterns go to
    // context.
    static TableFilter parse(std::string_view list, MemoryContext context);

    // Without a list every table is wanted.
    bool wants(std::string_view schema, std::string_view table) const;

private:
    bool wants_all_ = true;
    const TablePattern* patterns_ = nullptr;
    int pattern_count_ = 0;
};
static_assert(std::is_trivially_destructible_v<TableFilter>);

}  // namespace glassflow
