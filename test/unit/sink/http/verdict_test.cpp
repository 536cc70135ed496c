#include "sink/http/verdict.h"

#include <curl/curl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace glassflow::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

TEST(Verdict, a_broken_connection_is_tried_again_and_an_unreachable_host_slows_down_everything) {
    for (auto code :
         {CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_OPERATION_TIMEDOUT}) {
        EXPECT_EQ(classify_failure(code, "http://host").outcome, Outcome::retry_payload) << code;
    }
    for (auto code : {CURLE_COULDNT_CONNECT, CURLE_COULDNT_RESOLVE_HOST, CURLE_SSL_CONNECT_ERROR,
                      CURLE_PEER_FAILED_VERIFICATION, CURLE_UNSUPPORTED_PROTOCOL}) {
        auto verdict = classify_failure(code, "http://host");
        EXPECT_EQ(verdict.outcome, Outcome::retry_destination) << code;
        EXPECT_THAT(verdict.reason, HasSubstr("http://host"));
    }
    EXPECT_EQ(classify_failure(CURLE_URL_MALFORMAT, "x://host").outcome, Outcome::halt);
}

TEST(Verdict, no_libcurl_error_is_taken_for_delivered) {
    for (int code = 1; code < CURL_LAST; ++code) {
        EXPECT_NE(classify_failure(code, "http://host").outcome, Outcome::delivered) << code;
        EXPECT_NE(classify_failure(code, "http://host").outcome, Outcome::refused) << code;
    }
}

TEST(Verdict, a_pause_that_was_asked_for_is_bounded) {
    EXPECT_EQ(bounded_retry_after({}), std::nullopt);
    EXPECT_EQ(bounded_retry_after(seconds(7)), milliseconds(7'000));
    EXPECT_EQ(bounded_retry_after(seconds(1'000'000'000'000)), milliseconds(3'600'000));
    EXPECT_EQ(bounded_retry_after(seconds(-5)), milliseconds(0));
}

TEST(Verdict, text_of_a_destination_is_made_harmless) {
    EXPECT_EQ(printable("receiver overloaded\n"), "receiver overloaded");
    EXPECT_EQ(printable("a\nb\x1b[2J\xc3\xa9\r\n"), "a?b?[2J??");
    EXPECT_EQ(printable(std::string(1'000, 'x')), std::string(200, 'x'));
    EXPECT_EQ(printable("\n\n"), "");
}

}  // namespace
}  // namespace glassflow::sink
