// What the option `rows` says of a table, as it is written: a tree of comparisons of columns with constants. It knows
// no table yet; row_filter.h makes of it what is asked of each row.
//
//   rules     = rule *( ";" rule ) [ ";" ]         "public.orders: amount > 100 and status in ('open', 'new')"
//   rule      = table ":" any
//   any       = all *( OR all )
//   all       = one *( AND one )
//   one       = NOT one | "(" any ")" | column test
//   test      = ( "=" | "<>" | "!=" | "<" | "<=" | ">" | ">=" ) constant
//             | [ NOT ] IN "(" constant *( "," constant ) ")"
//             | IS [ NOT ] NULL
//   constant  = number | 'text' | TRUE | FALSE
#pragma once

#include "option_text.h"

#include <cstdint>
#include <span>

namespace glassflow {

enum class Comparison : std::uint8_t { equal, not_equal, less, less_or_equal, greater, greater_or_equal };

struct Constant {
    std::string_view text;  // ends with a zero byte
    std::size_t at;         // its byte in the option
};

struct Condition {
    enum class Kind : std::uint8_t { all_of, any_of, negation, comparison, membership, is_null };

    Kind kind = Kind::all_of;
    Comparison comparison = Comparison::equal;
    std::size_t at = 0;                   // the column's byte in the option
    std::string_view column;              // of the three tests; ends with a zero byte
    std::span<const Constant> constants;  // one of a comparison, any number of a membership
    std::span<const Condition> parts;     // of the others; one of a negation
};

struct RowRule {
    TablePattern table;
    Condition condition;
};

class RowRules {
public:
    static constexpr int max_depth = 64;             // of parentheses and NOT: what is said is evaluated by recursion
    static constexpr std::size_t max_terms = 10000;  // conditions and constants in the whole option

    // An ERROR says what is wrong with the text and at which byte. Rules go to context.
    static RowRules parse(std::string_view option, std::string_view text, MemoryContext context);

    std::span<const RowRule> rules() const { return rules_; }

private:
    std::span<const RowRule> rules_;
};
static_assert(std::is_trivially_destructible_v<RowRules>);

}  // namespace glassflow
