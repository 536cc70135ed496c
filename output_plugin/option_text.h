// The text of one option, taken apart from front to back: names, table patterns, strings, numbers, symbols. All options
// that speak of tables are read through it, so that a name is written the same way everywhere.
//
// The text comes from whoever may start the slot. It is looked at once, byte after byte, and nothing is read twice:
// time and memory are linear in at most max_bytes. A refusal names the option and the byte, and shows nothing of the
// text.
#pragma once

#include "pg_headers.h"

#include <string_view>

namespace glassflow {

// A name as a person writes it: literal, or with * standing for any run of characters.
struct NamePattern {
    std::string_view text;
    bool is_literal = true;

    bool matches(std::string_view name) const;
};

struct TablePattern {
    NamePattern schema;
    NamePattern table;

    bool matches(std::string_view schema_name, std::string_view table_name) const {
        return schema.matches(schema_name) && table.matches(table_name);
    }
    // It names one table, and no other.
    bool is_literal() const { return schema.is_literal && table.is_literal; }
};

class OptionText {
public:
    static constexpr std::size_t max_bytes = 1024 * 1024;
    static constexpr std::size_t max_tables = 10000;  // patterns in one option

    // What ends a name without double quotes, besides white space: in a list of tables, and where more than tables is
    // said.
    static constexpr std::string_view list_symbols = ",.\"";
    static constexpr std::string_view rule_symbols = ",.\"':;()=<>!";
    static constexpr std::string_view word_symbols = ",'";  // in a list of words that are no identifiers

    // What is taken goes to context. Too long a text, or one that is not in the database's encoding, is refused here.
    OptionText(std::string_view option, std::string_view text, std::string_view symbols, MemoryContext context);

    // All of these begin at the next byte that is no white space.
    bool at_end() { return skip_space() == text_.size(); }
    std::size_t at() { return skip_space(); }
    char peek() { return at_end() ? '\0' : text_[at_]; }
    // True, and behind it, when that is what comes next.
    bool take_symbol(std::string_view symbol);
    // The same for a word of letters in any case, as in SQL; no name goes on behind it.
    bool take_word(std::string_view word);

    // What must come next. what is said in the refusal: "the name of a column".
    // unquoted folded to lower case, * a wildcard; "quoted" as it is
    NamePattern take_name(const char* what, const char* hint);
    NamePattern take_unfolded(const char* what, const char* hint);  // up to a symbol, in its own case, * a wildcard
    TablePattern take_table();                                      // schema.table
    std::string_view take_string();                                 // 'text', '' for one quote. Ends with a zero byte
    std::string_view take_number();  // as in SQL: sign, digits, point, exponent. Ends with a zero byte
    void expect_symbol(std::string_view symbol, const char* hint);

    MemoryContext context() const { return context_; }
    [[noreturn]] void refuse(std::size_t at, const char* what, const char* hint) const;

private:
    std::size_t skip_space();
    bool ends_name(char c) const;
    NamePattern take_quoted_name();
    NamePattern take_unquoted_name();
    std::string_view keep(const char* bytes, std::size_t size) const;
    void refuse_long_name(std::size_t start, std::size_t size) const;

    std::string_view option_;
    std::string_view text_;
    std::string_view symbols_;
    MemoryContext context_;
    std::size_t at_ = 0;
};
static_assert(std::is_trivially_destructible_v<OptionText>);

// Grammar of an option that says something about each of several tables:
//
//   rules = rule *( ";" rule ) [ ";" ]
//   rule  = table ":" body            table as in the option `tables`
//
// take_body(text, table) takes what is behind the colon, up to the ";" or the end.
template <typename TakeBody>
void take_table_rules(OptionText& text, TakeBody take_body) {
    constexpr const char* hint = "Write schema.table: what is wanted of it; and the same for the next table.";
    std::size_t count = 0;
    do {
        const std::size_t start = text.at();
        if (count++ == OptionText::max_tables) {
            text.refuse(start, "too many tables", "Use wildcards, for example public.*.");
        }
        const TablePattern table = text.take_table();
        text.expect_symbol(":", hint);
        take_body(text, table);
        if (!text.at_end()) {
            text.expect_symbol(";", hint);
        }
    } while (!text.at_end());
}

}  // namespace glassflow
