#include "sink/otlp/encoder.h"

#include <gmock/gmock.h>
#include <google/protobuf/util/json_util.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "sink/make_payload.h"
#include "sink/otlp/logs.pb.h"

namespace glassflow::sink {
namespace {

using otlp::ExportLogsServiceRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

Payload payload_of(std::string body, std::string schema = "public", std::string name = "orders") {
    auto payload = make_payload(
        PayloadText{.body = std::move(body), .event_id = "0/16B3748-0", .table = {std::move(schema), std::move(name)}});
    payload.operation = 'u';
    payload.commit_time_us = 1'709'210'096'123'456;
    payload.version = 23'803'720;
    return payload;
}

std::string encoded(OtlpEncoder& encoder, const std::vector<Payload>& payloads) {
    std::vector<const Payload*> pointers;
    for (const auto& payload : payloads) {
        pointers.push_back(&payload);
    }
    std::string request;
    encoder.encode(pointers, request);
    return request;
}

ExportLogsServiceRequest decoded(const std::vector<Payload>& payloads) {
    OtlpEncoder encoder(OtlpEncoding::protobuf, {{"service.name", "pg-collector"}});
    ExportLogsServiceRequest request;
    EXPECT_TRUE(request.ParseFromString(encoded(encoder, payloads)));
    return request;
}

std::vector<std::pair<std::string, std::string>> attributes(const otlp::LogRecord& record) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const auto& attribute : record.attributes()) {
        found.emplace_back(attribute.key(), attribute.value().string_value());
    }
    return found;
}

TEST(OtlpEncoder, one_record_per_change_as_the_contract_asks) {
    const auto request = decoded({payload_of(R"({"id":"42","nick":null})")});
    const auto& logs = request.resource_logs(0);
    EXPECT_EQ(logs.resource().attributes(0).key(), "service.name");
    EXPECT_EQ(logs.resource().attributes(0).value().string_value(), "pg-collector");
    EXPECT_EQ(logs.scope_logs(0).scope().name(), "public.orders");
    const auto& record = logs.scope_logs(0).log_records(0);
    EXPECT_EQ(record.time_unix_nano(), 1'709'210'096'123'456'000u);
    EXPECT_EQ(record.severity_number(), 9);
    EXPECT_EQ(record.severity_text(), "UPDATE");
    EXPECT_EQ(record.body().string_value(), R"({"id":"42","nick":null})");
    EXPECT_THAT(attributes(record), ElementsAre(Pair("event_id", "0/16B3748-0"), Pair("lsn", "23803720"),
                                                Pair("op", "u"), Pair("schema", "public"), Pair("table", "orders")));
}

// The example of the contract, which GlassFlow's receiver accepts, with the attributes that are ours.
TEST(OtlpEncoder, json_is_the_dialect_of_the_receiver) {
    OtlpEncoder encoder(OtlpEncoding::json, {{"service.name", "pg-collector"}});
    EXPECT_EQ(
        encoded(encoder, {payload_of(R"({"id":"42","nick":null})")}),
        R"({"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"pg-collector"}}]},)"
        R"("scopeLogs":[{"scope":{"name":"public.orders"},"logRecords":[{"timeUnixNano":"1709210096123456000",)"
        R"("severityNumber":9,"severityText":"UPDATE","body":{"stringValue":"{\"id\":\"42\",\"nick\":null}"},)"
        R"("attributes":[{"key":"event_id","value":{"stringValue":"0/16B3748-0"}},)"
        R"({"key":"lsn","value":{"stringValue":"23803720"}},{"key":"op","value":{"stringValue":"u"}},)"
        R"({"key":"schema","value":{"stringValue":"public"}},{"key":"table","value":{"stringValue":"orders"}}]}]}]}]})");
}

TEST(OtlpEncoder, operations_are_severities) {
    const std::vector<std::pair<char, std::string>> expected{{'c', "INSERT"},   {'u', "UPDATE"},  {'d', "DELETE"},
                                                             {'t', "TRUNCATE"}, {'m', "MESSAGE"}, {'r', "SNAPSHOT"}};
    for (const auto& [operation, text] : expected) {
        auto payload = payload_of("{}");
        payload.operation = operation;
        EXPECT_EQ(decoded({payload}).resource_logs(0).scope_logs(0).log_records(0).severity_text(), text);
    }
    auto payload = payload_of("{}");
    payload.operation = 'x';
    OtlpEncoder encoder(OtlpEncoding::protobuf, {});
    EXPECT_THROW(encoded(encoder, {payload}), std::runtime_error);
}

TEST(OtlpEncoder, a_message_has_no_table_and_may_have_no_time) {
    auto payload = payload_of("{}");
    payload.table = nullptr;
    payload.operation = 'm';
    payload.commit_time_us = 0;
    const auto request = decoded({payload});
    const auto& scope_logs = request.resource_logs(0).scope_logs(0);
    EXPECT_FALSE(scope_logs.has_scope());
    EXPECT_EQ(scope_logs.log_records(0).time_unix_nano(), 0u);
    EXPECT_THAT(attributes(scope_logs.log_records(0)),
                ElementsAre(Pair("event_id", "0/16B3748-0"), Pair("lsn", "23803720"), Pair("op", "m")));
}

TEST(OtlpEncoder, order_is_kept_across_tables_and_runs_share_a_scope) {
    auto message = payload_of("5");
    message.table = nullptr;
    const auto request =
        decoded({payload_of("1", "public", "a"), payload_of("2", "public", "a"), payload_of("3", "public", "b"),
                 payload_of("4", "public", "a"), message, payload_of("6", "other", "a")});
    std::string order;
    for (const auto& scope_logs : request.resource_logs(0).scope_logs()) {
        order += scope_logs.scope().name() + ":";
        for (const auto& record : scope_logs.log_records()) {
            order += record.body().string_value();
        }
        order += " ";
    }
    EXPECT_EQ(order, "public.a:12 public.b:3 public.a:4 :5 other.a:6 ");
}

TEST(OtlpEncoder, is_used_again_and_again) {
    OtlpEncoder encoder(OtlpEncoding::protobuf, {{"service.name", "pg-collector"}});
    const auto first = encoded(encoder, {payload_of("1")});
    for (int round = 0; round < 100; ++round) {
        encoded(encoder, {payload_of(std::string(100'000, 'x')), payload_of("2")});
        EXPECT_EQ(encoded(encoder, {payload_of("1")}), first);
    }
}

// Bodies of everything that some JSON writer escapes, and names at their longest: sizes are never less than what is
// written.
class OtlpSizes : public testing::TestWithParam<OtlpEncoding> {};

TEST_P(OtlpSizes, are_upper_bounds_and_not_far_away) {
    std::vector<std::string> pieces{"a",
                                    "\"",
                                    "\\",
                                    "<",
                                    "\x01",
                                    "\x7f",
                                    "\n",
                                    "\xc3\xbc",
                                    "\xc2\x85",
                                    "\xe2\x80\xa8",
                                    "\xef\xbb\xbf",
                                    "\xf0\x9f\x90\x98",
                                    "1234",
                                    "\xc2\xad",
                                    "\xe2\x80\x8b",
                                    "\xd8\x80",
                                    "\xf3\xa0\x80\x81",
                                    "&"};
    std::mt19937 random(4711);
    for (int round = 0; round < 300; ++round) {
        std::vector<Payload> payloads;
        OtlpEncoder encoder(GetParam(), {{"service.name", "\"<\xe2\x80\xa8>\""}});
        auto expected = encoder.envelope_bytes();
        for (auto count = random() % 5; count > 0; --count) {
            std::string body;
            for (auto length = random() % 200; length > 0; --length) {
                body += pieces[round < 100 ? round % pieces.size() : random() % pieces.size()];
            }
            std::string name;
            while (name.size() < 60) {
                name += pieces[random() % pieces.size()];
            }
            auto payload = payload_of(body, name, name);
            payload.version = std::numeric_limits<std::uint64_t>::max();
            payload.commit_time_us = std::numeric_limits<std::int64_t>::max() / 1000;
            payload.operation = 't';
            expected += encoder.record_bytes(payload);
            payloads.push_back(payload);
        }
        const auto size = encoded(encoder, payloads).size();
        ASSERT_LE(size, expected) << round;
    }
    OtlpEncoder encoder(GetParam(), {{"service.name", "glassflow-collector"}});
    const auto large = payload_of("{\"text\":\"" + std::string(500'000, 'x') + "\"}");
    EXPECT_LE(encoder.envelope_bytes() + encoder.record_bytes(large), encoded(encoder, {large}).size() + 2'000);
}

INSTANTIATE_TEST_SUITE_P(encodings, OtlpSizes, testing::Values(OtlpEncoding::protobuf, OtlpEncoding::json),
                         [](const auto& instance) {
                             return instance.param == OtlpEncoding::json ? "json" : "protobuf";
                         });

TEST(OtlpEncoder, escaped_bytes_as_go_writes_json) {
    EXPECT_EQ(escaped_bytes("abc \xc3\xbc"), 6u);
    EXPECT_EQ(escaped_bytes("\"\\"), 4u);
    EXPECT_EQ(escaped_bytes("<>&"), 18u);
    EXPECT_EQ(escaped_bytes("\x01\x1f"), 12u);
    EXPECT_EQ(escaped_bytes("\xe2\x80\xa8"), 6u);
    EXPECT_EQ(escaped_bytes("\xe2\x82\xac"), 3u);
    EXPECT_EQ(escaped_bytes("\x7f"), 1u);
    EXPECT_EQ(escaped_bytes("\xe2"), 1u);
}

}  // namespace
}  // namespace glassflow::sink
