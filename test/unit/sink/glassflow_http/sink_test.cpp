// The HTTP sink against the sandbox, over real connections.
#include "sink/glassflow_http/sink.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "sandbox/sandbox.h"
#include "sink/recording_listener.h"

namespace glassflow::sink {
namespace {

using sandbox::Fault;
using sandbox::Sandbox;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr auto token = "very-s3cret-token";

class HttpSink : public testing::Test {
protected:
    void SetUp() override {
        sandbox::SandboxSettings wanted;
        wanted.listen = "127.0.0.1:0";
        wanted.pipeline_id = "0b2a7c1e-5d4f-4a3b-9c8d-7e6f5a4b3c2d";
        wanted.access_token = token;
        api = std::make_unique<Sandbox>(wanted);
        api->start();
        settings.name = "glassflow";
        settings.url = api->url();
        settings.pipeline_id = wanted.pipeline_id;
        settings.access_token = token;
        settings.concurrent_requests = 8;
        settings.request_timeout = milliseconds(5'000);
        settings.retry_initial = milliseconds(5);
        settings.retry_max = milliseconds(50);
    }

    GlassflowHttpSink& start() {
        sink = std::make_unique<GlassflowHttpSink>(settings);
        sink->start(listener, "1/1");
        return *sink;
    }
    std::vector<std::string> accepted() { return api->events().read(0, UINT64_MAX).events; }

    std::unique_ptr<Sandbox> api;
    GlassflowHttpSettings settings;
    RecordingListener listener;
    std::unique_ptr<GlassflowHttpSink> sink;  // last: its thread uses the listener
};

TEST_F(HttpSink, delivers_each_payload_as_one_event) {
    start().push(make_payloads(1, 100));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(100));
    std::vector<std::string> expected;
    for (auto& payload : make_payloads(1, 100)) {
        expected.emplace_back(payload.body);
    }
    EXPECT_THAT(accepted(), testing::UnorderedElementsAreArray(expected));
    EXPECT_THAT(listener.reasons(), IsEmpty());
}

TEST_F(HttpSink, delivers_what_comes_later_and_in_pieces) {
    start();
    for (std::uint64_t ticket = 1; ticket <= 50; ++ticket) {
        sink->push(make_payloads(ticket, 1));
        ASSERT_TRUE(listener.wait_delivered(ticket));
    }
    EXPECT_TRUE(sink->finish(in_seconds(20)));
}

TEST_F(HttpSink, large_bodies_arrive_whole) {
    auto payload = make_payload(1);
    payload = with_body(payload, "{\"text\":\"" + std::string(5'000'000, 'x') + "\"}");
    std::vector<Payload> payloads;
    payloads.push_back(payload);
    start().push(std::move(payloads));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(accepted(), ElementsAre(payload.body));
}

struct Passing {
    Fault fault;
    std::string reason;
};

class PassingFault : public HttpSink, public testing::WithParamInterface<Passing> {};

TEST_P(PassingFault, is_tried_again_until_everything_is_delivered) {
    api->misbehave(GetParam().fault);
    settings.request_timeout = milliseconds(200 * patience);
    start().push(make_payloads(1, 40));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(40));
    EXPECT_THAT(listener.refused_tickets(), IsEmpty());
    EXPECT_THAT(listener.halts(), IsEmpty());
    ASSERT_THAT(listener.reasons(), Not(IsEmpty()));
    EXPECT_THAT(listener.reasons()[0], HasSubstr(GetParam().reason));
    auto events = accepted();
    EXPECT_EQ(std::set<std::string>(events.begin(), events.end()).size(), 40u);
}

INSTANTIATE_TEST_SUITE_P(
    all, PassingFault,
    testing::Values(Passing{{.status = 408, .count = 5}, "408"}, Passing{{.status = 425, .count = 5}, "425"},
                    Passing{{.status = 429, .count = 5}, "429"}, Passing{{.status = 500, .count = 30}, "500"},
                    Passing{{.status = 502, .count = 5}, "502"}, Passing{{.status = 503, .count = 5}, "503"},
                    Passing{{.status = 504, .count = 5}, "504"}, Passing{{.is_close = true, .count = 8}, "no answer"},
                    Passing{{.is_close = true, .is_accepted = true, .count = 8}, "no answer"},
                    Passing{{.status = 500, .is_accepted = true, .count = 8}, "500"},
                    Passing{{.hang = milliseconds(1'000 * patience), .count = 8}, "no answer"}),
    [](const auto& instance) {
        const auto& fault = instance.param.fault;
        return (fault.status != 0 ? "status_" + std::to_string(fault.status)
                : fault.is_close  ? std::string("close")
                                  : std::string("hang")) +
               (fault.is_accepted ? "_after_accepting" : "");
    });

TEST_F(HttpSink, retry_after_in_seconds_holds_the_whole_sink_back) {
    api->misbehave({.status = 429, .retry_after = "1", .count = 1});
    auto begin = steady_clock::now();
    settings.concurrent_requests = 1;
    start().push(make_payloads(1, 10));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_GE(steady_clock::now() - begin, milliseconds(1'000));
    ASSERT_THAT(listener.delays(), SizeIs(1));
    EXPECT_GE(listener.delays()[0], milliseconds(1'000));
}

TEST_F(HttpSink, retry_after_as_a_date_is_understood) {
    auto when = std::time(nullptr) + 3;
    std::tm utc{};
    gmtime_r(&when, &utc);
    char text[64];
    std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    api->misbehave({.status = 503, .retry_after = text, .count = 1});
    start().push(make_payloads(1, 1));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    ASSERT_THAT(listener.delays(), SizeIs(1));
    EXPECT_GE(listener.delays()[0], milliseconds(1'000));
    EXPECT_LE(listener.delays()[0], milliseconds(3'100));
}

TEST_F(HttpSink, a_refused_payload_is_reported_and_the_others_go_on) {
    api->misbehave({.status = 422, .detail = "field x is missing", .count = 1});
    settings.concurrent_requests = 1;
    start().push(make_payloads(1, 3));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.refused_tickets(), ElementsAre(1));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(2, 3));
    EXPECT_THAT(listener.reasons(), ElementsAre(HasSubstr("HTTP 422: field x is missing")));
}

TEST_F(HttpSink, what_is_behind_a_refused_payload_in_its_lane_goes_on) {
    api->misbehave({.status = 400, .count = 1});
    std::vector<Payload> payloads;
    payloads.push_back(make_payload(1, {7}));
    payloads.push_back(make_payload(2, {7}));
    start().push(std::move(payloads));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.refused_tickets(), ElementsAre(1));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(2));
}

class HaltingFault : public HttpSink, public testing::WithParamInterface<int> {};

TEST_P(HaltingFault, stops_delivery_and_reports_nothing_as_done) {
    api->misbehave({.status = GetParam(), .count = -1});
    start().push(make_payloads(1, 20));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    sink->push(make_payloads(21, 5));
    auto begin = steady_clock::now();
    EXPECT_FALSE(sink->finish(in_seconds(20)));
    EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(5)) << "waited for what cannot come";
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr(std::to_string(GetParam()))));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
    EXPECT_THAT(listener.refused_tickets(), IsEmpty());
    EXPECT_THAT(accepted(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(all, HaltingFault, testing::Values(401, 404, 407, 207, 301, 302, 307, 308));

TEST_F(HttpSink, the_token_is_not_repeated_even_when_the_destination_does) {
    api->misbehave({.status = 401, .detail = std::string("no such token: ") + token, .count = 1});
    start().push(make_payloads(1, 1));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr("no such token: ***")));
}

TEST_F(HttpSink, connections_are_kept) {
    start().push(make_payloads(1, 500));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(500));
    EXPECT_LE(api->total_connections(), settings.concurrent_requests);
}

// Everything at once: lanes of one and two keys, barriers, random faults of all kinds, lost answers.
TEST_F(HttpSink, keeps_the_order_of_every_lane_through_faults) {
    std::mt19937 random(4711);
    constexpr std::uint64_t total = 2'000;
    std::vector<Payload> all;
    for (std::uint64_t ticket = 0; ticket < total; ++ticket) {
        auto payload = make_payload(ticket, {random() % 30});
        if (random() % 10 == 0) {
            payload.lanes[payload.lane_count++] = 30 + random() % 5;
        }
        payload.is_barrier = random() % 200 == 0;
        all.push_back(payload);
    }
    settings.request_timeout = milliseconds(100);
    settings.retry_initial = milliseconds(1);
    settings.retry_max = milliseconds(5);
    start();

    std::vector<Fault> faults{{.status = 500, .count = -1, .probability = 0.2},
                              {.is_close = true, .count = -1, .probability = 0.2},
                              {.is_close = true, .is_accepted = true, .count = -1, .probability = 0.2},
                              {.status = 503, .is_accepted = true, .count = -1, .probability = 0.2},
                              {.status = 429, .count = -1, .probability = 0.2},
                              {.hang = milliseconds(150), .count = 10, .probability = 0.2}};
    std::size_t next_fault = 0;
    for (std::uint64_t first = 0; first < total; first += 200) {
        api->misbehave(faults[next_fault++ % faults.size()]);
        sink->push(std::vector<Payload>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                        all.begin() + static_cast<std::ptrdiff_t>(first + 200)));
        ASSERT_TRUE(listener.wait_delivered(first + 100));
    }
    ASSERT_TRUE(sink->finish(in_seconds(60)));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(total));
    EXPECT_GT(listener.reasons().size(), 50u) << "the faults did not happen";

    // By order of acceptance: within a lane never a step back, not even by a repetition; a barrier after all before it
    // and before all after it.
    std::map<std::uint64_t, std::uint64_t> last_in_lane;
    std::set<std::uint64_t> seen;
    std::uint64_t barrier = 0;
    std::uint64_t highest = 0;
    for (const auto& event : accepted()) {
        auto ticket = std::stoull(event.substr(5));
        const auto& payload = all[ticket];
        for (int i = 0; i < payload.lane_count; ++i) {
            auto& last = last_in_lane[payload.lanes[i]];
            ASSERT_GE(ticket, last) << "lane " << payload.lanes[i];
            last = ticket;
        }
        ASSERT_GE(ticket, barrier) << "came after a barrier that it stands before";
        if (payload.is_barrier) {
            ASSERT_GE(ticket, highest) << "something behind the barrier came first";
            barrier = ticket;
        }
        highest = std::max<std::uint64_t>(highest, ticket);
        seen.insert(ticket);
    }
    EXPECT_EQ(seen.size(), total);
}

TEST_F(HttpSink, a_payload_that_waits_for_its_retry_holds_its_lane_but_no_other) {
    settings.retry_initial = milliseconds(60'000);
    settings.retry_max = milliseconds(60'000);
    settings.concurrent_requests = 1;
    api->misbehave({.status = 500, .count = 1});
    std::vector<Payload> payloads;
    payloads.push_back(make_payload(1, {7}));
    payloads.push_back(make_payload(2, {7}));
    payloads.push_back(make_payload(3, {8}));
    start().push(std::move(payloads));
    ASSERT_TRUE(listener.wait_delivered(1));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(3));
    EXPECT_FALSE(sink->finish(steady_clock::now() + milliseconds(100)));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(3));
}

TEST_F(HttpSink, finish_gives_up_at_the_deadline_and_aborts_what_hangs) {
    api->misbehave({.hang = milliseconds(30'000), .count = -1});
    settings.request_timeout = milliseconds(30'000);
    start().push(make_payloads(1, 20));
    auto begin = steady_clock::now();
    EXPECT_FALSE(sink->finish(begin + milliseconds(200)));
    auto took = steady_clock::now() - begin;
    EXPECT_GE(took, milliseconds(200));
    EXPECT_LT(took, milliseconds(5'000));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
}

TEST_F(HttpSink, finish_without_anything_to_do_is_done) {
    start();
    auto begin = steady_clock::now();
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_LT(steady_clock::now() - begin, milliseconds(2'000));
}

TEST_F(HttpSink, finish_returns_as_soon_as_everything_is_delivered) {
    start().push(make_payloads(1, 100));
    auto begin = steady_clock::now();
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_LT(steady_clock::now() - begin, milliseconds(5'000));
}

TEST_F(HttpSink, an_unreachable_destination_is_not_hammered) {
    api->stop();
    settings.retry_initial = milliseconds(100);
    settings.retry_max = milliseconds(100'000);
    start().push(make_payloads(1, 1'000));
    EXPECT_FALSE(sink->finish(steady_clock::now() + milliseconds(500)));
    // 8 at once in the first go, then one per growing pause.
    EXPECT_LE(listener.reasons().size(), 40u);
    EXPECT_GE(listener.reasons().size(), 1u);
    EXPECT_THAT(listener.reasons()[0], HasSubstr("could not reach http://127.0.0.1"));
}

TEST_F(HttpSink, delivers_when_the_destination_comes_back) {
    auto port = api->port();
    api->stop();
    start().push(make_payloads(1, 50));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return seen.reasons_.size() >= 3; }));
    auto again = api->settings();
    again.listen = "127.0.0.1:" + std::to_string(port);
    api = std::make_unique<Sandbox>(again);
    api->start();
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(accepted(), SizeIs(50));
}

TEST_F(HttpSink, an_answer_that_is_not_http_is_no_delivery) {
    int server = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    ASSERT_EQ(::bind(server, reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(server, 16), 0);
    ASSERT_EQ(::getsockname(server, reinterpret_cast<sockaddr*>(&address), &size), 0);
    std::thread answering([server] {
        for (int client = -1; (client = ::accept(server, nullptr, nullptr)) >= 0;) {
            char request[4096];
            [[maybe_unused]] auto got = ::recv(client, request, sizeof request, 0);
            [[maybe_unused]] auto sent = ::send(client, "SSH-2.0-OpenSSH\r\n\r\n", 19, MSG_NOSIGNAL);
            ::close(client);
        }
    });
    settings.url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/v1";
    start().push(make_payloads(1, 1));
    EXPECT_TRUE(listener.wait_for([](const auto& seen) { return !seen.reasons_.empty(); }));
    EXPECT_FALSE(sink->finish(steady_clock::now()));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
    EXPECT_THROW(sink->check(), SinkError);
    ::shutdown(server, SHUT_RDWR);
    answering.join();
    ::close(server);
}

std::pair<std::string, std::string> check_error(const GlassflowHttpSettings& settings) {
    GlassflowHttpSink sink(settings);
    try {
        sink.check();
    } catch (const SinkError& error) {
        return {error.what(), error.hint()};
    }
    return {};
}

TEST_F(HttpSink, check_accepts_the_right_credential_and_publishes_nothing) {
    EXPECT_EQ(check_error(settings).first, "");
    EXPECT_THAT(accepted(), IsEmpty());
}

TEST_F(HttpSink, check_says_what_is_wrong_and_what_to_do) {
    auto wrong = settings;
    wrong.access_token = "another-s3cret";
    auto [what, hint] = check_error(wrong);
    EXPECT_THAT(what, HasSubstr("401"));
    EXPECT_THAT(hint, HasSubstr("access_token"));
    EXPECT_THAT(what + hint, Not(HasSubstr("another-s3cret")));

    wrong = settings;
    wrong.pipeline_id = "unknown";
    std::tie(what, hint) = check_error(wrong);
    EXPECT_THAT(what, HasSubstr("404"));
    EXPECT_THAT(hint, HasSubstr("pipeline_id"));

    api->stop();
    std::tie(what, hint) = check_error(settings);
    EXPECT_THAT(what, HasSubstr("cannot reach http://127.0.0.1"));
    EXPECT_THAT(hint, HasSubstr("url"));
}

TEST_F(HttpSink, is_destroyed_in_the_middle_of_things) {
    api->misbehave({.hang = milliseconds(10'000), .count = -1});
    start().push(make_payloads(1, 100));
    auto begin = steady_clock::now();
    sink.reset();
    EXPECT_LT(steady_clock::now() - begin, milliseconds(5'000));
}

}  // namespace
}  // namespace glassflow::sink
