#include "format/flat.h"

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
                    {column("id", "bigint", 20, Encoding::integer), column("note", "text", 25, Encoding::text)}, {0});
}

std::vector<RecordedPayload> payloads_of(const Row& row, Operation operation, const Relation& table) {
    PayloadRecorder recorder;
    make_format(FormatName::flat, {.makes_keys = true})->row(row.change(operation, table), recorder);
    for (const RecordedPayload& payload : recorder.payloads) {
        rapidjson::Document document;
        document.Parse(payload.body.c_str());
        EXPECT_FALSE(document.HasParseError()) << payload.body;
        EXPECT_STREQ(document["_event_id"].GetString(), payload.event_id.c_str());
    }
    return recorder.payloads;
}

std::string body(const char* op, int is_deleted, const std::string& columns, const char* id_suffix = "") {
    return std::string(R"({"_op":")") + op + R"(","_event_id":"0/16B3748-2)" + id_suffix +
           R"(","_version":23803720,"_is_deleted":)" + std::to_string(is_deleted) +
           R"(,"_schema":"public","_table":"orders","_commit_ts":"2024-02-29T12:34:56.123456Z","_xid":741)" + columns +
           "}";
}

TEST(Flat, Upserts) {
    const Row row{.new_row = {integer(9223372036854775807), null_value()}, .old_row = {}};
    for (const auto& [operation, op] : {std::pair(Operation::insert, "c"), std::pair(Operation::update, "u")}) {
        const auto payloads = payloads_of(row, operation, orders());
        ASSERT_EQ(payloads.size(), 1u);
        EXPECT_EQ(payloads[0].body, body(op, 0, R"(,"id":9223372036854775807,"note":"")"));
        EXPECT_EQ(payloads[0].key, R"({"id":"9223372036854775807"})");
        EXPECT_EQ(payloads[0].operation, op[0]);
    }
}

TEST(Flat, ADeleteHasTheKeyAndSentinels) {
    const Row row{.new_row = {}, .old_row = {integer(7), null_value()}};
    EXPECT_EQ(payloads_of(row, Operation::delete_, orders()).at(0).body, body("d", 1, R"(,"id":7,"note":"")"));
    const Row full{.new_row = {}, .old_row = {integer(7), text("y")}};
    const auto payloads = payloads_of(full, Operation::delete_, orders(ReplicaIdentity::full));
    EXPECT_EQ(payloads.at(0).body, body("d", 1, R"(,"id":7,"note":"")"));
    EXPECT_EQ(payloads.at(0).key, R"({"id":"7"})");
}

TEST(Flat, WithoutAKeyADeleteHasAllThatIsKnown) {
    Relation table = orders(ReplicaIdentity::full);
    table.key.clear();
    table.columns[0].is_key = false;
    const Row row{.new_row = {}, .old_row = {integer(7), text("y")}};
    EXPECT_EQ(payloads_of(row, Operation::delete_, table).at(0).body, body("d", 1, R"(,"id":7,"note":"y")"));
}

// A sentinel there would delete another row.
TEST(Flat, AKeyThatWasNotLoggedIsMissing) {
    const Row row{.new_row = {}, .old_row = {}};
    EXPECT_EQ(payloads_of(row, Operation::delete_, orders(ReplicaIdentity::nothing)).at(0).body,
              body("d", 1, R"(,"note":"")"));
}

TEST(Flat, AKeyChangeIsADeleteAndAnInsert) {
    const Row row{.new_row = {integer(8), text("x")}, .old_row = {integer(7), null_value()}};
    const auto payloads = payloads_of(row, Operation::update, orders());
    ASSERT_EQ(payloads.size(), 2u);
    EXPECT_EQ(payloads[0].body, body("d", 1, R"(,"id":7,"note":"")", "d"));
    EXPECT_EQ(payloads[0].key, R"({"id":"7"})");
    EXPECT_EQ(payloads[0].scope, KeyScope::old_key);
    EXPECT_EQ(payloads[1].body, body("c", 0, R"(,"id":8,"note":"x")"));
    EXPECT_EQ(payloads[1].key, R"({"id":"8"})");
    EXPECT_EQ(payloads[1].scope, KeyScope::new_key);
}

TEST(Flat, AnUnknownValueIsMissingAndNeverASentinel) {
    const Row unknown{.new_row = {integer(7), unchanged_toast()}, .old_row = {}};
    EXPECT_EQ(payloads_of(unknown, Operation::update, orders()).at(0).body, body("u", 0, R"(,"id":7)"));
    const Row full{.new_row = {integer(7), unchanged_toast()}, .old_row = {integer(7), text("long")}};
    EXPECT_EQ(payloads_of(full, Operation::update, orders(ReplicaIdentity::full)).at(0).body,
              body("u", 0, R"(,"id":7,"note":"long")"));
}

TEST(Flat, ATruncateHasEveryColumn) {
    const Relation table = orders();
    const Row row;
    PayloadRecorder recorder;
    make_format(FormatName::flat)
        ->truncate({.transaction = &row.transaction, .relation = &table, .id = {.lsn = {0x16B3748}, .index = 2}},
                   recorder);
    EXPECT_EQ(recorder.payloads.at(0).body, body("t", 1, R"(,"id":0,"note":"")"));
    EXPECT_EQ(recorder.payloads.at(0).scope, KeyScope::whole_table);
}

TEST(Flat, Messages) {
    PayloadRecorder recorder;
    make_format(FormatName::flat)
        ->message({.transaction = nullptr, .lsn = {0x16B3748}, .prefix = "audit", .content = "x"}, recorder);
    EXPECT_EQ(recorder.payloads.at(0).body, R"({"_op":"m","_event_id":"0/16B3748-0m","_version":23803720,)"
                                            R"("_is_deleted":0,"prefix":"audit","content":"x"})");
}

TEST(Flat, ColumnsGiveWayToFields) {
    const std::vector<std::string_view> columns{"_op", "_op_", "_xid", "_other", "id"};
    EXPECT_EQ(flat_name("_op", columns), "_op__");
    EXPECT_EQ(flat_name("_op_", columns), "_op_");
    EXPECT_EQ(flat_name("_xid", columns), "_xid_");
    EXPECT_EQ(flat_name("_other", columns), "_other");
    const Relation table = relation(
        ReplicaIdentity::default_,
        {column("_op", "text", 25, Encoding::text), column("_version", "integer", 23, Encoding::integer)}, {1});
    const Row row{.new_row = {text("x"), integer(1)}, .old_row = {}};
    EXPECT_EQ(payloads_of(row, Operation::insert, table).at(0).body, body("c", 0, R"(,"_op_":"x","_version_":1)"));
}

std::string value_of(const Value& value, event::Column column, ArrayStyle arrays = ArrayStyle::text) {
    const Row row{.new_row = {value}, .old_row = {}};
    const Relation table = relation(ReplicaIdentity::nothing, {std::move(column)}, {});
    PayloadRecorder recorder;
    make_format(FormatName::flat, {.arrays = arrays})->row(row.change(Operation::insert, table), recorder);
    const std::string& payload = recorder.payloads.at(0).body;
    const std::size_t start = payload.find(R"("c":)") + 4;
    return payload.substr(start, payload.size() - start - 1);
}

const auto date = column("c", "date", 1082, Encoding::date);
const auto timestamp = column("c", "timestamp without time zone", 1114, Encoding::timestamp);
const auto timestamptz = column("c", "timestamp with time zone", 1184, Encoding::timestamptz);
const auto float4 = column("c", "real", 700, Encoding::float4);
const auto float8 = column("c", "double precision", 701, Encoding::float8);
const auto words = nested_column("c", Encoding::array, {column("", "text", 25, Encoding::text)});

TEST(FlatValue, Sentinels) {
    const Value null = null_value();
    EXPECT_EQ(value_of(null, column("c", "boolean", 16, Encoding::boolean)), "false");
    EXPECT_EQ(value_of(null, column("c", "bigint", 20, Encoding::integer)), "0");
    EXPECT_EQ(value_of(null, float4), "0");
    EXPECT_EQ(value_of(null, float8), "0");
    EXPECT_EQ(value_of(null, date), R"("1970-01-01")");
    EXPECT_EQ(value_of(null, timestamp), R"("1970-01-01T00:00:00")");
    EXPECT_EQ(value_of(null, timestamptz), R"("1970-01-01T00:00:00Z")");
    EXPECT_EQ(value_of(null, column("c", "uuid", 2950, Encoding::uuid)), R"("00000000-0000-0000-0000-000000000000")");
    EXPECT_EQ(value_of(null, words), R"("[]")");
    EXPECT_EQ(value_of(null, words, ArrayStyle::native), "[]");
    for (const Encoding encoding :
         {Encoding::text, Encoding::bytes, Encoding::decimal, Encoding::time, Encoding::timetz, Encoding::interval,
          Encoding::json, Encoding::bits, Encoding::inet, Encoding::cidr, Encoding::macaddr, Encoding::composite,
          Encoding::range, Encoding::multirange})
        EXPECT_EQ(value_of(null, nested_column("c", encoding, {})), R"("")");
}

TEST(FlatValue, EveryIntegerIsANumber) {
    EXPECT_EQ(value_of(integer(std::numeric_limits<std::int64_t>::min()), column("c", "bigint", 20, Encoding::integer)),
              "-9223372036854775808");
    EXPECT_EQ(value_of(integer(1), column("c", "public.positive", 16999, Encoding::integer)), "1");
    EXPECT_EQ(value_of(integer(123'400), decimal_column("c", 4)), R"("12.3400")");
}

TEST(FlatValue, FloatsAreFinite) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(value_of(real(std::numeric_limits<double>::quiet_NaN()), float8), "0");
    EXPECT_EQ(value_of(real(std::numeric_limits<double>::quiet_NaN()), float4), "0");
    EXPECT_EQ(value_of(real(infinity), float8), "1.7976931348623157e+308");
    EXPECT_EQ(value_of(real(-infinity), float8), "-1.7976931348623157e+308");
    EXPECT_EQ(value_of(real(infinity), float4), "3.4028234e+38");
    EXPECT_EQ(value_of(real(-infinity), float4), "-3.4028234e+38");
    EXPECT_EQ(value_of(real(0.1f), float4), "0.1");
}

TEST(FlatValue, MomentsEndWhereTheColumnDoes) {
    EXPECT_EQ(value_of(integer(8825), date), R"("2024-02-29")");
    EXPECT_EQ(value_of(integer(-2451545), date), R"("1900-01-01")");
    EXPECT_EQ(value_of(of_kind(Value::Kind::negative_infinity), date), R"("1900-01-01")");
    EXPECT_EQ(value_of(of_kind(Value::Kind::infinity), date), R"("2299-12-31")");
    EXPECT_EQ(value_of(integer(2147483646), date), R"("2299-12-31")");
    EXPECT_EQ(value_of(integer(762'525'296'123'456), timestamp), R"("2024-02-29T12:34:56.123456")");
    EXPECT_EQ(value_of(of_kind(Value::Kind::negative_infinity), timestamp), R"("1900-01-01T00:00:00.000000")");
    EXPECT_EQ(value_of(integer(std::numeric_limits<std::int64_t>::min() + 1), timestamptz),
              R"("1900-01-01T00:00:00.000000Z")");
    EXPECT_EQ(value_of(integer(9223371331199999999), timestamptz), R"("2261-12-31T23:59:59.999999Z")");
    EXPECT_EQ(value_of(of_kind(Value::Kind::infinity), timestamptz), R"("2261-12-31T23:59:59.999999Z")");
}

TEST(FlatValue, MarkersAreStrings) {
    const auto plain = column("c", "text", 25, Encoding::text);
    EXPECT_EQ(value_of(too_large(1073741825), plain), R"("{\"_too_large_bytes\":1073741825}")");
    EXPECT_EQ(value_of(bytes("caf\xe9"), plain), R"("{\"_not_utf8_base64\":\"Y2Fm6Q==\"}")");
    EXPECT_EQ(value_of(too_large(7), words), R"("{\"_too_large_bytes\":7}")");
    EXPECT_EQ(value_of(too_large(7), words, ArrayStyle::native), R"(["{\"_too_large_bytes\":7}"])");
    const std::vector<Value> fields{bytes("\xff")};
    EXPECT_EQ(value_of(parts(fields), nested_column("c", Encoding::composite, {plain})),
              R"("{\"_not_utf8_base64\":\"KP8p\"}")");
}

TEST(FlatValue, OtherTypesAreAsInTheEnvelope) {
    EXPECT_EQ(value_of(boolean(true), column("c", "boolean", 16, Encoding::boolean)), "true");
    EXPECT_EQ(value_of(bytes("\x01\xff"), column("c", "bytea", 17, Encoding::bytes)), R"("Af8=")");
    EXPECT_EQ(value_of(integer(86'400'000'000), column("c", "time", 1083, Encoding::time)), R"("24:00:00")");
    EXPECT_EQ(value_of(bytes("\x18\x0a\x01\x02\x03"), column("c", "inet", 869, Encoding::inet)), R"("10.1.2.3/24")");
    const std::vector<Value> two{null_value(), text("a"), null_value()};
    EXPECT_EQ(value_of(parts(two), words), R"("[\"a\",null]")");
    EXPECT_EQ(value_of(parts(two), words, ArrayStyle::native), R"(["a",null])");
    EXPECT_EQ(value_of(text("not known"), timestamptz), R"("not known")");
}

}  // namespace
}  // namespace glassflow::format
