#include "sink/glassflow_http/request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/sink.h"

namespace glassflow::sink {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

GlassflowHttpSettings settings() {
    GlassflowHttpSettings settings;
    settings.name = "glassflow";
    settings.url = "https://api.glassflow.dev/v1";
    settings.pipeline_id = "0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d";
    settings.access_token = "s3cret";
    return settings;
}

// The error must say what is wrong without saying the secret.
std::string error_of(const GlassflowHttpSettings& wrong) {
    try {
        make_request(wrong);
    } catch (const SinkError& error) {
        EXPECT_FALSE(error.hint().empty());
        return error.what();
    }
    ADD_FAILURE() << "was accepted";
    return {};
}

TEST(Request, follows_the_contract) {
    auto request = make_request(settings());
    EXPECT_EQ(request.events_url,
              "https://api.glassflow.dev/v1/pipelines/0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d/topics/input/events");
    EXPECT_EQ(request.credential_url,
              "https://api.glassflow.dev/v1/pipelines/0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d/status/access_token");
    EXPECT_THAT(request.headers, Contains("X-PIPELINE-ACCESS-TOKEN: s3cret"));
    EXPECT_THAT(request.headers, Contains("Content-Type: application/json"));
    EXPECT_THAT(request.headers, Contains("Accept: application/json"));
    EXPECT_THAT(request.headers, Contains(HasSubstr("User-Agent: glassflow-collector/")));
    EXPECT_TRUE(request.endpoint.is_encrypted);
    EXPECT_FALSE(request.endpoint.is_loopback);
}

TEST(Request, keeps_port_and_path_and_drops_trailing_slashes) {
    auto local = settings();
    local.url = "http://127.0.0.1:8090/v1//";
    auto request = make_request(local);
    EXPECT_THAT(request.events_url, HasSubstr("http://127.0.0.1:8090/v1/pipelines/0b2a"));
    EXPECT_EQ(request.endpoint.destination, "http://127.0.0.1:8090");
    EXPECT_TRUE(request.endpoint.is_loopback);
    EXPECT_FALSE(request.endpoint.is_encrypted);

    local.url = "http://[::1]:8090";
    request = make_request(local);
    EXPECT_THAT(request.events_url, HasSubstr("http://[::1]:8090/pipelines/0b2a"));
    EXPECT_TRUE(request.endpoint.is_loopback);
}

TEST(Request, refuses_urls_that_are_none_of_http) {
    for (const auto* url : {"", "not a url", "ftp://host/v1", "file:///etc/passwd", "http://", "https://host/v1?a=b",
                            "https://host/v1#part", "unix:/run/socket"}) {
        auto wrong = settings();
        wrong.url = url;
        EXPECT_THAT(error_of(wrong), HasSubstr("url of sink \"glassflow\"")) << url;
    }
}

TEST(Request, refuses_a_password_in_the_url_without_repeating_it) {
    auto wrong = settings();
    wrong.url = "https://user:hunter2@host/v1";
    EXPECT_THAT(error_of(wrong), Not(HasSubstr("hunter2")));
}

TEST(Request, refuses_pipeline_ids_that_would_change_the_path) {
    for (const auto* id : {"", "a/b", "..", "a?b", "a#b", "a b", "a%2fb", "a\r\nHost: x", "ä"}) {
        auto wrong = settings();
        wrong.pipeline_id = id;
        EXPECT_THAT(error_of(wrong), HasSubstr("pipeline_id of sink")) << id;
    }
    auto wrong = settings();
    wrong.pipeline_id = std::string(129, 'a');
    EXPECT_THAT(error_of(wrong), HasSubstr("pipeline_id of sink"));
}

TEST(Request, refuses_tokens_that_would_become_another_header) {
    for (const auto* token : {"", "s3cret\r\nHost: other", "s3cret\n", "s3 cret", "s3crét"}) {
        auto wrong = settings();
        wrong.access_token = token;
        auto error = error_of(wrong);
        EXPECT_THAT(error, HasSubstr("access_token of sink")) << token;
        EXPECT_THAT(error, Not(HasSubstr("s3cr"))) << token;
    }
}

}  // namespace
}  // namespace glassflow::sink
