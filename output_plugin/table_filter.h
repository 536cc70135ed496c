// Is this table wanted? A comma list of schema.table with * as wildcard, against two names.
//
// The answer is asked once per relation and kept in the relation cache, so the number of patterns costs nothing per
// row.
#pragma once

#include "option_text.h"

#include <span>

namespace glassflow {

class TableFilter {
public:
    // The list's text as the user gave it for option; an ERROR says what is wrong with it and at which byte. Patterns
    // go to context.
    static TableFilter parse(std::string_view option, std::string_view list, MemoryContext context);

    bool is_given() const { return is_given_; }
    bool names(std::string_view schema, std::string_view table) const;

private:
    bool is_given_ = false;
    std::span<const TablePattern> patterns_;
};
static_assert(std::is_trivially_destructible_v<TableFilter>);

}  // namespace glassflow
