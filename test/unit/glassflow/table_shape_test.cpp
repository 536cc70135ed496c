#include "glassflow/table_shape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glassflow::etl {
namespace {

using testing::HasSubstr;
using testing::Not;

TableShape orders() {
    return {16400,
            "public",
            "orders",
            {{"id", "bigint", true}, {"note", "text", false}, {"price", "numeric(10,2)", false}},
            {"id"}};
}

TablePlan plan_of(const std::vector<std::pair<std::string, std::string>>& columns) {
    TablePlan plan;
    plan.target = "orders";
    for (const auto& [name, type] : columns) {
        ColumnPlan column;
        column.source = column.column = name;
        column.type = type;
        plan.columns.push_back(column);
    }
    return plan;
}

TEST(TableShape, ComesBackFromJson) {
    EXPECT_EQ(shape_from(parse_json(to_compact_json(to_node(orders())))), orders());
    EXPECT_EQ(shape_from(parse_json("[]")), TableShape{});
}

TEST(TableShape, TheSameIsNoChange) {
    EXPECT_TRUE(compare(orders(), orders()).is_empty());
}

TEST(TableShape, EveryKindOfChangeIsTold) {
    TableShape after = orders();
    after.columns = {{"id", "bigint", true}, {"price", "numeric(12,2)", true}, {"at", "date", false}};
    const SchemaChange change = compare(orders(), after);
    EXPECT_EQ(
        describe(change),
        "column at (date) appeared; column note (text) vanished; column price (numeric(10,2)) became numeric(12,2); "
        "column price is never NULL now");
    EXPECT_FALSE(change.is_harmless());
    EXPECT_EQ(obstacle(change), "");
    EXPECT_EQ(alter_statement(change, plan_of({{"id", "Int64"}, {"price", "String"}, {"at", "Nullable(Date32)"}}), "db",
                              false),
              "ALTER TABLE `db`.`orders` ADD COLUMN IF NOT EXISTS `price` String, MODIFY COLUMN `price` String, "
              "ADD COLUMN IF NOT EXISTS `at` Nullable(Date32)");
}

TEST(TableShape, NotNullAloneIsHarmlessAndItsEndIsNot) {
    TableShape after = orders();
    after.columns[1].is_not_null = true;
    const TablePlan plan = plan_of({{"id", "Int64"}, {"note", "Nullable(String)"}, {"price", "Nullable(String)"}});
    EXPECT_TRUE(compare(orders(), after).is_harmless());
    EXPECT_EQ(alter_statement(compare(orders(), after), plan, "db", false), "");
    const SchemaChange back = compare(after, orders());
    EXPECT_FALSE(back.is_harmless());
    EXPECT_THAT(alter_statement(back, plan, "db", false), HasSubstr("MODIFY COLUMN `note` Nullable(String)"));
}

TEST(TableShape, ACompleteStatementHasEveryColumn) {
    const TablePlan plan = plan_of({{"id", "Int64"}, {"note", "Nullable(String)"}});
    EXPECT_EQ(alter_statement({}, plan, "db", true),
              "ALTER TABLE `db`.`orders` ADD COLUMN IF NOT EXISTS `id` Int64, ADD COLUMN IF NOT EXISTS `note` "
              "Nullable(String)");
    EXPECT_THAT(alter_statement({}, plan, "db", true), Not(HasSubstr("MODIFY")));
}

TEST(TableShape, KeyAndNameCannotBeFollowed) {
    TableShape after = orders();
    after.key = {"id", "price"};
    EXPECT_THAT(obstacle(compare(orders(), after)), HasSubstr("order of a table"));
    after = orders();
    after.table = "sales";
    EXPECT_THAT(obstacle(compare(orders(), after)), HasSubstr("another name"));
    EXPECT_THAT(describe(compare(orders(), after)), HasSubstr("it was called public.orders"));
}

}  // namespace
}  // namespace glassflow::etl
