#include "sink/otlp/response.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/otlp/logs.pb.h"

namespace glassflow::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

OtlpVerdict verdict(long status, std::string_view body = "") {
    return classify_otlp_response(OtlpEncoding::protobuf, status, body, {});
}
OtlpOutcome outcome(long status, std::string_view body = "") {
    return verdict(status, body).outcome;
}

TEST(OtlpResponse, the_contracts_table_line_by_line) {
    EXPECT_EQ(outcome(200), OtlpOutcome::delivered);
    EXPECT_EQ(outcome(400, "missing x-glassflow-pipeline-id header\n"), OtlpOutcome::halt);
    EXPECT_EQ(outcome(400, "proto: cannot parse invalid wire-format data\n"), OtlpOutcome::refused);
    EXPECT_EQ(outcome(429, "receiver overloaded, try again later\n"), OtlpOutcome::busy);
    EXPECT_EQ(outcome(429, "stream back-pressure, try again later: maximum messages exceeded\n"), OtlpOutcome::busy);
    EXPECT_EQ(outcome(500, "no active pipeline found\n"), OtlpOutcome::halt);
    EXPECT_EQ(outcome(500, "dedup value is empty\n"), OtlpOutcome::halt);
    EXPECT_EQ(outcome(500, "getWriterConfig: otlp config fetch: unexpected status 502\n"), OtlpOutcome::failed);
    EXPECT_EQ(outcome(500, "write batch: nats: maximum payload exceeded\n"), OtlpOutcome::refused);
    EXPECT_EQ(outcome(500), OtlpOutcome::failed);
}

TEST(OtlpResponse, other_statuses) {
    for (long status : {408, 425, 429, 502, 503, 504}) {
        EXPECT_EQ(outcome(status), OtlpOutcome::busy) << status;
    }
    for (long status : {400, 413, 422}) {
        EXPECT_EQ(outcome(status), OtlpOutcome::refused) << status;
    }
    for (long status : {301, 302, 304, 307, 401, 403, 404, 405, 407, 415}) {
        EXPECT_EQ(outcome(status), OtlpOutcome::halt) << status;
    }
    for (long status : {500, 501, 505, 599}) {
        EXPECT_EQ(outcome(status), OtlpOutcome::failed) << status;
    }
    for (long status = -1; status < 1000; ++status) {
        if (status != 200) {
            EXPECT_NE(outcome(status), OtlpOutcome::delivered) << status;
            EXPECT_THAT(verdict(status).reason, HasSubstr("HTTP " + std::to_string(status)));
        }
    }
}

TEST(OtlpResponse, only_the_answer_of_an_export_is_taken_for_delivered) {
    EXPECT_EQ(outcome(200, "<html>welcome</html>"), OtlpOutcome::halt);
    EXPECT_EQ(outcome(200, "{}"), OtlpOutcome::halt) << "JSON where protobuf was sent";
    for (const auto* body :
         {"{}", "{\"partialSuccess\":{}}", "{\"new\":1}", "{\"partialSuccess\":{\"rejectedLogRecords\":\"0\"}}"}) {
        EXPECT_EQ(classify_otlp_response(OtlpEncoding::json, 200, body, {}).outcome, OtlpOutcome::delivered) << body;
    }
    for (const auto* body : {"", "[]", "<html>", "{", "{\"partialSuccess\":7}"}) {
        EXPECT_EQ(classify_otlp_response(OtlpEncoding::json, 200, body, {}).outcome, OtlpOutcome::halt) << body;
    }
}

TEST(OtlpResponse, records_that_were_dropped_are_not_delivered) {
    otlp::ExportLogsServiceResponse answer;
    answer.mutable_partial_success()->set_error_message("a warning");
    EXPECT_EQ(outcome(200, answer.SerializeAsString()), OtlpOutcome::delivered);
    answer.mutable_partial_success()->set_rejected_log_records(1);
    EXPECT_EQ(outcome(200, answer.SerializeAsString()), OtlpOutcome::refused);
    const auto json = R"({"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"no"}})";
    EXPECT_EQ(classify_otlp_response(OtlpEncoding::json, 200, json, {}).outcome, OtlpOutcome::refused);
}

TEST(OtlpResponse, retry_after_is_kept_and_bounded) {
    auto asked = classify_otlp_response(OtlpEncoding::protobuf, 429, "", seconds(7));
    EXPECT_EQ(asked.retry_after, milliseconds(7'000));
    asked = classify_otlp_response(OtlpEncoding::protobuf, 503, "", seconds(1'000'000'000));
    EXPECT_EQ(asked.retry_after, milliseconds(3'600'000));
    asked = classify_otlp_response(OtlpEncoding::protobuf, 500, "", seconds(3));
    EXPECT_EQ(asked.outcome, OtlpOutcome::busy);
}

TEST(OtlpResponse, quotes_the_text_but_no_row) {
    EXPECT_EQ(verdict(503, "no healthy upstream\n").reason, "receiver is unavailable (HTTP 503: no healthy upstream)");
    const auto reason = verdict(400, "proto: (line 1:7): invalid value for string type: \"Ada Lovelace\"\n").reason;
    EXPECT_THAT(reason, HasSubstr("invalid value for string type"));
    EXPECT_THAT(reason, Not(HasSubstr("Ada")));
    EXPECT_LE(verdict(500, std::string(4'000, 'x')).reason.size(), 300u);
}

TEST(OtlpResponse, no_answer_is_tried_again) {
    for (auto code :
         {CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT}) {
        EXPECT_EQ(classify_otlp_failure(code, "http://h").outcome, OtlpOutcome::lost) << code;
    }
    for (auto code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_SSL_CONNECT_ERROR}) {
        EXPECT_EQ(classify_otlp_failure(code, "http://h").outcome, OtlpOutcome::busy) << code;
    }
    EXPECT_EQ(classify_otlp_failure(CURLE_URL_MALFORMAT, "http://h").outcome, OtlpOutcome::halt);
    for (int code = 1; code < CURL_LAST; ++code) {
        EXPECT_NE(classify_otlp_failure(code, "http://h").outcome, OtlpOutcome::delivered);
        EXPECT_NE(classify_otlp_failure(code, "http://h").outcome, OtlpOutcome::refused);
    }
}

}  // namespace
}  // namespace glassflow::sink
