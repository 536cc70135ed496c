#include "sink/otlp/channels.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "sink/make_payload.h"

namespace glassflow::sink {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::size_t plenty = 1'000'000;

Payload barrier(std::uint64_t ticket) {
    auto payload = make_payload(ticket);
    payload.is_barrier = true;
    return payload;
}

class ChannelsTest : public testing::Test {
protected:
    void push(Payload payload, std::size_t pipeline = 0) { channels.push({std::move(payload), 100}, pipeline); }

    // Starts every channel that may; ticket lists by channel.
    std::map<std::size_t, std::vector<std::uint64_t>> start_all() {
        std::map<std::size_t, std::vector<std::uint64_t>> started;
        for (std::size_t index = 0; index < channels.count(); ++index) {
            if (!channels.channel(index).empty() && !channels.channel(index).is_under_way()) {
                for (const auto* payload : channels.channel(index).start(plenty)) {
                    started[index].push_back(payload->ticket);
                }
            }
        }
        return started;
    }
    void deliver(std::size_t index) {
        std::vector<Payload> delivered;
        channels.channel(index).delivered(delivered);
        channels.admit_held();
    }

    Channels channels{2, 4, 300};
};

TEST_F(ChannelsTest, lanes_go_side_by_side_and_one_lane_in_one_channel) {
    push(make_payload(1, {4}));
    push(make_payload(2, {5}));
    push(make_payload(3, {4}));
    push(make_payload(4, {8}));  // shares the channel of lane 4
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(0, ElementsAre(1, 3, 4)), testing::Pair(1, ElementsAre(2))));
}

TEST_F(ChannelsTest, pipelines_have_channels_of_their_own) {
    push(make_payload(1, {4}), 0);
    push(make_payload(2, {4}), 1);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(0, ElementsAre(1)), testing::Pair(4, ElementsAre(2))));
    EXPECT_EQ(channels.pipeline_of(3), 0u);
    EXPECT_EQ(channels.pipeline_of(4), 1u);
}

TEST_F(ChannelsTest, a_barrier_waits_for_all_before_it_and_all_behind_it_wait) {
    push(make_payload(1, {4}), 0);
    push(make_payload(2, {5}), 1);
    push(barrier(3), 1);
    push(make_payload(4, {6}), 0);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(0, ElementsAre(1)), testing::Pair(5, ElementsAre(2))));
    deliver(0);
    EXPECT_THAT(start_all(), IsEmpty());
    deliver(5);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(8, ElementsAre(3))));
    EXPECT_EQ(channels.pipeline_of(8), 1u);
    deliver(8);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(2, ElementsAre(4))));
    EXPECT_EQ(channels.size(), 1u);
}

TEST_F(ChannelsTest, two_lanes_of_one_channel_hold_nothing_up) {
    push(make_payload(1, {4, 8}));
    push(make_payload(2, {4}));
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(0, ElementsAre(1, 2))));
}

TEST_F(ChannelsTest, what_stands_in_two_channels_goes_with_those_right_behind_it) {
    push(make_payload(1, {4}));
    for (std::uint64_t ticket = 2; ticket <= 6; ++ticket) {
        push(make_payload(ticket, {ticket, ticket + 1}));
    }
    push(make_payload(7, {4}), 1);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(0, ElementsAre(1))));
    deliver(0);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(8, ElementsAre(2, 3, 4)))) << "as much as run_bytes";
    deliver(8);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(8, ElementsAre(5, 6)))) << "of one pipeline";
    deliver(8);
    EXPECT_THAT(start_all(), ElementsAre(testing::Pair(4, ElementsAre(7))));
}

// Random payloads, random ends of requests: what shares a lane is never under way in two requests, nor out of order,
// and a barrier is alone.
TEST_F(ChannelsTest, order_holds_whatever_comes) {
    std::mt19937 random(4711);
    constexpr std::uint64_t total = 20'000;
    std::vector<Payload> all;
    std::map<std::size_t, std::vector<std::uint64_t>> under_way;
    std::map<std::uint64_t, std::uint64_t> last_of_lane;
    std::uint64_t ended = 0;
    for (std::uint64_t ticket = 0; ended < total;) {
        if (ticket < total) {
            auto payload = make_payload(ticket, {1'000 + random() % 50});
            if (random() % 5 == 0) {
                // Of the same table, hence of the same pipeline.
                payload.lanes[payload.lane_count++] = 1'000 + payload.lanes[0] % 2 + 2 * (random() % 25);
            }
            payload.is_barrier = random() % 100 == 0;
            all.push_back(payload);
            push(payload, payload.lanes[0] % 2);
            ++ticket;
        }
        for (auto& [index, tickets] : start_all()) {
            under_way[index] = tickets;
            for (auto started : tickets) {
                if (all[started].is_barrier) {
                    ASSERT_EQ(under_way.size(), 1u) << "a barrier is under way with others";
                    ASSERT_EQ(ended, started) << "something earlier is not delivered";
                }
            }
        }
        std::map<std::uint64_t, std::size_t> channel_of_lane;
        for (const auto& [index, tickets] : under_way) {
            for (auto started : tickets) {
                for (int lane = 0; lane < all[started].lane_count; ++lane) {
                    auto [known, is_new] = channel_of_lane.emplace(all[started].lanes[lane], index);
                    ASSERT_EQ(known->second, index) << "a lane is under way in two requests";
                }
            }
        }
        if (!under_way.empty() && (ticket == total || random() % 3 == 0)) {
            auto chosen = std::next(under_way.begin(), static_cast<std::ptrdiff_t>(random() % under_way.size()));
            if (random() % 4 == 0) {
                channels.channel(chosen->first).failed();
            } else {
                for (auto delivered : chosen->second) {
                    ++ended;
                    for (int lane = 0; lane < all[delivered].lane_count; ++lane) {
                        auto& last = last_of_lane[all[delivered].lanes[lane]];
                        ASSERT_LE(last, delivered) << "lane " << all[delivered].lanes[lane];
                        last = delivered;
                    }
                }
                deliver(chosen->first);
            }
            under_way.erase(chosen);
        }
    }
    EXPECT_EQ(channels.size(), 0u);
}

}  // namespace
}  // namespace glassflow::sink
