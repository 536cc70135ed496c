#include "glassflow/names.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace glassflow::etl {
namespace {

TEST(PipelineId, IsPlainWhereTheNameIs) {
    EXPECT_EQ(pipeline_id("pg", "public", "orders"), "pg-public-orders");
    EXPECT_EQ(pipeline_id("pg", "public", "order_items"), "pg-public-order-items");
}

TEST(PipelineId, KeepsTheRulesAndTellsTablesApart) {
    const std::string long_name(63, 'x');
    const std::pair<std::string, std::string> tables[] = {
        {"public", "order_items"},
        {"public", "order-items"},
        {"public", "Order_Items"},
        {"public", "order__items"},
        {"public_order", "items"},
        {"a", "b_c"},
        {"a_b", "c"},
        {"a", "b-c"},
        {long_name, long_name},
        {long_name, "y"},
        {"ä", "ö"},
        {"ö", "ä"},
        {"-", "-"},
        {"a", "b"},
        {"1", "2"},
        {"", ""},
    };
    std::set<std::string> ids;
    for (const auto& [schema, table] : tables) {
        for (const bool is_wider : {false, true}) {
            const std::string id = pipeline_id("pg", schema, table, is_wider);
            EXPECT_TRUE(is_pipeline_id(id)) << id;
            EXPECT_TRUE(ids.insert(id).second) << id;
            EXPECT_EQ(id, pipeline_id("pg", schema, table, is_wider));
        }
    }
}

TEST(PipelineId, RulesOfTheServer) {
    for (const char* id : {"abcde", "pg-public-orders", "a1234567890123456789012345678901234567-9"})
        EXPECT_TRUE(is_pipeline_id(id)) << id;
    for (const char* id : {"", "abcd", "1bcde", "-bcde", "abcde-", "ab--cd", "Abcde", "ab_cd", "abc/../d",
                           "a12345678901234567890123456789012345678901"})
        EXPECT_FALSE(is_pipeline_id(id)) << id;
}

TEST(ClickHouseName, KeepsWhatTheDriverCanTakeApart) {
    EXPECT_EQ(clickhouse_name("Plain_1-ä"), "Plain_1-ä");
    EXPECT_EQ(clickhouse_name("a b,c(d)`e\"f\\g.h\n"), "a_b_c_d__e_f_g_h_");
    EXPECT_EQ(clickhouse_name("x\xe2\x80\xa8y\xc2\xa0z\xef\xbb\xbf"), "x_y_z_");
    EXPECT_EQ(clickhouse_name(""), "_");
}

TEST(ClickHouseName, OfADirectoryThatIsNotTooLong) {
    std::string wide;
    for (int i = 0; i < 31; ++i)
        wide += "ß";
    const std::string name = clickhouse_name(wide + "_" + wide);
    EXPECT_LE(name.size() * 3, 255U + 60U);
    EXPECT_NE(name, clickhouse_name(wide + "_" + wide + "1"));
    std::size_t end = name.size();
    while (end > 0 && (static_cast<unsigned char>(name[end - 1]) & 0xc0) == 0x80)
        --end;
    EXPECT_EQ(name.substr(name.size() - 17, 1), "_") << "a hash at the end";
}

TEST(Quoting, OfAnyText) {
    EXPECT_EQ(quote_name("a`b\\c"), "`a\\`b\\\\c`");
    EXPECT_EQ(quote_string("it's\\\n"), "'it\\'s\\\\\\x0a'");
    EXPECT_EQ(quote_string("\n\n\xe2\x80\xa8x"), "'\\x0a\\x0a\\xe2\\x80\\xa8x'");
    EXPECT_EQ(expression_string("a\"b\\c\n\x7f"), "\"a\\\"b\\\\c\\x0a\\x7f\"");
}

TEST(ExpressionField, IsPlainOrInBrackets) {
    EXPECT_EQ(expression_field("data", "id"), "data?.id");
    EXPECT_EQ(expression_field("data", "my col"), "data?.[\"my col\"]");
    for (const char* word : {"in", "nil", "let", "not", "1a", "", "a-b", "ä"})
        EXPECT_EQ(expression_field("data", word), "data?.[" + expression_string(word) + "]");
}

TEST(UniqueNames, NumberTheSecond) {
    UniqueNames names;
    names.reserve("_version");
    EXPECT_EQ(names.take("a"), "a");
    EXPECT_EQ(names.take("a"), "a_2");
    EXPECT_EQ(names.take("a_2"), "a_2_2");
    EXPECT_EQ(names.take("_version"), "_version_2");
}

TEST(ShownName, IsOneBoundedLine) {
    EXPECT_EQ(shown_name("a\nb\xe2\x80\xa8"), "a?b?");
    EXPECT_LT(shown_name(std::string(5000, 'x')).size(), 200U);
}

}  // namespace
}  // namespace glassflow::etl
