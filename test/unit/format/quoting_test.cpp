#include "format/quoting.h"

#include <gtest/gtest.h>

namespace glassflow::format {
namespace {

std::string quoted(std::string_view text, Quoting quoting) {
    std::string out = "before\"" + std::string(text);
    quote_tail(out, 7, quoting);
    EXPECT_EQ(out.substr(0, 7), "before\"");
    return out.substr(7);
}

constexpr Quoting every_rule[] = {Quoting::array, Quoting::semicolon_array, Quoting::composite, Quoting::range};

TEST(Quoting, LeavesPlainTextAlone) {
    for (const Quoting rule : every_rule) {
        for (const char* text :
             {"a", "-1.5", "2024-02-29", "\u00e9\u20ac\U0001F600", "it's", "\x01\x7f", "a:b", "\u00a0"})
            EXPECT_EQ(quoted(text, rule), text);
    }
}

TEST(Quoting, WhatEveryRuleQuotes) {
    for (const Quoting rule : every_rule) {
        EXPECT_EQ(quoted("", rule), "\"\"");
        for (const char* text : {" ", "a b", "\t", "\n", "\v", "\f", "\r"})
            EXPECT_EQ(quoted(text, rule), '"' + std::string(text) + '"');
    }
}

TEST(Quoting, EachRuleHasItsOwnCharacters) {
    const auto marks = [](Quoting rule) {
        std::string found;
        for (char character = 0x21; character < 0x7f; ++character) {
            if (quoted({&character, 1}, rule).size() > 1)
                found += character;
        }
        return found;
    };
    EXPECT_EQ(marks(Quoting::array), "\",\\{}");
    EXPECT_EQ(marks(Quoting::semicolon_array), "\";\\{}");
    EXPECT_EQ(marks(Quoting::composite), "\"(),\\");
    EXPECT_EQ(marks(Quoting::range), "\"(),[\\]");
}

TEST(Quoting, ArraysEscapeAndTheOthersDouble) {
    EXPECT_EQ(quoted("a\"\\b", Quoting::array), "\"a\\\"\\\\b\"");
    EXPECT_EQ(quoted("a\"\\b", Quoting::semicolon_array), "\"a\\\"\\\\b\"");
    EXPECT_EQ(quoted("a\"\\b", Quoting::composite), "\"a\"\"\\\\b\"");
    EXPECT_EQ(quoted("a\"\\b", Quoting::range), "\"a\"\"\\\\b\"");
}

TEST(Quoting, TheWordNullIsQuotedInArraysOnly) {
    for (const char* word : {"NULL", "null", "nUlL"}) {
        EXPECT_EQ(quoted(word, Quoting::array), '"' + std::string(word) + '"');
        EXPECT_EQ(quoted(word, Quoting::semicolon_array), '"' + std::string(word) + '"');
        EXPECT_EQ(quoted(word, Quoting::composite), word);
        EXPECT_EQ(quoted(word, Quoting::range), word);
    }
    for (const char* other : {"NULLS", "NUL", "nu\x0cl"})
        EXPECT_EQ(quoted(other, Quoting::array).starts_with('"'),
                  std::string_view(other).find('\x0c') != std::string::npos);
    EXPECT_EQ(quoted("N\x15LL", Quoting::array), "N\x15LL");  // a control differs from a letter by more than its case
}

}  // namespace
}  // namespace glassflow::format
