#include "format/wal2json.h"

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

Relation orders(ReplicaIdentity identity = ReplicaIdentity::default_) {
    return relation(identity,
                    {column("id", "integer", 23, Encoding::integer), column("note", "text", 25, Encoding::text)}, {0});
}

RecordedPayload payload_of(const Row& row, Operation operation, const Relation& table) {
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    make_format(FormatName::wal2json)->row(row.change(operation, table), recorder);
    EXPECT_EQ(payloads.size(), 1u);
    rapidjson::Document document;
    document.Parse(payloads.at(0).body.c_str());
    EXPECT_FALSE(document.HasParseError()) << payloads.at(0).body;
    EXPECT_EQ(payloads[0].event_id, "0/16B3748-2");
    return payloads[0];
}

constexpr const char* id_7 = R"({"name":"id","type":"integer","value":7})";

TEST(Wal2json, Insert) {
    const Row row{.new_row = {integer(7), null_value()}, .old_row = {}};
    const RecordedPayload payload = payload_of(row, Operation::insert, orders());
    EXPECT_EQ(payload.body, std::string(R"({"action":"I","schema":"public","table":"orders","columns":[)") + id_7 +
                                R"(,{"name":"note","type":"text","value":null}]})");
    EXPECT_EQ(payload.scope, KeyScope::new_key);
}

TEST(Wal2json, AnUpdateTakesItsIdentityFromTheNewRow) {
    const Row row{.new_row = {integer(7), unchanged_toast()}, .old_row = {}};
    const RecordedPayload payload = payload_of(row, Operation::update, orders());
    EXPECT_EQ(payload.body, std::string(R"({"action":"U","schema":"public","table":"orders","columns":[)") + id_7 +
                                R"(],"identity":[)" + id_7 + "]}");
    EXPECT_EQ(payload.scope, KeyScope::new_key);
}

TEST(Wal2json, AKeyChangeIsOneUpdate) {
    const Row row{.new_row = {integer(8), unchanged_toast()}, .old_row = {integer(7), null_value()}};
    const RecordedPayload payload = payload_of(row, Operation::update, orders());
    EXPECT_EQ(payload.body, std::string(R"({"action":"U","schema":"public","table":"orders","columns":[)") +
                                R"({"name":"id","type":"integer","value":8}],"identity":[)" + id_7 + "]}");
    EXPECT_EQ(payload.scope, KeyScope::old_and_new_key);
}

TEST(Wal2json, FullIdentityIsTheWholeOldRow) {
    const Row row{.new_row = {}, .old_row = {integer(7), null_value()}};
    const RecordedPayload payload = payload_of(row, Operation::delete_, orders(ReplicaIdentity::full));
    EXPECT_EQ(payload.body, std::string(R"({"action":"D","schema":"public","table":"orders","identity":[)") + id_7 +
                                R"(,{"name":"note","type":"text","value":null}]})");
    EXPECT_EQ(payload.scope, KeyScope::old_key);
    const RecordedPayload by_key = payload_of(row, Operation::delete_, orders());
    EXPECT_EQ(by_key.body,
              std::string(R"({"action":"D","schema":"public","table":"orders","identity":[)") + id_7 + "]}");
}

// A key (b, a): wal2json prints identities in column order.
TEST(Wal2json, IdentityIsInColumnOrder) {
    const Relation table = relation(
        ReplicaIdentity::index,
        {column("a", "integer", 23, Encoding::integer), column("b", "integer", 23, Encoding::integer)}, {1, 0});
    const Row row{.new_row = {}, .old_row = {integer(1), integer(2)}};
    EXPECT_EQ(payload_of(row, Operation::delete_, table).body,
              R"({"action":"D","schema":"public","table":"orders","identity":[{"name":"a","type":"integer","value":1},)"
              R"({"name":"b","type":"integer","value":2}]})");
}

// wal2json drops these changes; here they come without an identity, since none is known.
TEST(Wal2json, ChangesWithoutIdentityAreSent) {
    const Row row{.new_row = {integer(7), text("x")}, .old_row = {}};
    EXPECT_EQ(payload_of(row, Operation::update, orders(ReplicaIdentity::nothing)).body,
              std::string(R"({"action":"U","schema":"public","table":"orders","columns":[)") + id_7 +
                  R"(,{"name":"note","type":"text","value":"x"}],"identity":[]})");
    const Row unknown;
    EXPECT_EQ(payload_of(unknown, Operation::delete_, orders(ReplicaIdentity::nothing)).body,
              R"({"action":"D","schema":"public","table":"orders","identity":[]})");
}

std::string field_of(const Value& value, const event::Column& column) {
    const Row row{.new_row = {value}, .old_row = {}};
    const std::string body = payload_of(row, Operation::insert, relation(ReplicaIdentity::nothing, {column}, {})).body;
    const std::string start = R"("columns":[{"name":"c",)";
    const std::size_t found = body.find(start) + start.size();
    return body.substr(found, body.size() - found - 3);
}

TEST(Wal2json, NumbersAndBooleans) {
    EXPECT_EQ(field_of(integer(9223372036854775807), column("c", "bigint", 20, Encoding::integer)),
              R"("type":"bigint","value":9223372036854775807)");
    EXPECT_EQ(field_of(integer(4294967295), column("c", "oid", 26, Encoding::integer)),
              R"("type":"oid","value":4294967295)");
    EXPECT_EQ(field_of(text("12.50"), column("c", "numeric(10,2)", 1700, Encoding::text)),
              R"j("type":"numeric(10,2)","value":12.50)j");
    EXPECT_EQ(field_of(text("NaN"), column("c", "numeric", 1700, Encoding::text)), R"("type":"numeric","value":null)");
    EXPECT_EQ(field_of(text("-Infinity"), column("c", "numeric", 1700, Encoding::text)),
              R"("type":"numeric","value":null)");
    EXPECT_EQ(field_of(real(0.1f), column("c", "real", 700, Encoding::float4)), R"("type":"real","value":0.1)");
    EXPECT_EQ(field_of(real(1e15), column("c", "double precision", 701, Encoding::float8)),
              R"("type":"double precision","value":1e+15)");
    EXPECT_EQ(
        field_of(real(std::numeric_limits<double>::infinity()), column("c", "double precision", 701, Encoding::float8)),
        R"("type":"double precision","value":null)");
    EXPECT_EQ(field_of(boolean(false), column("c", "boolean", 16, Encoding::boolean)),
              R"("type":"boolean","value":false)");
}

TEST(Wal2json, DecimalsKeepTheirScale) {
    auto numeric = decimal_column("c", 2);
    EXPECT_EQ(field_of(integer(-5), numeric), R"("type":"numeric","value":-0.05)");
    EXPECT_EQ(field_of(text("1e"), numeric), R"("type":"numeric","value":"1e")");
    EXPECT_EQ(field_of(text("NaN"), numeric), R"("type":"numeric","value":null)");
    EXPECT_EQ(field_of(integer(7), column("c", "xid8", 5069, Encoding::decimal)), R"("type":"xid8","value":"7")");
    EXPECT_EQ(field_of(integer(7), column("c", "xid", 28, Encoding::integer)), R"("type":"xid","value":"7")");
    EXPECT_EQ(field_of(integer(7), column("c", "cid", 29, Encoding::integer)), R"("type":"cid","value":"7")");
}

TEST(Wal2json, NestedValuesAreTheirText) {
    const auto numbers = nested_column("c", Encoding::array, {column("", "integer", 23, Encoding::integer)});
    const std::vector<Value> two{null_value(), integer(1), null_value()};
    EXPECT_EQ(field_of(parts(two), numbers), R"("type":"nested","value":"{1,NULL}")");
    const auto words = nested_column("c", Encoding::array, {column("", "text", 25, Encoding::text)});
    const std::vector<Value> raw{null_value(), bytes("\xff")};
    EXPECT_EQ(field_of(parts(raw), words), R"("type":"nested","value":{"_not_utf8_base64":"e/99"})");
    const std::vector<Value> interval{integer(1), integer(0), integer(0)};
    EXPECT_EQ(field_of(parts(interval), column("c", "interval", 1186, Encoding::interval)),
              R"("type":"interval","value":"1 mon")");
}

// The wire may describe an integer as anything; it must not break the JSON.
TEST(Wal2json, ADateInANumberColumnIsNoNumber) {
    EXPECT_EQ(field_of(integer(0), column("c", "integer", 23, Encoding::date)),
              R"("type":"integer","value":"2000-01-01")");
    const std::vector<Value> interval{integer(1), integer(0), integer(0)};
    EXPECT_EQ(field_of(parts(interval), column("c", "integer", 23, Encoding::interval)),
              R"("type":"integer","value":"1 mon")");
}

// A numeric that is no number cannot come from Postgres; it must not break the JSON if it comes.
TEST(Wal2json, WhatIsNoNumberIsNotPrintedAsOne) {
    EXPECT_EQ(field_of(text("1}],"), column("c", "numeric", 1700, Encoding::text)),
              R"("type":"numeric","value":"1}],")");
}

TEST(Wal2json, TextForms) {
    EXPECT_EQ(field_of(bytes("\x01\xff"), column("c", "bytea", 17, Encoding::bytes)),
              R"("type":"bytea","value":"01ff")");
    EXPECT_EQ(field_of(bytes(""), column("c", "bytea", 17, Encoding::bytes)), R"("type":"bytea","value":"")");
    EXPECT_EQ(field_of(integer(8825), column("c", "date", 1082, Encoding::date)),
              R"("type":"date","value":"2024-02-29")");
    EXPECT_EQ(
        field_of(integer(762'525'296'120'000), column("c", "timestamp with time zone", 1184, Encoding::timestamptz)),
        R"("type":"timestamp with time zone","value":"2024-02-29 12:34:56.12+00")");
    EXPECT_EQ(field_of(of_kind(Value::Kind::infinity), column("c", "date", 1082, Encoding::date)),
              R"("type":"date","value":"infinity")");
    EXPECT_EQ(field_of(bytes("0123456789abcdef"), column("c", "uuid", 2950, Encoding::uuid)),
              R"("type":"uuid","value":"30313233-3435-3637-3839-616263646566")");
}

// wal2json looks at the type of the column, not at the type under it.
TEST(Wal2json, DomainsAreStrings) {
    EXPECT_EQ(field_of(integer(1), column("c", "public.positive", 16999, Encoding::integer)),
              R"("type":"positive","value":"1")");
    EXPECT_EQ(field_of(boolean(true), column("c", "public.flag", 16999, Encoding::boolean)),
              R"("type":"flag","value":"t")");
    EXPECT_EQ(field_of(bytes("\x01"), column("c", "public.raw", 16999, Encoding::bytes)),
              R"("type":"raw","value":"\\x01")");
    EXPECT_EQ(
        field_of(real(std::numeric_limits<double>::quiet_NaN()), column("c", "public.f", 16999, Encoding::float8)),
        R"("type":"f","value":"NaN")");
}

TEST(Wal2json, TypeNames) {
    const auto type = [](const char* name) {
        const std::string field = field_of(text("x"), column("c", name, 16999, Encoding::text));
        return field.substr(0, field.find(R"(,"value")"));
    };
    EXPECT_EQ(type("public.mood"), R"("type":"mood")");
    EXPECT_EQ(type("public.mood[]"), R"("type":"mood[]")");
    EXPECT_EQ(type("shop.mood"), R"("type":"shop.mood")");
    EXPECT_EQ(type("publican.mood"), R"("type":"publican.mood")");
    EXPECT_EQ(type("public.\"Mood\""), R"("type":"Mood")");
    EXPECT_EQ(type("public.\"Mood\"[]"), R"("type":"\"Mood\"[]")");
    EXPECT_EQ(type("shop.\"Mood\""), R"("type":"shop.\"Mood\"")");
    EXPECT_EQ(type("\"char\""), R"("type":"char")");
    EXPECT_EQ(type("\"Shop\".\"Mood\""), R"("type":"\"Shop\".\"Mood\"")");
}

TEST(Wal2json, WhatJsonCannotSayIsMarked) {
    EXPECT_EQ(field_of(too_large(5), column("c", "text", 25, Encoding::text)),
              R"("type":"text","value":{"_too_large_bytes":5})");
    EXPECT_EQ(field_of(bytes("\xff"), column("c", "text", 25, Encoding::text)),
              R"("type":"text","value":{"_not_utf8_base64":"/w=="})");
}

TEST(Wal2json, TruncateAndMessages) {
    const Relation table = orders();
    const Row row;
    PayloadRecorder recorder;
    const auto& payloads = recorder.payloads;
    const auto form = make_format(FormatName::wal2json);
    form->truncate({.transaction = &row.transaction, .relation = &table, .id = {}}, recorder);
    form->message({.transaction = &row.transaction, .lsn = {1}, .prefix = "p", .content = "x"}, recorder);
    form->message({.transaction = nullptr, .lsn = {1}, .prefix = "p", .content = "\xff"}, recorder);
    EXPECT_EQ(payloads[0].body, R"({"action":"T","schema":"public","table":"orders"})");
    EXPECT_EQ(payloads[0].scope, KeyScope::whole_table);
    EXPECT_EQ(payloads[1].body, R"({"action":"M","transactional":true,"prefix":"p","content":"x"})");
    EXPECT_EQ(payloads[1].scope, KeyScope::message);
    EXPECT_EQ(payloads[2].body,
              R"({"action":"M","transactional":false,"prefix":"p","content":"/w==","content_encoding":"base64"})");
}

}  // namespace
}  // namespace glassflow::format
