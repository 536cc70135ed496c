#include "route/lanes.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "event/values.h"

namespace glassflow::route {
namespace {

using namespace event::test;
using event::Column;
using event::Encoding;
using event::Operation;
using event::Relation;
using event::ReplicaIdentity;
using event::Value;

Relation keyed(ReplicaIdentity identity = ReplicaIdentity::default_) {
    return relation(identity,
                    {column("id", "integer", 23, Encoding::integer), column("note", "text", 25, Encoding::text)}, {0});
}

std::uint64_t insert_lane(const Relation& table, std::vector<Value> values) {
    const Row row{.new_row = std::move(values), .old_row = {}};
    const Lanes lanes = row_lanes(row.change(Operation::insert, table), RowScope::new_row);
    EXPECT_EQ(lanes.count, 1);
    EXPECT_FALSE(lanes.is_barrier);
    return lanes.hashes[0];
}

std::uint64_t delete_lane(const Relation& table, std::vector<Value> values) {
    const Row row{.new_row = {}, .old_row = std::move(values)};
    const Lanes lanes = row_lanes(row.change(Operation::delete_, table), RowScope::old_row);
    EXPECT_EQ(lanes.count, 1);
    EXPECT_FALSE(lanes.is_barrier);
    return lanes.hashes[0];
}

TEST(Lanes, TheChangesOfARowShareALane) {
    const Relation orders = keyed();
    const std::uint64_t lane = insert_lane(orders, {integer(7), text("x")});
    EXPECT_EQ(insert_lane(orders, {integer(7), text("y")}), lane);
    EXPECT_EQ(delete_lane(orders, {integer(7), null_value()}), lane);
    const Row row{.new_row = {integer(7), text("z")}, .old_row = {}};
    EXPECT_EQ(row_lanes(row.change(Operation::update, orders), RowScope::new_row).hashes[0], lane);
    EXPECT_NE(insert_lane(orders, {integer(8), text("x")}), lane);
}

TEST(Lanes, TheWidthOfAnIntegerDoesNotMatter) {
    Relation wide = keyed();
    wide.columns[0] = column("id", "bigint", 20, Encoding::integer, true);
    EXPECT_EQ(insert_lane(wide, {integer(7), text("x")}), insert_lane(keyed(), {integer(7), text("x")}));
}

TEST(Lanes, TablesDoNotShareLanes) {
    Relation other = keyed();
    other.table = "order";
    other.schema = "publics";
    EXPECT_NE(insert_lane(other, {integer(7), text("x")}), insert_lane(keyed(), {integer(7), text("x")}));
}

TEST(Lanes, AnUpdateOfTheKeyInOnePayloadIsInTwoLanes) {
    const Relation orders = keyed();
    const Row row{.new_row = {integer(8), text("x")}, .old_row = {integer(7), null_value()}};
    const auto change = row.change(Operation::update, orders);
    const Lanes both = row_lanes(change, RowScope::both);
    ASSERT_EQ(both.count, 2);
    EXPECT_EQ(both.hashes[0], insert_lane(orders, {integer(7), text("")}));
    EXPECT_EQ(both.hashes[1], insert_lane(orders, {integer(8), text("")}));
    EXPECT_EQ(row_lanes(change, RowScope::old_row).hashes[0], both.hashes[0]);
    EXPECT_EQ(row_lanes(change, RowScope::new_row).hashes[0], both.hashes[1]);
}

TEST(Lanes, ALaneIsNotTakenTwice) {
    const Relation orders = keyed();
    const Row row{.new_row = {integer(7), text("x")}, .old_row = {integer(7), null_value()}};
    EXPECT_EQ(row_lanes(row.change(Operation::update, orders), RowScope::both).count, 1);
}

TEST(Lanes, ATableWithoutALoggedKeyIsOneLane) {
    for (const ReplicaIdentity identity :
         {ReplicaIdentity::default_, ReplicaIdentity::full, ReplicaIdentity::nothing}) {
        Relation orders = keyed(identity);
        if (identity != ReplicaIdentity::nothing)
            orders.key.clear();
        const std::uint64_t lane = insert_lane(orders, {integer(1), text("x")});
        EXPECT_EQ(insert_lane(orders, {integer(2), text("y")}), lane);
        const Row unknown{.new_row = {}, .old_row = {}};
        const Lanes deleted = row_lanes(unknown.change(Operation::delete_, orders), RowScope::old_row);
        EXPECT_EQ(deleted.hashes[0], lane);
        EXPECT_FALSE(deleted.is_barrier);
    }
}

TEST(Lanes, AKeyInToastIsTakenFromTheOldRow) {
    const Relation documents = relation(ReplicaIdentity::default_, {column("k", "text", 25, Encoding::text)}, {0});
    const Row row{.new_row = {unchanged_toast()}, .old_row = {text("long")}};
    EXPECT_EQ(row_lanes(row.change(Operation::update, documents), RowScope::new_row).hashes[0],
              insert_lane(documents, {text("long")}));
}

// It should not happen; when it does, order is worth more than concurrency.
TEST(Lanes, AnUnknownKeyIsABarrier) {
    const Relation documents = relation(ReplicaIdentity::default_, {column("k", "text", 25, Encoding::text)}, {0});
    const Row row{.new_row = {unchanged_toast()}, .old_row = {}};
    EXPECT_TRUE(row_lanes(row.change(Operation::update, documents), RowScope::new_row).is_barrier);
    const Row nothing{.new_row = {}, .old_row = {}};
    EXPECT_TRUE(row_lanes(nothing.change(Operation::delete_, documents), RowScope::old_row).is_barrier);
}

TEST(Lanes, KindsAndBoundariesAreTold) {
    const Relation pairs =
        relation(ReplicaIdentity::default_,
                 {column("a", "text", 25, Encoding::text), column("b", "text", 25, Encoding::text)}, {0, 1});
    std::set<std::uint64_t> lanes;
    lanes.insert(insert_lane(pairs, {text("ab"), text("c")}));
    lanes.insert(insert_lane(pairs, {text("a"), text("bc")}));
    lanes.insert(insert_lane(pairs, {text("abc"), text("")}));
    // Told apart by nothing but their length: what stands between two texts in the hash is in these.
    lanes.insert(insert_lane(pairs, {text("a\x08"
                                          "b"),
                                     text("c")}));
    lanes.insert(insert_lane(pairs, {text("a"), text("b\x08"
                                                     "c")}));
    lanes.insert(insert_lane(pairs, {text("abc"), null_value()}));
    lanes.insert(insert_lane(pairs, {bytes("abc"), null_value()}));
    lanes.insert(insert_lane(pairs, {integer(0), null_value()}));
    lanes.insert(insert_lane(pairs, {real(0), null_value()}));
    lanes.insert(insert_lane(pairs, {boolean(false), null_value()}));
    lanes.insert(insert_lane(pairs, {boolean(true), null_value()}));
    lanes.insert(insert_lane(pairs, {of_kind(Value::Kind::infinity), null_value()}));
    lanes.insert(insert_lane(pairs, {of_kind(Value::Kind::negative_infinity), null_value()}));
    EXPECT_EQ(lanes.size(), 13u);
}

TEST(Lanes, FloatsThatPostgresHoldsEqualShareALane) {
    const Relation points = relation(ReplicaIdentity::default_, {column("x", "real", 700, Encoding::float4)}, {0});
    EXPECT_EQ(insert_lane(points, {real(0.0)}), insert_lane(points, {real(-0.0)}));
    EXPECT_EQ(insert_lane(points, {real(std::numeric_limits<double>::quiet_NaN())}),
              insert_lane(points, {real(-std::numeric_limits<double>::quiet_NaN())}));
}

std::uint64_t key_lane(const Column& key, const Value& value) {
    return insert_lane(relation(ReplicaIdentity::default_, {key}, {0}), {value});
}

// Of one column a decimal may come as a number or as its text, with more or fewer zeros at its end.
TEST(Lanes, DecimalsThatPostgresHoldsEqualShareALane) {
    const Column scaled = decimal_column("n", 2);
    const Column whole = decimal_column("n", 0);
    const std::uint64_t lane = key_lane(scaled, integer(1250));
    for (const char* equal : {"12.5", "12.50", "12.500000", "012.5"})
        EXPECT_EQ(key_lane(scaled, text(equal)), lane) << equal;
    std::set<std::uint64_t> others{lane};
    for (const char* other : {"-12.5", "125", "1250", "1.25", "12.05", "NaN", "Infinity", "-Infinity", "0", "0.125"})
        others.insert(key_lane(scaled, text(other)));
    EXPECT_EQ(others.size(), 11u);
    EXPECT_EQ(key_lane(scaled, integer(-5)), key_lane(scaled, text("-0.05")));
    EXPECT_EQ(key_lane(scaled, integer(0)), key_lane(scaled, text("-0.000")));
    EXPECT_EQ(key_lane(whole, integer(0)), key_lane(whole, text("0.0")));
    EXPECT_EQ(key_lane(whole, integer(1000)), key_lane(whole, text("1000.0")));
    EXPECT_EQ(key_lane(whole, integer(std::numeric_limits<std::int64_t>::min())),
              key_lane(whole, text("-9223372036854775808")));
    EXPECT_EQ(key_lane(decimal_column("n", 18), integer(std::numeric_limits<std::int64_t>::min())),
              key_lane(scaled, text("-9.223372036854775808")));
    EXPECT_EQ(key_lane(decimal_column("n", 18), integer(1)), key_lane(scaled, text("0.000000000000000001")));
}

TEST(Lanes, IntervalsThatPostgresHoldsEqualShareALane) {
    const Column key = column("i", "interval", 1186, Encoding::interval);
    const auto lane = [&](std::int64_t months, std::int64_t days, std::int64_t us) {
        return key_lane(key, parts({integer(months), integer(days), integer(us)}));
    };
    constexpr std::int64_t day_us = 86'400'000'000;
    EXPECT_EQ(lane(1, 0, 0), lane(0, 30, 0));
    EXPECT_EQ(lane(1, 0, 0), lane(0, 0, 30 * day_us));
    EXPECT_EQ(lane(0, 1, -1), lane(0, 0, day_us - 1));
    EXPECT_EQ(lane(0, -1, 1), lane(0, 0, 1 - day_us));
    EXPECT_NE(lane(0, 0, 1), lane(0, 0, -1));
    EXPECT_NE(lane(1, 0, 0), lane(0, 31, 0));
    EXPECT_NE(lane(0, 0, 0), lane(0, 0, day_us));
    EXPECT_NO_FATAL_FAILURE(lane(-2147483648LL, -2147483648LL, std::numeric_limits<std::int64_t>::min()));
    EXPECT_NE(key_lane(key, of_kind(Value::Kind::infinity)), key_lane(key, of_kind(Value::Kind::negative_infinity)));
}

TEST(Lanes, PartsAreHashedByTheirOwnTypes) {
    const Column prices = nested_column("prices", Encoding::array, {decimal_column("", 2)});
    const Column pair =
        nested_column("pair", Encoding::composite, {column("a", "integer", 23, Encoding::integer), prices});
    const std::vector<Value> as_numbers{null_value(), integer(150), null_value()};
    const std::vector<Value> as_text{null_value(), text("1.5"), null_value()};
    const std::vector<Value> others{null_value(), integer(151), null_value()};
    const std::vector<Value> shape{integer(2), integer(0)};
    const std::vector<Value> shifted{parts(shape), integer(150), null_value()};
    EXPECT_EQ(key_lane(prices, parts(as_numbers)), key_lane(prices, parts(as_text)));
    EXPECT_NE(key_lane(prices, parts(as_numbers)), key_lane(prices, parts(others)));
    EXPECT_NE(key_lane(prices, parts(as_numbers)), key_lane(prices, parts(shifted)));
    EXPECT_EQ(key_lane(pair, parts({integer(1), parts(as_numbers)})),
              key_lane(pair, parts({integer(1), parts(as_text)})));
    EXPECT_NE(key_lane(pair, parts({integer(1), parts(as_numbers)})),
              key_lane(pair, parts({integer(2), parts(as_numbers)})));
    EXPECT_NE(key_lane(pair, parts({integer(1), null_value()})), key_lane(pair, parts({null_value(), integer(1)})));

    const Column ranges = nested_column("ranges", Encoding::multirange, {decimal_column("", 2)});
    const Column range = nested_column("range", Encoding::range, {decimal_column("", 2)});
    const std::vector<Value> closed{integer(6), integer(150), integer(250)};
    const std::vector<Value> same{integer(6), text("1.5"), text("2.5")};
    const std::vector<Value> open{integer(2), integer(150), integer(250)};
    EXPECT_EQ(key_lane(range, parts(closed)), key_lane(range, parts(same)));
    EXPECT_NE(key_lane(range, parts(closed)), key_lane(range, parts(open)));
    EXPECT_EQ(key_lane(ranges, parts({parts(closed)})), key_lane(ranges, parts({parts(same)})));
    EXPECT_NE(key_lane(ranges, parts({parts(closed)})), key_lane(ranges, parts({parts(closed), parts(open)})));

    const Column moment = column("t", "time with time zone", 1266, Encoding::timetz);
    EXPECT_NE(key_lane(moment, parts({integer(1), integer(0)})), key_lane(moment, parts({integer(0), integer(1)})));
}

// 100 000 keys that differ little: no collision, and each bit is set about half of the time.
TEST(Lanes, HashesAreSpread) {
    const Relation orders = keyed();
    std::set<std::uint64_t> lanes;
    std::array<int, 64> ones{};
    constexpr int keys = 100'000;
    for (int key = 0; key < keys; ++key) {
        const std::uint64_t lane = insert_lane(orders, {integer(key), null_value()});
        lanes.insert(lane);
        for (int bit = 0; bit < 64; ++bit)
            ones[static_cast<std::size_t>(bit)] += static_cast<int>(lane >> bit & 1);
    }
    EXPECT_EQ(lanes.size(), static_cast<std::size_t>(keys));
    for (const int count : ones)
        EXPECT_NEAR(count, keys / 2, keys / 50);
}

TEST(Lanes, ATruncateIsABarrier) {
    const Relation orders = keyed();
    const Lanes lanes = truncate_lanes({.transaction = nullptr, .relation = &orders, .id = {}});
    EXPECT_TRUE(lanes.is_barrier);
    EXPECT_EQ(lanes.count, 1);
}

TEST(Lanes, MessagesAreOrderedByPrefix) {
    const auto lane = [](std::string_view prefix, std::string_view content) {
        const Lanes lanes = message_lanes({.transaction = nullptr, .lsn = {}, .prefix = prefix, .content = content});
        EXPECT_EQ(lanes.count, 1);
        EXPECT_FALSE(lanes.is_barrier);
        return lanes.hashes[0];
    };
    EXPECT_EQ(lane("a", "1"), lane("a", "2"));
    EXPECT_NE(lane("a", "1"), lane("b", "1"));
}

}  // namespace
}  // namespace glassflow::route
