// The parser of rules, and which of them a table has.
#include "column_rules.h"

#include "growing_array.h"

namespace glassflow {

namespace {

std::span<const NamePattern> take_columns(OptionText& text) {
    constexpr const char* hint = "Write schema.table: column, column; and the same for the next table.";
    GrowingArray<NamePattern> columns(text.context());
    do {
        if (columns.size() == MaxHeapAttributeNumber) {
            text.refuse(text.at(), "too many columns", psprintf("A table has at most %d.", MaxHeapAttributeNumber));
        }
        columns.append(text.take_name("the name of a column", hint));
    } while (text.take_symbol(","));
    return columns.items();
}

}  // namespace

ColumnRules ColumnRules::parse(std::string_view option, std::string_view list, MemoryContext context) {
    OptionText text(option, list, OptionText::rule_symbols, context);
    GrowingArray<ColumnRule> rules(context);
    take_table_rules(text, [&rules](OptionText& body, const TablePattern& table) {
        rules.append({table, take_columns(body)});
    });
    ColumnRules result;
    result.rules_ = rules.items();
    return result;
}

std::span<const ColumnRule* const> ColumnRules::of_table(std::string_view schema, std::string_view table) const {
    GrowingArray<const ColumnRule*> matching(CurrentMemoryContext);
    for (const ColumnRule& rule : rules_) {
        if (rule.table.matches(schema, table)) {
            matching.append(&rule);
        }
    }
    return matching.items();
}

}  // namespace glassflow
