// The parser of conditions, by recursive descent: as deep as max_depth, and every term is counted.
#include "condition.h"

#include "growing_array.h"

namespace glassflow {

namespace {

constexpr const char* test_hint =
    "Compare a column with a constant: amount > 100, status in ('open', 'new'), note is null.";

class ConditionParser {
public:
    ConditionParser(OptionText& text, std::size_t& term_count) : text_(text), term_count_(term_count) {}

    // NOLINTNEXTLINE(misc-no-recursion): bounded by take_one
    Condition take_any(int depth) {
        return take_joined(Condition::Kind::any_of, "or", [this, depth] {
            return take_joined(Condition::Kind::all_of, "and", [this, depth] { return take_one(depth); });
        });
    }

private:
    // One part is itself; several are joined.
    template <typename TakePart>
    Condition take_joined(Condition::Kind kind, std::string_view word, TakePart take_part) {
        const Condition first = take_part();
        if (!text_.take_word(word)) {
            return first;
        }
        GrowingArray<Condition> parts(text_.context());
        parts.append(first);
        do {
            parts.append(take_part());
        } while (text_.take_word(word));
        Condition joined;
        joined.kind = kind;
        joined.parts = parts.items();
        return joined;
    }

    // NOLINTNEXTLINE(misc-no-recursion): bounded
    Condition take_one(int depth) {
        if (depth == RowRules::max_depth) {
            text_.refuse(text_.at(), "nested too deep",
                         psprintf("Parentheses and NOT go at most %d deep.", RowRules::max_depth));
        }
        if (text_.take_word("not")) {
            return negated(take_one(depth + 1));
        }
        if (text_.take_symbol("(")) {
            const Condition inner = take_any(depth + 1);
            text_.expect_symbol(")", test_hint);
            return inner;
        }
        return take_test();
    }

    Condition negated(const Condition& condition) {
        GrowingArray<Condition> parts(text_.context());
        parts.append(condition);
        Condition negation;
        negation.kind = Condition::Kind::negation;
        negation.parts = parts.items();
        return negation;
    }

    Condition take_test() {
        count_term();
        Condition test;
        test.at = text_.at();
        const NamePattern column = text_.take_name("the name of a column", test_hint);
        if (!column.is_literal) {
            text_.refuse(test.at, "a condition names one column", "Write * in the names of tables only.");
        }
        test.column = column.text;
        if (text_.take_word("is")) {
            test.kind = Condition::Kind::is_null;
            const bool is_negated = text_.take_word("not");
            if (!text_.take_word("null")) {
                text_.refuse(text_.at(), "expected NULL", test_hint);
            }
            return is_negated ? negated(test) : test;
        }
        const bool is_negated = text_.take_word("not");
        if (text_.take_word("in")) {
            test.kind = Condition::Kind::membership;
            test.constants = take_list();
            return is_negated ? negated(test) : test;
        }
        if (is_negated) {
            text_.refuse(text_.at(), "expected IN", test_hint);
        }
        test.kind = Condition::Kind::comparison;
        test.comparison = take_comparison();
        GrowingArray<Constant> constants(text_.context());
        constants.append(take_constant());
        test.constants = constants.items();
        return test;
    }

    Comparison take_comparison() {
        struct Sign {
            std::string_view text;
            Comparison comparison;
        };
        // The longer ones first.
        constexpr Sign signs[] = {{"<>", Comparison::not_equal},     {"!=", Comparison::not_equal},
                                  {"<=", Comparison::less_or_equal}, {">=", Comparison::greater_or_equal},
                                  {"<", Comparison::less},           {">", Comparison::greater},
                                  {"=", Comparison::equal}};
        for (const Sign& sign : signs) {
            if (text_.take_symbol(sign.text)) {
                return sign.comparison;
            }
        }
        text_.refuse(text_.at(), "expected a comparison", test_hint);
    }

    std::span<const Constant> take_list() {
        GrowingArray<Constant> constants(text_.context());
        text_.expect_symbol("(", test_hint);
        do {
            constants.append(take_constant());
        } while (text_.take_symbol(","));
        text_.expect_symbol(")", test_hint);
        return constants.items();
    }

    Constant take_constant() {
        count_term();
        const std::size_t start = text_.at();
        if (text_.peek() == '\'') {
            return {text_.take_string(), start};
        }
        if (text_.take_word("true")) {
            return {"true", start};
        }
        if (text_.take_word("false")) {
            return {"false", start};
        }
        if (text_.take_word("null")) {
            text_.refuse(start, "nothing compares with NULL", "Write: column is null, or: column is not null.");
        }
        const char next = text_.peek();
        if ((next < '0' || next > '9') && next != '-' && next != '+' && next != '.') {
            text_.refuse(start, "expected a constant", "Write a number, a text in single quotes, true or false.");
        }
        return {text_.take_number(), start};
    }

    void count_term() {
        if (term_count_++ == RowRules::max_terms) {
            text_.refuse(text_.at(), "too many conditions and constants",
                         psprintf("At most %zu can be given.", RowRules::max_terms));
        }
    }

    OptionText& text_;
    std::size_t& term_count_;  // over all rules
};
static_assert(std::is_trivially_destructible_v<ConditionParser>);

}  // namespace

RowRules RowRules::parse(std::string_view option, std::string_view rules_text, MemoryContext context) {
    OptionText text(option, rules_text, OptionText::rule_symbols, context);
    GrowingArray<RowRule> rules(context);
    std::size_t term_count = 0;
    take_table_rules(text, [&rules, &term_count](OptionText& body, const TablePattern& table) {
        rules.append({table, ConditionParser(body, term_count).take_any(0)});
    });
    RowRules result;
    result.rules_ = rules.items();
    return result;
}

}  // namespace glassflow
