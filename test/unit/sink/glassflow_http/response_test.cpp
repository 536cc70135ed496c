#include "sink/glassflow_http/response.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glassflow::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

Outcome outcome_of(long status) {
    return classify_response(status, "", {}).outcome;
}

TEST(Response, says_what_to_do_with_each_status) {
    for (long status : {200, 201, 202, 204}) {
        EXPECT_EQ(outcome_of(status), Outcome::delivered) << status;
    }
    for (long status : {408, 425, 500, 501, 505, 599}) {
        EXPECT_EQ(outcome_of(status), Outcome::retry_payload) << status;
    }
    for (long status : {429, 502, 503, 504}) {
        EXPECT_EQ(outcome_of(status), Outcome::retry_destination) << status;
    }
    for (long status : {400, 402, 403, 405, 409, 410, 413, 414, 415, 422, 451}) {
        EXPECT_EQ(outcome_of(status), Outcome::refused) << status;
    }
    for (long status : {401, 404, 407, 301, 302, 303, 307, 308, 304}) {
        EXPECT_EQ(outcome_of(status), Outcome::halt) << status;
    }
}

TEST(Response, what_the_contract_does_not_know_is_never_taken_for_delivered) {
    for (long status : {0, 101, 206, 207, 226, 600, 999, -1}) {
        EXPECT_EQ(outcome_of(status), Outcome::halt) << status;
    }
}

TEST(Response, every_status_has_an_outcome_and_a_reason_that_names_it) {
    for (long status = 100; status < 1000; ++status) {
        auto verdict = classify_response(status, "", {});
        if (verdict.outcome != Outcome::delivered) {
            EXPECT_THAT(verdict.reason, HasSubstr(std::to_string(status)));
        }
    }
}

TEST(Response, retry_after_is_kept_and_concerns_the_destination) {
    auto verdict = classify_response(429, "", seconds(7));
    EXPECT_EQ(verdict.retry_after, milliseconds(7'000));
    verdict = classify_response(500, "", seconds(7));
    EXPECT_EQ(verdict.outcome, Outcome::retry_destination);
    EXPECT_EQ(verdict.retry_after, milliseconds(7'000));
}

TEST(Response, a_hostile_retry_after_is_bounded) {
    EXPECT_EQ(classify_response(429, "", seconds(1'000'000'000'000)).retry_after, milliseconds(3'600'000));
    EXPECT_EQ(classify_response(429, "", seconds(-5)).retry_after, milliseconds(0));
}

TEST(Response, quotes_the_detail_of_an_error) {
    auto verdict = classify_response(422, R"({"detail":"field x is missing"})", {});
    EXPECT_EQ(verdict.reason, "event was refused (HTTP 422: field x is missing)");
}

TEST(Response, quotes_nothing_that_is_not_a_short_printable_detail) {
    EXPECT_EQ(quote_detail(""), "");
    EXPECT_EQ(quote_detail("<html>oops</html>"), "");
    EXPECT_EQ(quote_detail(R"(["detail"])"), "");
    EXPECT_EQ(quote_detail(R"({"detail":[{"input":{"name":"Ada"}}]})"), "");
    EXPECT_EQ(quote_detail(R"({"detail":7})"), "");
    EXPECT_EQ(quote_detail(R"({"detail":"cut)"), "");
    EXPECT_EQ(quote_detail("{\"detail\":\"a\\nb\\u001b[2Jc\\u00e9\"}"), "a?b?[2Jc??");
    EXPECT_EQ(quote_detail("{\"detail\":\"" + std::string(1'000, 'x') + "\"}"), std::string(200, 'x'));
    EXPECT_EQ(quote_detail("{\"detail\":\"" + std::string(1'000'000, 'x') + "\"}"), "");
    EXPECT_EQ(quote_detail(std::string(4'000, '[')), "");
}

}  // namespace
}  // namespace glassflow::sink
