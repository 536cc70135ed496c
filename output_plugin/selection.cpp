// The words of `actions`, and the columns of one table.
#include "selection.h"

namespace glassflow {

namespace {

struct ActionName {
    std::string_view name;
    Actions action;
};
constexpr ActionName action_names[] = {{"insert", action::insert},
                                       {"update", action::update},
                                       {"delete", action::delete_},
                                       {"truncate", action::truncate}};

bool names_any(std::span<const ColumnRule* const> rules, std::string_view column) {
    for (const ColumnRule* rule : rules) {
        if (rule->names(column)) {
            return true;
        }
    }
    return false;
}

bool has_column(TupleDesc descriptor, std::string_view name) {
    for (int i = 0; i < descriptor->natts; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(descriptor, i);
        if (!attribute->attisdropped && name == NameStr(attribute->attname)) {
            return true;
        }
    }
    return false;
}

}  // namespace

Actions parse_actions(std::string_view option, std::string_view list, MemoryContext context) {
    OptionText text(option, list, OptionText::list_symbols, context);
    Actions actions = 0;
    do {
        Actions next = 0;
        for (const ActionName& one : action_names) {
            next |= text.take_word(one.name) ? one.action : 0;
            if (next != 0) {
                break;
            }
        }
        if (next == 0 || (actions & next) != 0) {
            text.refuse(text.at(), next == 0 ? "expected an action" : "expected an action that is not named yet",
                        "Give some of insert, update, delete, truncate, separated by commas.");
        }
        actions |= next;
    } while (text.take_symbol(","));
    if (!text.at_end()) {
        text.refuse(text.at(), "expected \",\" or the end of the list",
                    "Give some of insert, update, delete, truncate, separated by commas.");
    }
    return actions;
}

ColumnChoice::ColumnChoice(const Selection& selection, std::string_view schema, std::string_view table)
    : schema_(schema),
      table_(table),
      included_(selection.columns.of_table(schema, table)),
      excluded_(selection.exclude_columns.of_table(schema, table)) {}

bool ColumnChoice::wants(std::string_view column) const {
    return (included_.empty() || names_any(included_, column)) && !names_any(excluded_, column);
}

void ColumnChoice::warn_of_missing(TupleDesc descriptor) const {
    warn_of_missing(included_, "columns", descriptor);
    warn_of_missing(excluded_, "exclude_columns", descriptor);
}

// Only where the rule names this very table: one for many tables is meant for those of them that have the column.
void ColumnChoice::warn_of_missing(std::span<const ColumnRule* const> rules, const char* option,
                                   TupleDesc descriptor) const {
    for (const ColumnRule* rule : rules) {
        for (const NamePattern& column : rule->columns) {
            if (rule->table.is_literal() && column.is_literal && !has_column(descriptor, column.text)) {
                ereport(WARNING, (errcode(ERRCODE_UNDEFINED_COLUMN),
                                  errmsg("option \"%s\" names column \"%s\", which table \"%s.%s\" does not have",
                                         option, column.text.data(), schema_.data(), table_.data()),
                                  errhint("Correct the option, unless the column is yet to be added.")));
            }
        }
    }
}

}  // namespace glassflow
