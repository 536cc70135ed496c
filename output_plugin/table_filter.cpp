// The parser of the list: table *( "," table ). What a table is, option_text.cpp says.
#include "table_filter.h"

#include "growing_array.h"

namespace glassflow {

TableFilter TableFilter::parse(std::string_view option, std::string_view list, MemoryContext context) {
    OptionText text(option, list, OptionText::list_symbols, context);
    GrowingArray<TablePattern> patterns(context);
    for (;;) {
        if (patterns.size() == OptionText::max_tables) {
            ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
                            errmsg("invalid value for option \"%s\"", pnstrdup(option.data(), option.size())),
                            errdetail("It names more than %zu tables.", OptionText::max_tables),
                            errhint("Use wildcards, for example public.*.")));
        }
        patterns.append(text.take_table());
        if (text.at_end()) {
            break;
        }
        if (!text.take_symbol(",")) {
            text.refuse(text.at(), "expected \",\" or the end of the list",
                        "Separate tables by commas, and put names with special characters in double quotes.");
        }
    }
    TableFilter filter;
    filter.is_given_ = true;
    filter.patterns_ = patterns.items();
    return filter;
}

bool TableFilter::names(std::string_view schema, std::string_view table) const {
    for (const TablePattern& pattern : patterns_) {
        if (pattern.matches(schema, table)) {
            return true;
        }
    }
    return false;
}

}  // namespace glassflow
