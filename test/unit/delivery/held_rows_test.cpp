#include "delivery/held_rows.h"

#include <gtest/gtest.h>

#include "event/values.h"

namespace glassflow::delivery {
namespace {

using namespace event::test;
using event::Encoding;
using event::Operation;
using event::Relation;
using event::ReplicaIdentity;
using event::Value;

Relation docs(ReplicaIdentity identity = ReplicaIdentity::default_) {
    return relation(identity,
                    {column("id", "bigint", 20, Encoding::integer), column("body", "text", 25, Encoding::text),
                     column("raw", "bytea", 17, Encoding::bytes)},
                    {0});
}

TEST(HeldRows, GapsAreWhatNobodyTells) {
    const Relation table = docs();
    const Relation full = docs(ReplicaIdentity::full);
    const Row row{.new_row = {integer(7), unchanged_toast(), null_value()}, .old_row = {}};
    EXPECT_TRUE(has_gaps(row.change(Operation::update, table)));
    EXPECT_FALSE(is_gap(row.change(Operation::update, table), 2));
    const Row told{.new_row = {integer(7), unchanged_toast(), null_value()},
                   .old_row = {integer(7), text("x"), null_value()}};
    EXPECT_FALSE(has_gaps(told.change(Operation::update, full)));
    EXPECT_TRUE(has_gaps(told.change(Operation::update, table)));  // there, only the key of the old row counts
    const Row known{.new_row = {integer(7), text("x"), null_value()}, .old_row = {}};
    EXPECT_FALSE(has_gaps(known.change(Operation::update, table)));
}

TEST(HeldRows, OneRequestPerTableFillsAllGaps) {
    const Relation table = docs();
    const Row first{.new_row = {integer(7), unchanged_toast(), unchanged_toast()}, .old_row = {}};
    const Row between{.new_row = {integer(8), text("here"), null_value()}, .old_row = {}};
    const Row second{.new_row = {integer(9), unchanged_toast(), bytes("b")}, .old_row = {}};
    const Row gone{.new_row = {integer(10), unchanged_toast(), null_value()}, .old_row = {}};
    HeldRows held;
    for (const Row* row : {&first, &between, &second, &gone})
        held.hold(row->change(Operation::update, table));
    int requests = 0;
    held.fill([&](const postgres::RowRequest& request) {
        ++requests;
        EXPECT_EQ(request.schema + "." + request.table, "public.orders");
        EXPECT_EQ(request.key.at(0).name + " " + request.key.at(0).type, "id bigint");
        EXPECT_EQ(request.columns, (std::vector<std::string>{"body", "raw"}));
        EXPECT_EQ(request.keys, (std::vector<std::vector<std::string>>{{"7"}, {"9"}, {"10"}}));
        return std::vector<postgres::CurrentRow>{{true, {"now", "\\x00ff"}}, {true, {std::nullopt, "\\x"}}, {}};
    });
    EXPECT_EQ(requests, 1);
    const auto rows = held.rows();
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].found[1].view, "now");
    EXPECT_EQ(rows[0].found[2].view, std::string_view("\0\xff", 2));
    EXPECT_EQ(rows[0].found[2].kind, Value::Kind::bytes);
    EXPECT_TRUE(rows[1].found.empty());
    EXPECT_TRUE(rows[2].found[1].is_null());
    EXPECT_FALSE(rows[2].is_gone);
    EXPECT_TRUE(rows[3].is_gone && rows[3].found[1].is_null());
}

TEST(HeldRows, WithoutAKeyNobodyIsAsked) {
    Relation table = docs();
    table.key.clear();
    const Row row{.new_row = {integer(7), unchanged_toast(), null_value()}, .old_row = {}};
    HeldRows held;
    held.hold(row.change(Operation::update, table));
    held.fill(
        [](const postgres::RowRequest&) -> std::vector<postgres::CurrentRow> { throw std::logic_error("asked"); });
    EXPECT_EQ(held.rows()[0].found[1].kind, Value::Kind::unchanged_toast);
}

// The table would tell what the mask hides.
TEST(HeldRows, MaskedColumnsAreNeverAsked) {
    Relation table = docs();
    table.columns[1].is_masked = true;
    const Row both{.new_row = {integer(7), unchanged_toast(), unchanged_toast()}, .old_row = {}};
    HeldRows held;
    held.hold(both.change(Operation::update, table));
    held.fill([](const postgres::RowRequest& request) {
        EXPECT_EQ(request.columns, (std::vector<std::string>{"raw"}));
        return std::vector<postgres::CurrentRow>{{true, {"\\x00"}}};
    });
    EXPECT_EQ(held.rows()[0].found[1].kind, Value::Kind::unchanged_toast);
    EXPECT_EQ(held.rows()[0].found[2].kind, Value::Kind::bytes);
}

TEST(HeldRows, NobodyIsAskedForMaskedColumnsAloneOrByAMaskedKey) {
    const auto refuse = [](const postgres::RowRequest&) -> std::vector<postgres::CurrentRow> {
        throw std::logic_error("asked");
    };
    const Row row{.new_row = {integer(7), unchanged_toast(), null_value()}, .old_row = {}};
    for (const std::size_t masked : {0u, 1u}) {
        Relation table = docs();
        table.columns[masked].is_masked = true;
        HeldRows held;
        held.hold(row.change(Operation::update, table));
        held.fill(refuse);
        EXPECT_EQ(held.rows()[0].found[1].kind, Value::Kind::unchanged_toast);
    }
}

// What is held outlives the frame that it came from.
TEST(HeldRows, CopiesOwnWhatTheyPointTo) {
    const Relation table = docs();
    HeldRows held;
    {
        std::string body = "a text that is longer than a small string is";
        std::vector<Value> elements{null_value(), text(body)};
        const Row row{.new_row = {integer(7), parts(elements), bytes(body)}, .old_row = {text(body)}};
        held.hold(row.change(Operation::update, table));
        body.assign(body.size(), '-');
        elements.clear();
    }
    const event::RowChange& change = held.rows()[0].change;
    EXPECT_EQ(change.new_row[1].parts()[1].view, "a text that is longer than a small string is");
    EXPECT_EQ(change.new_row[2].view, "a text that is longer than a small string is");
    EXPECT_EQ(change.old_row[0].view, "a text that is longer than a small string is");
    held.clear();
    EXPECT_TRUE(held.is_empty());
}

}  // namespace
}  // namespace glassflow::delivery
