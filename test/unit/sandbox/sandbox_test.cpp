// The sandbox as any HTTP client sees it: strict to the contract, and misbehaving when told to.
#include "sandbox/sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <thread>

namespace glassflow::sandbox {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr auto publish_path = "/v1/pipelines/p-1/topics/input/events";
constexpr auto consume_path = "/v1/pipelines/p-1/topics/output/events/consume";
constexpr auto check_path = "/v1/pipelines/p-1/status/access_token";
const httplib::Headers authorised{{"X-PIPELINE-ACCESS-TOKEN", "token"}};

class SandboxTest : public testing::Test {
protected:
    void SetUp() override {
        settings.listen = "127.0.0.1:0";
        settings.pipeline_id = "p-1";
        settings.access_token = "token";
        settings.max_event_bytes = 1'000;
        server = std::make_unique<Sandbox>(settings, &printed);
        server->start();
        client = std::make_unique<httplib::Client>("127.0.0.1", server->port());
        client->set_keep_alive(true);
    }
    int publish(const std::string& body, const std::string& type = "application/json") {
        auto result = client->Post(publish_path, authorised, body, type);
        if (!result) {
            return 0;
        }
        answer = result->body;
        if (result->status != 200) {
            EXPECT_THAT(answer, HasSubstr("{\"detail\":\""));
        }
        return result->status;
    }
    int tell(const std::string& fault) {
        auto result = client->Post("/sandbox/faults", fault, "application/json");
        return result ? result->status : 0;
    }

    SandboxSettings settings;
    std::ostringstream printed;
    std::unique_ptr<Sandbox> server;
    std::unique_ptr<httplib::Client> client;
    std::string answer;
};

TEST_F(SandboxTest, accepts_exactly_one_json_object) {
    EXPECT_EQ(publish("{\"a\":1}"), 200);
    EXPECT_EQ(publish(" {\n\"b\": [1, {\"c\": null}]\n} ", "application/json; charset=utf-8"), 200);
    EXPECT_EQ(publish("{}", "Application/JSON"), 200);
    EXPECT_EQ(server->events().accepted(), 3u);
    EXPECT_EQ(printed.str(), "{\"a\":1}\n { \"b\": [1, {\"c\": null}] } \n{}\n");
}

TEST_F(SandboxTest, refuses_everything_else) {
    EXPECT_EQ(publish(""), 400);
    EXPECT_EQ(publish("not json"), 400);
    EXPECT_EQ(publish("{\"a\":1"), 400);
    EXPECT_EQ(publish("{\"a\":1}{\"b\":2}"), 400);
    EXPECT_EQ(publish("{\"a\":1}\n{\"b\":2}\n"), 400);
    EXPECT_EQ(publish("{\"a\":NaN}"), 400);
    EXPECT_EQ(publish("{'a':1}"), 400);
    EXPECT_EQ(publish("{\"a\":\"\xff\"}"), 400);
    EXPECT_EQ(publish(std::string("{\"a\":1}\0", 8)), 400);
    EXPECT_EQ(publish("[{\"a\":1}]"), 422);
    EXPECT_EQ(publish("[]"), 422);
    EXPECT_EQ(publish("7"), 422);
    EXPECT_EQ(publish("\"text\""), 422);
    EXPECT_EQ(publish("null"), 422);
    EXPECT_EQ(publish("{}", "text/plain"), 415);
    EXPECT_EQ(publish("{}", "application/jsonx"), 415);
    EXPECT_EQ(publish("{\"a\":\"" + std::string(1'000, 'x') + "\"}"), 413);
    EXPECT_EQ(server->events().accepted(), 0u);
    EXPECT_EQ(printed.str(), "");
}

TEST_F(SandboxTest, nesting_does_not_use_up_the_stack) {
    settings.max_event_bytes = 10'000'000;
    Sandbox large(settings);
    large.start();
    httplib::Client own("127.0.0.1", large.port());
    auto result = own.Post(publish_path, authorised, std::string(5'000'000, '['), "application/json");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 400);
}

TEST_F(SandboxTest, wants_the_right_token_and_pipeline) {
    auto status = [&](const char* path, const httplib::Headers& headers) {
        auto result = client->Post(path, headers, "{}", "application/json");
        return result ? result->status : 0;
    };
    EXPECT_EQ(status(publish_path, {}), 401);
    EXPECT_EQ(status(publish_path, {{"X-PIPELINE-ACCESS-TOKEN", "wrong"}}), 401);
    EXPECT_EQ(status("/v1/pipelines/p-2/topics/input/events", authorised), 404);
    EXPECT_EQ(status("/pipelines/p-1/topics/input/events", authorised), 404);
    EXPECT_EQ(status("/v1/pipelines/p-1/topics/other/events", authorised), 404);
    EXPECT_EQ(server->events().accepted(), 0u);
}

TEST_F(SandboxTest, checks_credentials) {
    auto status = [&](const char* path, const httplib::Headers& headers) {
        auto result = client->Get(path, headers);
        return result ? result->status : 0;
    };
    EXPECT_EQ(status(check_path, authorised), 200);
    EXPECT_EQ(status(check_path, {}), 401);
    EXPECT_EQ(status("/v1/pipelines/p-2/status/access_token", authorised), 404);
}

TEST_F(SandboxTest, gives_events_out_again) {
    auto consume = [&](const char* path) { return client->Post(path, authorised, "", "application/json"); };
    EXPECT_EQ(consume(consume_path)->status, 204);
    publish("{\"a\":1}");
    auto result = consume(consume_path);
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 200);
    EXPECT_THAT(result->body, HasSubstr("\"payload\":{\"a\":1}"));
    EXPECT_THAT(result->body, HasSubstr("\"response\":{\"a\":1}"));
    EXPECT_EQ(consume(consume_path)->status, 204);
    EXPECT_EQ(consume("/v1/pipelines/p-1/topics/failed/events/consume")->status, 204);
    EXPECT_EQ(client->Post(consume_path, "", "application/json")->status, 401);
}

TEST_F(SandboxTest, shows_what_it_accepted) {
    publish("{\"a\":1}");
    publish("{\"b\":2}");
    EXPECT_EQ(client->Get("/sandbox/events")->body, R"({"first":0,"accepted":2,"events":[{"a":1},{"b":2}]})");
    EXPECT_EQ(client->Get("/sandbox/events?offset=1&limit=5")->body, R"({"first":1,"accepted":2,"events":[{"b":2}]})");
    EXPECT_EQ(client->Get("/sandbox/events?offset=9")->body, R"({"first":9,"accepted":2,"events":[]})");
    EXPECT_EQ(client->Get("/sandbox/events?offset=x")->status, 400);
    publish("[]");
    EXPECT_THAT(client->Get("/sandbox/stats")->body,
                HasSubstr(R"({"answers":{"200":2,"422":1},"requests":3,"accepted":2,"kept":2,"connections":1)"));
}

TEST_F(SandboxTest, answers_as_it_was_told_to) {
    EXPECT_EQ(tell(R"({"status":429,"retry_after":7,"detail":"slow down","count":2})"), 200);
    auto result = client->Post(publish_path, authorised, "{}", "application/json");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 429);
    EXPECT_EQ(result->get_header_value("Retry-After"), "7");
    EXPECT_EQ(result->body, R"({"detail":"slow down"})");
    EXPECT_EQ(publish("{}"), 429);
    EXPECT_EQ(publish("{}"), 200);
    EXPECT_EQ(server->events().accepted(), 1u);
    EXPECT_EQ(tell(R"({"stauts":429})"), 400);
}

TEST_F(SandboxTest, behaves_again_when_told_to) {
    tell(R"({"status":500,"count":-1})");
    EXPECT_EQ(publish("{}"), 500);
    EXPECT_EQ(client->Delete("/sandbox/faults")->status, 200);
    EXPECT_EQ(publish("{}"), 200);
    tell(R"({"status":500,"count":-1})");
    tell(R"({"count":0})");
    EXPECT_EQ(publish("{}"), 200);
}

TEST_F(SandboxTest, closes_the_connection_without_a_word) {
    tell(R"({"close":true,"count":1})");
    EXPECT_EQ(publish("{}"), 0);
    EXPECT_EQ(server->events().accepted(), 0u);
    tell(R"({"close":true,"accept":true,"count":1})");
    EXPECT_EQ(publish("{}"), 0);
    EXPECT_EQ(server->events().accepted(), 1u);
    EXPECT_EQ(publish("{}"), 200);
}

TEST_F(SandboxTest, takes_its_time) {
    tell(R"({"hang_ms":200,"count":1})");
    auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(publish("{}"), 200);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(200));
}

TEST_F(SandboxTest, an_event_whose_sender_is_gone_is_not_taken) {
    tell(R"({"hang_ms":300,"count":1})");
    client->set_read_timeout(std::chrono::milliseconds(50));
    EXPECT_EQ(publish("{}"), 0);
    client->set_read_timeout(std::chrono::seconds(5));
    std::string stats;
    for (int i = 0; i < 1'000 && stats.find("\"closed\":1") == std::string::npos; ++i) {
        stats = client->Get("/sandbox/stats")->body;
        ::usleep(5'000);
    }
    EXPECT_THAT(stats, HasSubstr("\"closed\":1"));
    EXPECT_EQ(server->events().accepted(), 0u);
}

TEST_F(SandboxTest, stops_while_clients_hang_and_keep_connections) {
    ASSERT_EQ(publish("{}"), 200);
    tell(R"({"hang_ms":60000,"count":-1})");
    std::thread hanging([&] { publish("{}"); });
    while (httplib::Client("127.0.0.1", server->port()).Get("/sandbox/stats")->body.find("\"open_connections\":2") ==
           std::string::npos) {
    }
    auto begin = std::chrono::steady_clock::now();
    server->stop();
    hanging.join();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(SandboxTest, more_connections_at_once_than_cpp_httplib_would_serve) {
    std::vector<std::unique_ptr<httplib::Client>> clients;
    for (int i = 0; i < 100; ++i) {
        clients.push_back(std::make_unique<httplib::Client>("127.0.0.1", server->port()));
        clients.back()->set_keep_alive(true);
        auto result = clients.back()->Post(publish_path, authorised, "{}", "application/json");
        ASSERT_TRUE(result) << i;
        ASSERT_EQ(result->status, 200);
    }
    EXPECT_EQ(server->events().accepted(), 100u);
}

TEST_F(SandboxTest, says_what_is_wrong_with_its_address) {
    auto error_of = [&](const std::string& listen) -> std::string {
        auto wrong = settings;
        wrong.listen = listen;
        try {
            Sandbox(wrong).start();
        } catch (const SandboxError& error) {
            return error.what();
        }
        return {};
    };
    EXPECT_THAT(error_of("8090"), HasSubstr("is not address:port"));
    EXPECT_THAT(error_of("127.0.0.1:"), HasSubstr("is not address:port"));
    EXPECT_THAT(error_of("127.0.0.1:99999"), HasSubstr("is not address:port"));
    EXPECT_THAT(error_of("127.0.0.1:http"), HasSubstr("is not address:port"));
    EXPECT_THAT(error_of("127.0.0.1:" + std::to_string(server->port())), HasSubstr("could not listen"));
    EXPECT_EQ(error_of("[::1]:0"), "");
}

TEST_F(SandboxTest, records_what_it_accepted_or_says_why_it_cannot) {
    settings.record_path = "/nowhere/at/all";
    EXPECT_THROW(Sandbox{settings}, SandboxError);
    settings.record_path = "/dev/full";
    Sandbox full(settings);
    full.start();
    httplib::Client own("127.0.0.1", full.port());
    auto result = own.Post(publish_path, authorised, "{}", "application/json");
    ASSERT_TRUE(result);
    EXPECT_EQ(result->status, 500) << "took an event that it could not record";
    EXPECT_EQ(full.events().accepted(), 0u);
}

TEST_F(SandboxTest, runs_until_it_is_told_to_stop) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    std::thread running([&] { run_until(*server, ends[0]); });
    EXPECT_EQ(publish("{}"), 200);
    ASSERT_EQ(::write(ends[1], "x", 1), 1);
    running.join();
    EXPECT_EQ(publish("{}"), 0);
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace glassflow::sandbox
