// An element of source.masks -> which columns it masks: "public.users: email = hash, ssn = null".
//
// The plugin masks, and judges what is written; this is for whoever must know beforehand which columns will be text.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "postgres/table_description.h"
#include "postgres/table_pattern.h"

namespace glassflow::postgres {

class MaskRule {
public:
    // nullopt when it is none.
    static std::optional<MaskRule> parse(std::string_view text);

    // Describes the columns that it masks as they will be sent: text, whatever they hold.
    void apply(TableDescription& table) const;

private:
    struct Column {
        TablePattern::Name name;
        bool is_null = false;
    };
    static std::optional<Column> parse_column(std::string_view text);

    TablePattern table_;
    std::vector<Column> columns_;
};

}  // namespace glassflow::postgres
