#include "sink/otlp/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "sink/make_payload.h"

namespace glassflow::sink {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

constexpr std::size_t plenty = 1'000'000;

std::vector<std::uint64_t> tickets(const std::vector<const Payload*>& payloads) {
    std::vector<std::uint64_t> found;
    for (const auto* payload : payloads) {
        found.push_back(payload->ticket);
    }
    return found;
}

Channel channel_with(std::uint64_t count, std::size_t record_bytes = 100) {
    Channel channel;
    for (std::uint64_t ticket = 1; ticket <= count; ++ticket) {
        channel.push({make_payload(ticket), record_bytes});
    }
    return channel;
}

TEST(Channel, a_request_holds_the_first_that_fit) {
    auto channel = channel_with(5);
    EXPECT_THAT(tickets(channel.start(250)), ElementsAre(1, 2));
    EXPECT_TRUE(channel.is_under_way());
    std::vector<Payload> delivered;
    channel.delivered(delivered);
    EXPECT_FALSE(channel.is_under_way());
    EXPECT_THAT(delivered, SizeIs(2));
    EXPECT_EQ(channel.queued_bytes(), 300u);
    EXPECT_THAT(tickets(channel.start(300)), ElementsAre(3, 4, 5));
}

TEST(Channel, a_payload_that_is_larger_than_a_request_goes_alone) {
    auto channel = channel_with(3, 1'000);
    EXPECT_THAT(tickets(channel.start(10)), ElementsAre(1));
}

TEST(Channel, what_failed_is_sent_again_from_the_same_payload_on) {
    auto channel = channel_with(3);
    channel.start(plenty);
    channel.failed();
    channel.push({make_payload(4), 100});
    EXPECT_THAT(tickets(channel.start(plenty)), ElementsAre(1, 2, 3, 4));
}

TEST(Channel, without_an_answer_requests_shrink_and_grow_again_with_success) {
    auto channel = channel_with(40);
    EXPECT_THAT(channel.start(plenty), SizeIs(40));
    channel.lost();
    EXPECT_THAT(channel.start(plenty), SizeIs(20));
    channel.lost();
    EXPECT_THAT(channel.start(plenty), SizeIs(10));
    channel.failed();  // an answer, if a bad one: no smaller
    EXPECT_THAT(channel.start(plenty), SizeIs(10));
    std::vector<Payload> delivered;
    channel.delivered(delivered);
    EXPECT_THAT(channel.start(plenty), SizeIs(20));
    channel.delivered(delivered);
    EXPECT_THAT(channel.start(plenty), SizeIs(10));
    for (int i = 0; i < 10; ++i) {
        channel.lost();
        EXPECT_GE(channel.start(plenty).size(), 1u) << "never nothing";
    }
}

// Sends until nothing is left, refusing every request with a poisoned payload; returns how many requests it took.
int drain(Channel& channel, const std::set<std::uint64_t>& poison, std::vector<std::uint64_t>& delivered,
          std::vector<std::uint64_t>& refused) {
    int requests = 0;
    while (!channel.empty()) {
        ++requests;
        bool is_refused = false;
        for (auto ticket : tickets(channel.start(plenty))) {
            is_refused = is_refused || poison.contains(ticket);
        }
        if (is_refused) {
            if (auto payload = channel.refused()) {
                refused.push_back(payload->ticket);
            }
            continue;
        }
        std::vector<Payload> payloads;
        channel.delivered(payloads);
        for (const auto& payload : payloads) {
            delivered.push_back(payload.ticket);
        }
    }
    return requests;
}

TEST(Channel, one_refused_record_is_found_in_as_many_requests_as_its_number_has_bits) {
    for (std::uint64_t poison : {1, 2, 511, 512, 513, 1023, 1024}) {
        auto channel = channel_with(1024);
        std::vector<std::uint64_t> delivered;
        std::vector<std::uint64_t> refused;
        EXPECT_LE(drain(channel, {poison}, delivered, refused), 13) << poison;
        EXPECT_THAT(refused, ElementsAre(poison));
        EXPECT_THAT(delivered, SizeIs(1023));
        EXPECT_TRUE(std::is_sorted(delivered.begin(), delivered.end()));
    }
}

TEST(Channel, any_number_of_refused_records_is_found_and_no_other) {
    std::mt19937 random(4711);
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t count = 1 + random() % 200;
        std::set<std::uint64_t> poison;
        for (auto wanted = random() % 10; wanted > 0; --wanted) {
            poison.insert(1 + random() % count);
        }
        auto channel = channel_with(count);
        std::vector<std::uint64_t> delivered;
        std::vector<std::uint64_t> refused;
        drain(channel, poison, delivered, refused);
        EXPECT_EQ(std::set(refused.begin(), refused.end()), poison);
        EXPECT_EQ(refused.size(), poison.size());
        EXPECT_EQ(delivered.size() + refused.size(), count);
        EXPECT_TRUE(std::is_sorted(delivered.begin(), delivered.end()));
        EXPECT_EQ(channel.queued_bytes(), 0u);
    }
}

TEST(Channel, what_is_suspected_is_remembered_through_other_failures) {
    auto channel = channel_with(8);
    channel.start(plenty);
    EXPECT_FALSE(channel.refused());
    EXPECT_THAT(channel.start(plenty), SizeIs(4));
    channel.failed();
    EXPECT_THAT(channel.start(plenty), SizeIs(4));
    channel.lost();
    EXPECT_THAT(channel.start(plenty), SizeIs(2));
}

}  // namespace
}  // namespace glassflow::sink
