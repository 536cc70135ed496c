#include "format/record_key.h"

#include <gtest/gtest.h>

#include "event/values.h"
#include "format/payload_recorder.h"

namespace glassflow::format {
namespace {

using namespace event::test;
using event::Encoding;
using event::Operation;
using event::Relation;
using event::ReplicaIdentity;
using event::RowSide;

// The key's order is not that of the columns.
Relation places(ReplicaIdentity identity = ReplicaIdentity::default_) {
    return relation(identity,
                    {column("row", "integer", 23, Encoding::integer), column("note", "text", 25, Encoding::text),
                     column("shelf", "bigint", 20, Encoding::integer)},
                    {2, 0});
}

TEST(RecordKey, ColumnsInKeyOrder) {
    RecordKey key;
    const Row row{.new_row = {integer(3), text("x"), integer(7)}, .old_row = {}};
    EXPECT_EQ(key.of(row.change(Operation::insert, places()), RowSide::new_row), R"({"shelf":"7","row":3})");
    EXPECT_EQ(key.of(row.change(Operation::insert, places()), RowSide::old_row), "");
}

TEST(RecordKey, OldAndNew) {
    RecordKey key;
    const Row row{.new_row = {integer(3), text("x"), integer(7)}, .old_row = {integer(4), null_value(), integer(7)}};
    EXPECT_EQ(key.of(row.change(Operation::update, places()), RowSide::new_row), R"({"shelf":"7","row":3})");
    EXPECT_EQ(key.of(row.change(Operation::update, places()), RowSide::old_row), R"({"shelf":"7","row":4})");
}

TEST(RecordKey, NoneWithoutAKeyThatEveryChangeTells) {
    RecordKey key;
    const Row row{.new_row = {integer(3), text("x"), integer(7)}, .old_row = {}};
    EXPECT_EQ(key.of(row.change(Operation::insert, places(ReplicaIdentity::nothing)), RowSide::new_row), "");
    Relation keyless = places();
    keyless.key.clear();
    EXPECT_EQ(key.of(row.change(Operation::insert, keyless), RowSide::new_row), "");
}

TEST(RecordKey, BothHalvesOfAKeyChangeHaveTheirOwn) {
    const Row row{.new_row = {integer(3), text("x"), integer(7)}, .old_row = {integer(4), null_value(), integer(7)}};
    PayloadRecorder recorder;
    const Relation table = places();
    make_format(FormatName::envelope, {.makes_keys = true})->row(row.change(Operation::update, table), recorder);
    ASSERT_EQ(recorder.payloads.size(), 2u);
    EXPECT_EQ(recorder.payloads[0].key, R"({"shelf":"7","row":4})");
    EXPECT_EQ(recorder.payloads[0].operation, 'd');
    EXPECT_EQ(recorder.payloads[1].key, R"({"shelf":"7","row":3})");
    EXPECT_EQ(recorder.payloads[1].operation, 'c');
}

TEST(RecordKey, NotMadeUnlessAskedFor) {
    const Row row{.new_row = {integer(3), text("x"), integer(7)}, .old_row = {}};
    PayloadRecorder recorder;
    const Relation table = places();
    make_format(FormatName::envelope)->row(row.change(Operation::insert, table), recorder);
    EXPECT_EQ(recorder.payloads.at(0).key, "");
}

}  // namespace
}  // namespace glassflow::format
