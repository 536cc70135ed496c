#include "format/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>

#include <limits>

#include "event/values.h"
#include "format/payload_recorder.h"

namespace glassflow::format {
namespace {

using namespace event::test;
using event::Encoding;
using event::Operation;
using event::Relation;
using event::ReplicaIdentity;
using event::Value;

constexpr const char* place =
    R"("_schema":"public","_table":"orders","_commit_ts":"2024-02-29T12:34:56.123456Z","_xid":741)";

Relation orders(ReplicaIdentity identity = ReplicaIdentity::default_) {
    return relation(identity,
                    {column("id", "bigint", 20, Encoding::integer), column("note", "text", 25, Encoding::text)}, {0});
}

std::vector<RecordedPayload> payloads_of(const Row& row, Operation operation, const Relation& table) {
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    make_format(FormatName::envelope)->row(row.change(operation, table), recorder);
    for (const RecordedPayload& payload : payloads) {
        rapidjson::Document document;
        document.Parse(payload.body.c_str());
        EXPECT_FALSE(document.HasParseError()) << payload.body;
        EXPECT_STREQ(document["_event_id"].GetString(), payload.event_id.c_str());
    }
    return payloads;
}

std::string only_body(const Row& row, Operation operation, const Relation& table) {
    const auto payloads = payloads_of(row, operation, table);
    EXPECT_EQ(payloads.size(), 1u);
    return payloads.at(0).body;
}

std::string body(const char* op, int is_deleted, const std::string& rest, const char* id_suffix = "") {
    return std::string(R"({"_op":")") + op + R"(","_event_id":"0/16B3748-2)" + id_suffix +
           R"(","_version":"23803720","_is_deleted":)" + std::to_string(is_deleted) + "," + place + "," + rest + "}";
}

TEST(Envelope, Insert) {
    const Row row{.new_row = {integer(7), text("x")}, .old_row = {}};
    const auto payloads = payloads_of(row, Operation::insert, orders());
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_EQ(payloads[0].body, body("c", 0, R"("data":{"id":"7","note":"x"})"));
    EXPECT_EQ(payloads[0].scope, KeyScope::new_key);
}

TEST(Envelope, Update) {
    const Row row{.new_row = {integer(7), null_value()}, .old_row = {}};
    const auto payloads = payloads_of(row, Operation::update, orders());
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_EQ(payloads[0].body, body("u", 0, R"("data":{"id":"7","note":null})"));
    EXPECT_EQ(payloads[0].scope, KeyScope::new_key);
}

TEST(Envelope, DeleteTellsTheKey) {
    const Row row{.new_row = {}, .old_row = {integer(7), null_value()}};
    const auto payloads = payloads_of(row, Operation::delete_, orders());
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_EQ(payloads[0].body, body("d", 1, R"("data":{"id":"7"})"));
    EXPECT_EQ(payloads[0].scope, KeyScope::old_key);
}

TEST(Envelope, FullIdentityGivesBefore) {
    const Relation table = orders(ReplicaIdentity::full);
    const Row update{.new_row = {integer(7), text("y")}, .old_row = {integer(7), null_value()}};
    EXPECT_EQ(only_body(update, Operation::update, table),
              body("u", 0, R"("data":{"id":"7","note":"y"},"before":{"id":"7","note":null})"));
    const Row gone{.new_row = {}, .old_row = {integer(7), text("y")}};
    EXPECT_EQ(only_body(gone, Operation::delete_, table),
              body("d", 1, R"("data":{"id":"7"},"before":{"id":"7","note":"y"})"));
}

TEST(Envelope, AKeyChangeIsADeleteAndAnInsert) {
    const Row row{.new_row = {integer(8), text("x")}, .old_row = {integer(7), null_value()}};
    const auto payloads = payloads_of(row, Operation::update, orders());
    ASSERT_EQ(payloads.size(), 2u);
    EXPECT_EQ(payloads[0].body, body("d", 1, R"("data":{"id":"7"})", "d"));
    EXPECT_EQ(payloads[0].event_id, "0/16B3748-2d");
    EXPECT_EQ(payloads[0].scope, KeyScope::old_key);
    EXPECT_EQ(payloads[1].body, body("c", 0, R"("data":{"id":"8","note":"x"})"));
    EXPECT_EQ(payloads[1].event_id, "0/16B3748-2");
    EXPECT_EQ(payloads[1].scope, KeyScope::new_key);
}

TEST(Envelope, AKeyChangeUnderFullIdentityTellsTheOldRowOnce) {
    const Row row{.new_row = {integer(8), text("x")}, .old_row = {integer(7), text("w")}};
    const auto payloads = payloads_of(row, Operation::update, orders(ReplicaIdentity::full));
    ASSERT_EQ(payloads.size(), 2u);
    EXPECT_EQ(payloads[0].body, body("d", 1, R"("data":{"id":"7"},"before":{"id":"7","note":"w"})", "d"));
    EXPECT_EQ(payloads[1].body, body("c", 0, R"("data":{"id":"8","note":"x"})"));
}

TEST(Envelope, UnchangedToastIsLeftOutOrTakenFromTheOldRow) {
    const Row unknown{.new_row = {integer(7), unchanged_toast()}, .old_row = {}};
    EXPECT_EQ(only_body(unknown, Operation::update, orders()), body("u", 0, R"("data":{"id":"7"})"));
    const Row full{.new_row = {integer(7), unchanged_toast()}, .old_row = {integer(7), text("long")}};
    EXPECT_EQ(only_body(full, Operation::update, orders(ReplicaIdentity::full)),
              body("u", 0, R"("data":{"id":"7","note":"long"},"before":{"id":"7","note":"long"})"));
    // In a key-only old row a null of another column means "not logged", never NULL.
    const Row key_only{.new_row = {integer(8), unchanged_toast()}, .old_row = {integer(7), null_value()}};
    EXPECT_EQ(payloads_of(key_only, Operation::update, orders())[1].body, body("c", 0, R"("data":{"id":"8"})"));
}

TEST(Envelope, AKeyInToastIsTakenFromTheOldRow) {
    const Relation table = relation(ReplicaIdentity::default_, {column("k", "text", 25, Encoding::text)}, {0});
    const Row row{.new_row = {unchanged_toast()}, .old_row = {text("long key")}};
    EXPECT_EQ(only_body(row, Operation::update, table), body("u", 0, R"("data":{"k":"long key"})"));
}

TEST(Envelope, WithoutAKeyAllThatIsKnownIsTold) {
    Relation table = orders(ReplicaIdentity::full);
    table.key.clear();
    table.columns[0].is_key = false;
    const Row gone{.new_row = {}, .old_row = {integer(7), text("y")}};
    EXPECT_EQ(only_body(gone, Operation::delete_, table),
              body("d", 1, R"("data":{"id":"7","note":"y"},"before":{"id":"7","note":"y"})"));
    const Row unknown{.new_row = {}, .old_row = {}};
    EXPECT_EQ(only_body(unknown, Operation::delete_, orders(ReplicaIdentity::nothing)), body("d", 1, R"("data":{})"));
}

std::string data_of(const Value& value, event::Column column) {
    const Row row{.new_row = {value}, .old_row = {}};
    const std::string payload = only_body(row, Operation::insert, relation(ReplicaIdentity::nothing, {column}, {}));
    const std::size_t start = payload.find(R"("data":{"c":)") + 12;
    return payload.substr(start, payload.size() - start - 2);
}

TEST(Envelope, IntegersThatADoubleCannotHoldAreStrings) {
    EXPECT_EQ(data_of(integer(-32768), column("c", "smallint", 21, Encoding::integer)), "-32768");
    EXPECT_EQ(data_of(integer(2147483647), column("c", "integer", 23, Encoding::integer)), "2147483647");
    EXPECT_EQ(data_of(integer(4294967295), column("c", "oid", 26, Encoding::integer)), "4294967295");
    EXPECT_EQ(data_of(integer(9223372036854775807), column("c", "bigint", 20, Encoding::integer)),
              R"("9223372036854775807")");
    // The type of a column does not change with its values.
    EXPECT_EQ(data_of(integer(1), column("c", "bigint", 20, Encoding::integer)), R"("1")");
    EXPECT_EQ(data_of(integer(1), column("c", "public.positive", 16999, Encoding::integer)), R"("1")");
}

TEST(Envelope, FloatsAreNumbersOrTheirName) {
    const auto float4 = column("c", "real", 700, Encoding::float4);
    const auto float8 = column("c", "double precision", 701, Encoding::float8);
    EXPECT_EQ(data_of(real(0.1f), float4), "0.1");
    EXPECT_EQ(data_of(real(1e300), float8), "1e+300");
    EXPECT_EQ(data_of(real(-0.0), float8), "-0");
    EXPECT_EQ(data_of(real(std::numeric_limits<double>::quiet_NaN()), float8), R"("NaN")");
    EXPECT_EQ(data_of(real(-std::numeric_limits<double>::infinity()), float4), R"("-Infinity")");
}

TEST(Envelope, OtherTypes) {
    EXPECT_EQ(data_of(boolean(true), column("c", "boolean", 16, Encoding::boolean)), "true");
    EXPECT_EQ(data_of(text("12.3400"), column("c", "numeric(10,4)", 1700, Encoding::text)), R"("12.3400")");
    EXPECT_EQ(data_of(text("NaN"), column("c", "numeric", 1700, Encoding::text)), R"("NaN")");
    EXPECT_EQ(data_of(text("{\"k\": 1}"), column("c", "jsonb", 3802, Encoding::text)), R"("{\"k\": 1}")");
    EXPECT_EQ(data_of(bytes("\x01\xff"), column("c", "bytea", 17, Encoding::bytes)), R"("Af8=")");
    EXPECT_EQ(data_of(bytes("0123456789abcdef"), column("c", "uuid", 2950, Encoding::uuid)),
              R"("30313233-3435-3637-3839-616263646566")");
    EXPECT_EQ(data_of(text(""), column("c", "text", 25, Encoding::text)), R"("")");
}

TEST(Envelope, NumbersThatAreNoneInJsonAreStrings) {
    EXPECT_EQ(data_of(integer(123'400), decimal_column("c", 4)), R"("12.3400")");
    EXPECT_EQ(data_of(integer(7), column("c", "xid8", 5069, Encoding::decimal)), R"("7")");
    EXPECT_EQ(data_of(integer(7), column("c", "xid", 28, Encoding::integer)), R"("7")");
    EXPECT_EQ(data_of(integer(7), column("c", "cid", 29, Encoding::integer)), R"("7")");
}

TEST(Envelope, NestedValuesAreTheirText) {
    const auto pair =
        nested_column("c", Encoding::composite,
                      {column("a", "integer", 23, Encoding::integer), column("b", "text", 25, Encoding::text)});
    const std::vector<Value> fields{integer(1), text("a \"b\"")};
    EXPECT_EQ(data_of(parts(fields), pair), R"x("(1,\"a \"\"b\"\"\")")x");
    EXPECT_EQ(data_of(too_large(7), pair), R"({"_too_large_bytes":7})");
    const std::vector<Value> interval{integer(1), integer(0), integer(0)};
    EXPECT_EQ(data_of(parts(interval), column("c", "interval", 1186, Encoding::interval)), R"("1 mon")");
    EXPECT_EQ(data_of(text(R"({"k": 1})"), column("c", "jsonb", 3802, Encoding::json)), R"("{\"k\": 1}")");
    EXPECT_EQ(data_of(bytes("\x18\x0a\x01\x02\x03"), column("c", "inet", 869, Encoding::inet)), R"("10.1.2.3/24")");
}

// One field that is not UTF-8 makes the whole text one.
TEST(Envelope, NestedTextThatIsNotUtf8IsMarked) {
    const auto word = column("a", "text", 25, Encoding::text);
    const auto pair = nested_column("c", Encoding::composite, {word, word});
    const std::vector<Value> mixed{text("a"), bytes("\xff")};
    EXPECT_EQ(data_of(parts(mixed), pair), R"({"_not_utf8_base64":"KGEs/yk="})");
    EXPECT_EQ(data_of(bytes("{\xff}"), pair), R"({"_not_utf8_base64":"e/99"})");
    for (const Encoding encoding : {Encoding::decimal, Encoding::json, Encoding::range, Encoding::interval})
        EXPECT_EQ(data_of(bytes("\xff"), column("c", "t", 1, encoding)), R"({"_not_utf8_base64":"/w=="})");
}

TEST(Envelope, DatesAndTimestamps) {
    const auto date = column("c", "date", 1082, Encoding::date);
    const auto timestamp = column("c", "timestamp without time zone", 1114, Encoding::timestamp);
    const auto timestamptz = column("c", "timestamp with time zone", 1184, Encoding::timestamptz);
    EXPECT_EQ(data_of(integer(8825), date), R"("2024-02-29")");
    EXPECT_EQ(data_of(integer(762'525'296'123'456), timestamp), R"("2024-02-29T12:34:56.123456")");
    EXPECT_EQ(data_of(integer(762'525'296'000'000), timestamptz), R"("2024-02-29T12:34:56.000000Z")");
    EXPECT_EQ(data_of(of_kind(Value::Kind::infinity), timestamptz), R"("infinity")");
    EXPECT_EQ(data_of(of_kind(Value::Kind::negative_infinity), date), R"("-infinity")");
    EXPECT_EQ(data_of(integer(-2451545), date), R"("4714-11-24 BC")");
    EXPECT_EQ(data_of(integer(9223371331199999999), timestamptz), R"("294276-12-31 23:59:59.999999+00")");
}

TEST(Envelope, WhatJsonCannotSayIsMarked) {
    const auto plain = column("c", "text", 25, Encoding::text);
    EXPECT_EQ(data_of(too_large(1073741825), plain), R"({"_too_large_bytes":1073741825})");
    EXPECT_EQ(data_of(bytes("caf\xe9"), plain), R"({"_not_utf8_base64":"Y2Fm6Q=="})");
}

TEST(Envelope, TextIsEscaped) {
    const auto plain = column("c", "text", 25, Encoding::text);
    EXPECT_EQ(data_of(text("\"\\/\b\f\n\r\t\x01\x1f"), plain), R"("\"\\/\b\f\n\r\t\u0001\u001F")");
    EXPECT_EQ(data_of(text("\u00e9\u20ac\U0001F600\x7f"), plain), "\"\u00e9\u20ac\U0001F600\x7f\"");
}

TEST(Envelope, NamesAreEscapedToo) {
    Relation table = relation(ReplicaIdentity::nothing, {column("a\"b\n", "text", 25, Encoding::text)}, {});
    table.schema = "s\\";
    const Row row{.new_row = {text("x")}, .old_row = {}};
    const std::string payload = only_body(row, Operation::insert, table);
    EXPECT_THAT(payload, testing::HasSubstr(R"("_schema":"s\\")"));
    EXPECT_THAT(payload, testing::HasSubstr(R"("data":{"a\"b\n":"x"})"));
}

TEST(Envelope, Truncate) {
    const Relation table = orders();
    const Row row;
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    make_format(FormatName::envelope)
        ->truncate({.transaction = &row.transaction,
                    .relation = &table,
                    .id = {.lsn = {0x16B3748}, .index = 2},
                    .cascade = true},
                   recorder);
    ASSERT_EQ(payloads.size(), 1u);
    EXPECT_EQ(payloads[0].body, body("t", 1, R"("data":{"cascade":true,"restart_identity":false})"));
    EXPECT_EQ(payloads[0].scope, KeyScope::whole_table);
}

TEST(Envelope, Messages) {
    const Row row;
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    const auto envelope = make_format(FormatName::envelope);
    envelope->message({.transaction = nullptr, .lsn = {0x16B3748}, .prefix = "audit", .content = "h\u00e9llo"},
                      recorder);
    envelope->message({.transaction = &row.transaction, .lsn = {0x16B3748}, .prefix = "p", .content = "\xff"},
                      recorder);
    envelope->message(
        {.transaction = nullptr, .lsn = {1}, .prefix = "p", .content = "", .omitted_content_bytes = 1'073'741'825},
        recorder);
    ASSERT_EQ(payloads.size(), 3u);
    EXPECT_THAT(payloads[2].body,
                testing::HasSubstr(R"("data":{"prefix":"p","content":{"_too_large_bytes":1073741825}}})"));
    EXPECT_EQ(payloads[0].body,
              "{\"_op\":\"m\",\"_event_id\":\"0/16B3748-0m\",\"_version\":\"23803720\",\"_is_deleted\":0,"
              "\"data\":{\"prefix\":\"audit\",\"content\":\"h\u00e9llo\"}}");
    EXPECT_EQ(payloads[1].body, R"({"_op":"m","_event_id":"0/16B3748-0m","_version":"23803720","_is_deleted":0,)"
                                R"("_commit_ts":"2024-02-29T12:34:56.123456Z","_xid":741,)"
                                R"("data":{"prefix":"p","content":"/w==","content_encoding":"base64"}})");
    EXPECT_EQ(payloads[0].scope, KeyScope::message);
}

// A message has the LSN of its end, where the record of a row may begin.
TEST(Envelope, AMessageIsNotTheRowThatFollowsIt) {
    const Row row{.new_row = {integer(1), text("x")}, .old_row = {}};
    const Relation table = orders();
    auto change = row.change(Operation::insert, table);
    change.id = {.lsn = {0x16B3748}, .index = 0};
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    const auto envelope = make_format(FormatName::envelope);
    envelope->message({.transaction = &row.transaction, .lsn = {0x16B3748}, .prefix = "p", .content = ""}, recorder);
    envelope->row(change, recorder);
    EXPECT_EQ(payloads[0].event_id, "0/16B3748-0m");
    EXPECT_EQ(payloads[1].event_id, "0/16B3748-0");
}

// The buffer between two payloads is kept, what was in it is not.
TEST(Envelope, PayloadsDoNotLeakIntoEachOther) {
    const auto envelope = make_format(FormatName::envelope);
    const Relation table = orders();
    const std::string large(3 << 20, 'x');
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    for (const std::string_view note : {std::string_view("a"), std::string_view(large), std::string_view("b")}) {
        const Row row{.new_row = {integer(1), text(note)}, .old_row = {}};
        envelope->row(row.change(Operation::insert, table), recorder);
    }
    EXPECT_EQ(payloads[0].body, body("c", 0, R"("data":{"id":"1","note":"a"})"));
    EXPECT_EQ(payloads[1].body, body("c", 0, R"("data":{"id":"1","note":")" + large + R"("})"));
    EXPECT_EQ(payloads[2].body, body("c", 0, R"("data":{"id":"1","note":"b"})"));
}

}  // namespace
}  // namespace glassflow::format
