// The OTLP sink against a receiver in this process, over real connections.
#include "sink/otlp/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>

#include "sink/make_payload.h"
#include "sink/otlp/receiver.h"
#include "sink/recording_listener.h"

namespace glassflow::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using Misbehaviour = TestReceiver::Misbehaviour;

class Otlp : public testing::Test {
protected:
    void SetUp() override {
        settings.name = "otlp";
        settings.url = receiver.url();
        settings.pipeline_id = "pg-otlp";
        settings.request_timeout = milliseconds(5'000);
        settings.retry_initial = milliseconds(5);
        settings.retry_max = milliseconds(20);
    }

    OtlpSink& start() {
        sink = std::make_unique<OtlpSink>(settings);
        sink->start(listener, "1/1");
        return *sink;
    }

    // The next count requests go like this.
    void misbehave(Misbehaviour fault, int count) {
        receiver.answer_with([fault, count](const auto&) mutable { return count-- > 0 ? fault : Misbehaviour(); });
    }

    std::vector<std::string> distinct_stored() {
        std::vector<std::string> distinct;
        std::set<std::string> seen;
        for (const auto& body : receiver.stored()) {
            if (seen.insert(body).second) {
                distinct.push_back(body);
            }
        }
        return distinct;
    }

    TestReceiver receiver;
    OtlpSettings settings;
    RecordingListener listener;
    std::unique_ptr<OtlpSink> sink;  // last: its thread uses the listener
};

std::vector<std::string> bodies(const std::vector<Payload>& payloads) {
    std::vector<std::string> found;
    for (const auto& payload : payloads) {
        found.emplace_back(payload.body);
    }
    return found;
}

TEST_F(Otlp, delivers_everything_in_order_and_reports_it_in_batches) {
    start().push(make_payloads(1, 1'000));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(1'000));
    EXPECT_EQ(receiver.stored(), bodies(make_payloads(1, 1'000)));
    EXPECT_LE(listener.delivered_calls(), 3u);
    EXPECT_THAT(receiver.request_sizes(), SizeIs(testing::Le(3u)));
    EXPECT_THAT(listener.reasons(), IsEmpty());
}

TEST_F(Otlp, requests_do_not_exceed_their_size) {
    settings.max_request_bytes = 64 * 1024;
    start().push(make_payloads(1, 5'000));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(receiver.stored(), SizeIs(5'000));
    EXPECT_THAT(receiver.request_sizes(), testing::Each(testing::Le(64u * 1024)));
    EXPECT_THAT(receiver.request_sizes(), SizeIs(testing::Le(25u)));
    EXPECT_EQ(receiver.most_under_way(), 1);
}

TEST_F(Otlp, a_batch_that_is_not_full_waits_as_long_as_it_was_told_to) {
    settings.batch_delay = milliseconds(300);
    const auto begin = steady_clock::now();
    start().push(make_payloads(1, 1));
    sink->push(make_payloads(2, 1));
    ASSERT_TRUE(listener.wait_delivered(2));
    EXPECT_GE(steady_clock::now() - begin, milliseconds(300));
    EXPECT_THAT(receiver.request_sizes(), SizeIs(1));
}

struct Passing {
    std::string name;
    Misbehaviour fault;
    std::string reason;
};
class PassingOtlpFault : public Otlp, public testing::WithParamInterface<Passing> {};

TEST_P(PassingOtlpFault, is_tried_again_until_everything_is_delivered) {
    misbehave(GetParam().fault, 5);
    settings.request_timeout = milliseconds(150 * patience);
    start().push(make_payloads(1, 40));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(40));
    EXPECT_THAT(listener.refused_tickets(), IsEmpty());
    EXPECT_THAT(listener.halts(), IsEmpty());
    ASSERT_THAT(listener.reasons(), Not(IsEmpty()));
    EXPECT_THAT(listener.reasons()[0], HasSubstr(GetParam().reason));
    EXPECT_EQ(distinct_stored(), bodies(make_payloads(1, 40)));
}

INSTANTIATE_TEST_SUITE_P(
    all, PassingOtlpFault,
    testing::Values(
        Passing{"overload", {.status = 429, .text = "receiver overloaded, try again later\n"}, "overloaded"},
        Passing{"unavailable", {.status = 503}, "503"}, Passing{"bad_gateway", {.status = 502}, "502"},
        Passing{"gateway_timeout", {.status = 504}, "504"},
        Passing{"error", {.status = 500, .text = "nats: timeout\n"}, "nats: timeout"},
        Passing{"error_half_stored", {.status = 500, .text = "nats: timeout\n", .stored = 20}, "500"},
        Passing{"hang", {.hang = milliseconds(400 * patience)}, "no answer"},
        Passing{"hang_half_stored", {.stored = 7, .hang = milliseconds(400 * patience)}, "no answer"},
        Passing{"close", {.is_close = true}, "no answer"},
        Passing{"close_after_storing", {.stored = -1, .is_close = true}, "no answer"}),
    [](const auto& instance) { return instance.param.name; });

TEST_F(Otlp, retry_after_is_honoured) {
    misbehave({.status = 429, .retry_after = "1"}, 1);
    const auto begin = steady_clock::now();
    start().push(make_payloads(1, 10));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_GE(steady_clock::now() - begin, milliseconds(1'000));
    ASSERT_THAT(listener.delays(), SizeIs(1));
    EXPECT_GE(listener.delays()[0], milliseconds(1'000));
}

class HaltingOtlpFault : public Otlp, public testing::WithParamInterface<std::pair<int, std::string>> {};

TEST_P(HaltingOtlpFault, stops_at_once_and_reports_nothing_else) {
    misbehave({.status = GetParam().first, .text = GetParam().second}, 1);
    start().push(make_payloads(1, 10));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_FALSE(sink->finish(in_seconds(5)));
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr(std::to_string(GetParam().first))));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
    EXPECT_THAT(listener.refused_tickets(), IsEmpty());
    EXPECT_THAT(receiver.stored(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    all, HaltingOtlpFault,
    testing::Values(std::pair(500, "no active pipeline found\n"), std::pair(500, "dedup value is empty\n"),
                    std::pair(400, "missing x-glassflow-pipeline-id header\n"), std::pair(404, "not found"),
                    std::pair(401, "who are you?"), std::pair(301, "")),
    [](const auto& instance) {
        return "case_" + std::to_string(instance.index) + "_" + std::to_string(instance.param.first);
    });

TEST_F(Otlp, a_receiver_that_keeps_failing_is_given_up) {
    misbehave({.status = 500, .text = "nats: no responders\n"}, 1'000);
    settings.retry_initial = settings.retry_max = milliseconds(1);
    start().push(make_payloads(1, 10));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr("nats: no responders), 17 times in a row")));
    EXPECT_THAT(listener.reasons(), SizeIs(16));
    EXPECT_THAT(listener.refused_tickets(), IsEmpty());
}

// Requests with one of these are refused.
std::function<Misbehaviour(const TestReceiver::Request&)> refuse(std::set<std::string> poison, Misbehaviour fault) {
    return [poison, fault](const auto& request) {
        const bool is_refused = std::any_of(request.bodies.begin(), request.bodies.end(),
                                            [&](const auto& body) { return poison.contains(body); });
        return is_refused ? fault : Misbehaviour();
    };
}

TEST_F(Otlp, poison_is_isolated_and_all_others_arrive_in_order) {
    for (const auto& fault :
         {Misbehaviour{.status = 400, .text = "proto: invalid UTF-8\n"},
          Misbehaviour{.status = 500, .text = "write batch: nats: maximum payload exceeded\n", .stored = 3}}) {
        receiver.answer_with(refuse({"{\"n\":1}", "{\"n\":500}", "{\"n\":501}", "{\"n\":1000}"}, fault));
        RecordingListener seen;
        OtlpSink one(settings);
        one.start(seen, "1/1");
        one.push(make_payloads(1, 1'000));
        EXPECT_TRUE(one.finish(in_seconds(20)));
        EXPECT_THAT(seen.refused_tickets(), ElementsAre(1, 500, 501, 1000));
        EXPECT_THAT(seen.delivered_tickets(), SizeIs(996));
        const auto order = seen.delivered_tickets();
        EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
        EXPECT_THAT(seen.reasons(), testing::Each(HasSubstr(std::to_string(fault.status))));
        EXPECT_THAT(seen.reasons(), SizeIs(4)) << "the search for it is no retry";
    }
}

TEST_F(Otlp, when_every_record_is_refused_something_else_is_wrong) {
    misbehave({.status = 400, .text = "I am a teapot\n"}, 1'000'000);
    start().push(make_payloads(1, 1'000));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr("the last 20 records were all refused")));
    EXPECT_THAT(listener.refused_tickets(), SizeIs(20));
}

TEST_F(Otlp, what_is_too_large_is_refused_without_being_sent) {
    settings.max_event_bytes = 1'000'000;
    settings.max_request_bytes = 900'000;
    std::vector<Payload> payloads;
    payloads.push_back(make_payload(1));
    payloads.push_back(with_body(make_payload(2), std::string(1'000'001, 'x')));
    payloads.push_back(with_body(make_payload(3), std::string(200'000, '<')));
    payloads.push_back(with_body(make_payload(4), std::string(950'000, 'x')));
    payloads.push_back(with_body(make_payload(5), std::string(500'000, 'x')));
    start().push(std::move(payloads));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(1, 5));
    EXPECT_THAT(listener.refused_tickets(), ElementsAre(2, 3, 4));
    EXPECT_THAT(listener.reasons(), ElementsAre(HasSubstr("max_event_bytes is 1000000"), HasSubstr("1 MiB"),
                                                HasSubstr("max_request_bytes is 900000")));
}

TEST_F(Otlp, what_is_too_large_goes_without_its_largest_values_if_asked_to) {
    settings.oversize = "truncate";
    settings.form = "row";
    settings.max_event_bytes = 500'000;
    auto row = [](std::uint64_t ticket, std::size_t size, char filling, const std::string& key) {
        auto payload = make_payload(
            PayloadText{.body = R"({"id":")" + key + R"(","note":")" + std::string(size, filling) + R"(","n":7})",
                        .event_id = "0/" + std::to_string(ticket) + "-0",
                        .key = R"({"id":")" + key + R"("})"});
        payload.ticket = ticket;
        return payload;
    };
    std::vector<Payload> payloads;
    payloads.push_back(row(1, 600'000, 'x', "1"));
    payloads.push_back(row(2, 400'000, '<', "2"));  // six bytes each for the receiver
    payloads.push_back(row(3, 10, 'x', std::string(600'000, 'k')));
    payloads.push_back(row(4, 10, 'x', "4"));
    start().push(std::move(payloads));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(receiver.stored(),
                ElementsAre(R"({"id":"1","n":7,"_truncated":["note"]})", R"({"id":"2","n":7,"_truncated":["note"]})",
                            R"({"id":"4","note":"xxxxxxxxxx","n":7})"));
    EXPECT_THAT(listener.refused_tickets(), ElementsAre(3));
    EXPECT_THAT(listener.reasons(), ElementsAre(HasSubstr("also without its largest values")));
}

TEST_F(Otlp, tables_go_to_their_pipelines_and_messages_without_one_to_the_dead_letters) {
    settings.pipeline_id = "";
    settings.pipelines = {"public.t=pg-otlp", "public.*=pg-rest"};
    settings.tables = {"public.*"};
    std::vector<Payload> payloads = make_payloads(1, 2);
    payloads.push_back(make_payload(PayloadText{.body = "{}", .event_id = "0/3-0", .table = {"public", "u"}}));
    payloads.push_back(make_payload(4));
    payloads.back().table = nullptr;
    payloads.back().operation = 'm';
    start().push(std::move(payloads));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(receiver.stored("pg-otlp"), SizeIs(2));
    EXPECT_THAT(receiver.stored("pg-rest"), ElementsAre("{}"));
    EXPECT_THAT(listener.refused_tickets(), ElementsAre(4));
    EXPECT_THAT(listener.reasons(), ElementsAre(HasSubstr("pipeline_id is not set")));
}

TEST_F(Otlp, a_table_without_a_pipeline_stops_delivery) {
    settings.pipeline_id = "";
    settings.pipelines = {"other.*=pg-otlp"};
    settings.tables = {"other.*"};
    start().push(make_payloads(1, 2));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); }));
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr("table public.t has no pipeline")));
    EXPECT_FALSE(sink->finish(in_seconds(5)));
}

// Everything at once: many requests side by side, lanes of one and two keys, barriers, faults of all kinds.
TEST_F(Otlp, keeps_the_order_of_every_lane_through_faults) {
    std::mt19937 random(4711);
    constexpr std::uint64_t total = 20'000;
    std::vector<Payload> all;
    for (std::uint64_t ticket = 0; ticket < total; ++ticket) {
        auto payload = make_payload(ticket, {random() % 30});
        if (random() % 10 == 0) {
            payload.lanes[payload.lane_count++] = 30 + random() % 5;
        }
        payload.is_barrier = random() % 500 == 0;
        all.push_back(payload);
    }
    std::set<std::string> poison;
    for (int i = 0; i < 15; ++i) {
        poison.insert(std::string(all[random() % total].body));
    }
    auto refusing = refuse(poison, {.status = 400, .text = "proto: no\n"});
    receiver.answer_with([&, chance = std::mt19937(11)](const auto& request) mutable -> Misbehaviour {
        const int part = static_cast<int>(chance() % (request.bodies.size() + 1));
        switch (chance() % 12) {
            case 0:
                return {.status = 500, .text = "nats: timeout\n", .stored = part};
            case 1:
                return {.stored = part, .is_close = true};
            case 2:
                return {.status = 503, .stored = -1};
            case 3:
                return {.status = 429};
            case 4:
                return chance() % 10 == 0 ? Misbehaviour{.stored = part, .hang = milliseconds(200)} : refusing(request);
            default:
                return refusing(request);
        }
    });
    settings.request_timeout = milliseconds(100);
    settings.retry_initial = milliseconds(1);
    settings.retry_max = milliseconds(5);
    settings.concurrent_requests = 8;
    settings.max_request_bytes = 64 * 1024;
    start();
    for (std::uint64_t first = 0; first < total; first += 400) {
        sink->push(std::vector<Payload>(all.begin() + static_cast<std::ptrdiff_t>(first),
                                        all.begin() + static_cast<std::ptrdiff_t>(first + 400)));
        ASSERT_TRUE(listener.wait_delivered(first > 2'000 ? first - 2'000 : 0));
    }
    ASSERT_TRUE(sink->finish(in_seconds(60)));
    EXPECT_THAT(listener.halts(), IsEmpty());
    EXPECT_EQ(listener.delivered_tickets().size(), total - poison.size());
    EXPECT_THAT(listener.refused_tickets(), SizeIs(poison.size()));
    EXPECT_GT(listener.reasons().size(), 30u) << "the faults did not happen";
    EXPECT_GT(receiver.most_under_way(), 1) << "nothing was side by side";

    // At first arrival: within a lane never a step back; a barrier after all before it and before all after it.
    std::map<std::uint64_t, std::uint64_t> last_in_lane;
    std::set<std::uint64_t> seen;
    std::uint64_t barrier = 0;
    std::uint64_t highest = 0;
    for (const auto& event : receiver.stored()) {
        const auto ticket = std::stoull(event.substr(5));
        // What is poison here may have been stored by a request that failed otherwise.
        if (poison.contains(event) || !seen.insert(ticket).second) {
            continue;
        }
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
    }
    EXPECT_EQ(seen.size(), total - poison.size());
}

TEST_F(Otlp, finish_gives_up_at_the_deadline_and_aborts_what_hangs) {
    misbehave({.hang = milliseconds(2'000)}, 100);
    start().push(make_payloads(1, 20));
    const auto begin = steady_clock::now();
    EXPECT_FALSE(sink->finish(begin + milliseconds(200)));
    EXPECT_LT(steady_clock::now() - begin, milliseconds(1'500));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
}

TEST_F(Otlp, an_unreachable_receiver_is_not_hammered) {
    receiver.stop();
    settings.retry_initial = milliseconds(100);
    settings.retry_max = milliseconds(100'000);
    start().push(make_payloads(1, 1'000));
    EXPECT_FALSE(sink->finish(steady_clock::now() + milliseconds(500)));
    EXPECT_GE(listener.reasons().size(), 1u);
    EXPECT_LE(listener.reasons().size(), 20u);
    EXPECT_THAT(listener.reasons()[0], HasSubstr("could not reach http://127.0.0.1"));
}

std::string check_error(const OtlpSettings& settings) {
    OtlpSink sink(settings);
    try {
        sink.check();
    } catch (const SinkError& error) {
        return error.what() + std::string(" | ") + error.hint();
    }
    return {};
}

TEST_F(Otlp, check_says_what_is_wrong_and_stores_nothing) {
    EXPECT_EQ(check_error(settings), "");
    misbehave({.status = 500, .text = "no active pipeline found\n"}, 1);
    EXPECT_THAT(check_error(settings), testing::AllOf(HasSubstr("pg-otlp"), HasSubstr("Create the pipeline")));
    misbehave({.status = 429}, 1);
    EXPECT_THAT(check_error(settings), HasSubstr("Try again later"));
    auto elsewhere = settings;
    elsewhere.url += "/elsewhere";
    EXPECT_THAT(check_error(elsewhere), HasSubstr("404"));
    EXPECT_THAT(receiver.stored(), IsEmpty());
    receiver.stop();
    EXPECT_THAT(check_error(settings), HasSubstr("cannot reach http://127.0.0.1"));
}

}  // namespace
}  // namespace glassflow::sink
