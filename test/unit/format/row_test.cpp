#include "format/row.h"

#include <gtest/gtest.h>

#include "event/values.h"
#include "format/payload_recorder.h"

namespace glassflow::format {
namespace {

using event::test::column;
using event::test::integer;
using event::test::null_value;
using event::test::relation;
using event::test::text;
using event::test::unchanged_toast;
using Change = event::test::Row;  // glassflow::format has a Row, too
using event::Encoding;
using event::Operation;
using event::Relation;
using event::ReplicaIdentity;

Relation orders(ReplicaIdentity identity = ReplicaIdentity::default_) {
    return relation(identity,
                    {column("id", "bigint", 20, Encoding::integer), column("note", "text", 25, Encoding::text)}, {0});
}

std::vector<RecordedPayload> payloads_of(const Change& row, Operation operation, const Relation& table) {
    PayloadRecorder recorder;
    make_format(FormatName::row, {.makes_keys = true})->row(row.change(operation, table), recorder);
    return recorder.payloads;
}

TEST(RowForm, IsTheDataOfTheEnvelope) {
    const Change upsert{.new_row = {integer(7), null_value()}, .old_row = {}};
    const auto payloads = payloads_of(upsert, Operation::update, orders());
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_EQ(payloads[0].body, R"({"id":"7","note":null})");
    EXPECT_EQ(payloads[0].event_id, "0/16B3748-2");
    EXPECT_EQ(payloads[0].operation, 'u');
    EXPECT_EQ(payloads[0].key, R"({"id":"7"})");
}

TEST(RowForm, ADeleteIsTheKey) {
    const Change row{.new_row = {}, .old_row = {integer(7), text("y")}};
    for (const ReplicaIdentity identity : {ReplicaIdentity::default_, ReplicaIdentity::full}) {
        const auto payloads = payloads_of(row, Operation::delete_, orders(identity));
        EXPECT_EQ(payloads.at(0).body, R"({"id":"7"})");
        EXPECT_EQ(payloads.at(0).operation, 'd');
    }
}

TEST(RowForm, AKeyChangeIsADeleteAndAnInsert) {
    const Change row{.new_row = {integer(8), text("x")}, .old_row = {integer(7), null_value()}};
    const auto payloads = payloads_of(row, Operation::update, orders());
    ASSERT_EQ(payloads.size(), 2u);
    EXPECT_EQ(payloads[0].body, R"({"id":"7"})");
    EXPECT_EQ(payloads[0].event_id, "0/16B3748-2d");
    EXPECT_EQ(payloads[1].body, R"({"id":"8","note":"x"})");
    EXPECT_EQ(payloads[1].event_id, "0/16B3748-2");
}

TEST(RowForm, AnUnknownValueIsMissing) {
    const Change row{.new_row = {integer(7), unchanged_toast()}, .old_row = {}};
    EXPECT_EQ(payloads_of(row, Operation::update, orders()).at(0).body, R"({"id":"7"})");
}

TEST(RowForm, TruncateAndMessages) {
    const Change row;
    const Relation table = orders();
    PayloadRecorder recorder;
    const auto format = make_format(FormatName::row);
    format->truncate({.transaction = &row.transaction, .relation = &table, .id = {.lsn = {1}}, .cascade = true},
                     recorder);
    format->message({.transaction = nullptr, .lsn = {1}, .prefix = "p", .content = "c"}, recorder);
    EXPECT_EQ(recorder.payloads.at(0).body, R"({"cascade":true,"restart_identity":false})");
    EXPECT_EQ(recorder.payloads.at(0).operation, 't');
    EXPECT_EQ(recorder.payloads.at(1).body, R"({"prefix":"p","content":"c"})");
    EXPECT_EQ(recorder.payloads.at(1).operation, 'm');
}

}  // namespace
}  // namespace glassflow::format
