#include "event/row_key.h"

#include <gtest/gtest.h>

#include <limits>

#include "event/values.h"

namespace glassflow::event {
namespace {

using namespace test;

Relation two_columns(ReplicaIdentity identity) {
    return relation(identity,
                    {column("id", "integer", 23, Encoding::integer), column("doc", "text", 25, Encoding::text)}, {0});
}

TEST(RowKey, ChangedOnlyWhenTheOldKeyDiffers) {
    const Relation orders = two_columns(ReplicaIdentity::default_);
    const Row same{.new_row = {integer(1), text("x")}, .old_row = {}};
    EXPECT_FALSE(key_changed(same.change(Operation::update, orders)));
    const Row moved{.new_row = {integer(2), text("x")}, .old_row = {integer(1), null_value()}};
    EXPECT_TRUE(key_changed(moved.change(Operation::update, orders)));
    const Row logged_but_same{.new_row = {integer(1), text("y")}, .old_row = {integer(1), null_value()}};
    EXPECT_FALSE(key_changed(logged_but_same.change(Operation::update, orders)));
}

TEST(RowKey, OtherColumnsOfAFullRowDoNotCount) {
    const Relation orders = two_columns(ReplicaIdentity::full);
    const Row row{.new_row = {integer(1), text("new")}, .old_row = {integer(1), text("old")}};
    EXPECT_FALSE(key_changed(row.change(Operation::update, orders)));
}

TEST(RowKey, UnchangedToastIsUnchangedAndTakenFromTheOldRow) {
    const Relation orders = relation(ReplicaIdentity::default_, {column("k", "text", 25, Encoding::text)}, {0});
    const Row row{.new_row = {unchanged_toast()}, .old_row = {text("long")}};
    const RowChange change = row.change(Operation::update, orders);
    EXPECT_FALSE(key_changed(change));
    ASSERT_NE(key_value(change, 0, RowSide::new_row), nullptr);
    EXPECT_EQ(key_value(change, 0, RowSide::new_row)->view, "long");
}

TEST(RowKey, OldKeyIsTheNewOneWhenNoneWasLogged) {
    const Relation orders = two_columns(ReplicaIdentity::default_);
    const Row row{.new_row = {integer(7), text("x")}, .old_row = {}};
    const RowChange update = row.change(Operation::update, orders);
    ASSERT_NE(key_value(update, 0, RowSide::old_row), nullptr);
    EXPECT_EQ(key_value(update, 0, RowSide::old_row)->integer, 7);
    const RowChange insert = row.change(Operation::insert, orders);
    EXPECT_EQ(key_value(insert, 0, RowSide::old_row), nullptr);
}

// Under NOTHING the old key is not logged even when it changed: taking the new one for it would be wrong.
TEST(RowKey, OldKeyIsUnknownUnderIdentityNothing) {
    const Relation orders = two_columns(ReplicaIdentity::nothing);
    const Row row{.new_row = {integer(7), text("x")}, .old_row = {}};
    EXPECT_EQ(key_value(row.change(Operation::update, orders), 0, RowSide::old_row), nullptr);
    EXPECT_FALSE(has_logged_key(orders));
    EXPECT_TRUE(has_logged_key(two_columns(ReplicaIdentity::index)));
}

TEST(RowKey, ComparesValuesByContent) {
    EXPECT_TRUE(same_value(null_value(), null_value()));
    EXPECT_FALSE(same_value(null_value(), integer(0)));
    EXPECT_TRUE(same_value(text("a"), text(std::string("a"))));
    EXPECT_FALSE(same_value(text("a"), bytes("a")));
    EXPECT_FALSE(same_value(of_kind(Value::Kind::infinity), of_kind(Value::Kind::negative_infinity)));
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_TRUE(same_value(real(nan), real(nan)));
    EXPECT_FALSE(same_value(real(0.0), real(-0.0)));
    EXPECT_FALSE(same_value(too_large(1), too_large(2)));
    EXPECT_FALSE(same_value(boolean(true), boolean(false)));
}

TEST(RowKey, ComparesPartsAtEveryDepth) {
    const std::vector<Value> inner{integer(1), text("a")};
    const std::string a = "a";
    const std::vector<Value> equal{integer(1), text(a)};
    const std::vector<Value> other{integer(1), text("b")};
    const std::vector<Value> longer{integer(1), text("a"), null_value()};
    const auto array_of = [](const std::vector<Value>& composite) {
        return std::vector{null_value(), parts(composite)};
    };
    const auto array = array_of(inner);
    EXPECT_TRUE(same_value(parts(array), parts(array_of(equal))));
    EXPECT_FALSE(same_value(parts(array), parts(array_of(other))));
    EXPECT_FALSE(same_value(parts(inner), parts(longer)));
    EXPECT_FALSE(same_value(parts(longer), parts(inner)));
    EXPECT_FALSE(same_value(parts(inner), text("(1,a)")));
    EXPECT_TRUE(same_value(parts({}), parts({})));
}

TEST(RowKey, AKeyOfPartsChangesWithAPart) {
    const Relation tags =
        relation(ReplicaIdentity::default_,
                 {nested_column("tags", Encoding::array, {column("", "text", 25, Encoding::text)})}, {0});
    const std::vector<Value> before{null_value(), text("a")};
    const std::vector<Value> after{null_value(), text("b")};
    const Row moved{.new_row = {parts(after)}, .old_row = {parts(before)}};
    EXPECT_TRUE(key_changed(moved.change(Operation::update, tags)));
    const Row same{.new_row = {parts(after)}, .old_row = {parts(after)}};
    EXPECT_FALSE(key_changed(same.change(Operation::update, tags)));
}

}  // namespace
}  // namespace glassflow::event
