#include "postgres/mask_rule.h"

#include <gtest/gtest.h>

namespace glassflow::postgres {
namespace {

TableDescription people() {
    TableDescription table;
    table.schema = "public";
    table.name = "people";
    for (const char* name : {"id", "email", "home_address", "Odd, name"}) {
        ColumnDescription column;
        column.name = name;
        column.type = {.text = "integer", .schema = "pg_catalog", .name = "int4"};
        column.is_not_null = true;
        table.columns.push_back(column);
    }
    return table;
}

// Names of the columns that became text, with "?" where they may be null now.
std::string masked(std::string_view rule) {
    const auto parsed = MaskRule::parse(rule);
    if (!parsed)
        return "no rule";
    TableDescription table = people();
    parsed->apply(table);
    std::string names;
    for (const ColumnDescription& column : table.columns) {
        if (column.type.name == "text")
            names += (names.empty() ? "" : "|") + column.name + (column.is_not_null ? "" : "?");
    }
    return names;
}

TEST(MaskRule, NamesTheColumnsThatWillBeText) {
    EXPECT_EQ(masked("public.people: email = hash"), "email");
    EXPECT_EQ(masked(" PUBLIC . people :EMAIL=NULL, *address = Keep_Last(4)"), "email?|home_address");
    EXPECT_EQ(masked("*.*: \"Odd, name\" = redact('a, ''b'': ; = c')"), "Odd, name");
    EXPECT_EQ(masked("public.people: * = truncate(10)"), "id|email|home_address|Odd, name");
    EXPECT_EQ(masked("public.others: email = hash"), "");
    EXPECT_EQ(masked("public.people: nothing = hash"), "");
}

TEST(MaskRule, RefusesWhatIsNone) {
    for (const char* text :
         {"", "public.people", "public.people:", "public.people: email",
          "public.people: email =", "public.people: = hash", "public.people: email = hush",
          "public.people: email = hash,", "people: email = hash", "public.people: email = hash; public.b: c = null",
          "public.people: email = redact", "public.people: email = redact('x", "public.people: e mail = hash",
          "public.people: email = hash(1)", "public.people: email = truncate(1"})
        EXPECT_EQ(masked(text), "no rule") << text;
}

}  // namespace
}  // namespace glassflow::postgres
