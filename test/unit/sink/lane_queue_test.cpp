#include "sink/lane_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

namespace glassflow::sink {
namespace {

using testing::ElementsAre;

Payload in_lanes(std::uint64_t ticket, std::vector<std::uint64_t> lanes) {
    Payload payload;
    payload.ticket = ticket;
    payload.lane_count = static_cast<std::uint8_t>(lanes.size());
    std::copy(lanes.begin(), lanes.end(), payload.lanes.begin());
    return payload;
}

Payload barrier(std::uint64_t ticket) {
    Payload payload;
    payload.ticket = ticket;
    payload.is_barrier = true;
    return payload;
}

// What may go now, by ticket; remembers the slots so that a test can say which one is done.
struct Sender {
    LaneQueue queue;
    std::map<std::uint64_t, LaneQueue::Slot> under_way;

    std::vector<std::uint64_t> take_all() {
        std::vector<std::uint64_t> tickets;
        while (auto slot = queue.next()) {
            tickets.push_back(queue.payload(*slot).ticket);
            under_way[tickets.back()] = *slot;
        }
        return tickets;
    }
    void done(std::uint64_t ticket) {
        EXPECT_EQ(queue.done(under_way.at(ticket)).ticket, ticket);
        under_way.erase(ticket);
    }
};

TEST(LaneQueue, lanes_go_side_by_side_and_each_in_order) {
    Sender sender;
    sender.queue.push(in_lanes(1, {10}));
    sender.queue.push(in_lanes(2, {20}));
    sender.queue.push(in_lanes(3, {10}));
    sender.queue.push(in_lanes(4, {20}));
    EXPECT_THAT(sender.take_all(), ElementsAre(1, 2));
    sender.done(2);
    EXPECT_THAT(sender.take_all(), ElementsAre(4));
    EXPECT_EQ(sender.queue.size(), 3u);
    sender.done(1);
    EXPECT_THAT(sender.take_all(), ElementsAre(3));
    sender.done(3);
    sender.done(4);
    EXPECT_TRUE(sender.queue.empty());
}

TEST(LaneQueue, a_payload_of_two_lanes_waits_for_both_and_holds_both) {
    Sender sender;
    sender.queue.push(in_lanes(1, {10}));
    sender.queue.push(in_lanes(2, {20}));
    sender.queue.push(in_lanes(3, {20, 10}));
    sender.queue.push(in_lanes(4, {10}));
    sender.queue.push(in_lanes(5, {20}));
    sender.queue.push(in_lanes(6, {30}));
    EXPECT_THAT(sender.take_all(), ElementsAre(1, 2, 6));
    sender.done(1);
    EXPECT_THAT(sender.take_all(), ElementsAre());
    sender.done(2);
    EXPECT_THAT(sender.take_all(), ElementsAre(3));
    sender.done(3);
    EXPECT_THAT(sender.take_all(), testing::UnorderedElementsAre(4, 5));
}

TEST(LaneQueue, the_same_lane_twice_is_one_lane) {
    Sender sender;
    sender.queue.push(in_lanes(1, {10, 10}));
    sender.queue.push(in_lanes(2, {10, 10}));
    EXPECT_THAT(sender.take_all(), ElementsAre(1));
    sender.done(1);
    EXPECT_THAT(sender.take_all(), ElementsAre(2));
    sender.done(2);
    EXPECT_TRUE(sender.queue.empty());
}

TEST(LaneQueue, lane_zero_is_a_lane_like_any_other) {
    Sender sender;
    sender.queue.push(in_lanes(1, {0}));
    sender.queue.push(in_lanes(2, {5, 0}));
    EXPECT_THAT(sender.take_all(), ElementsAre(1));
    sender.done(1);
    EXPECT_THAT(sender.take_all(), ElementsAre(2));
}

TEST(LaneQueue, without_a_lane_nothing_is_waited_for) {
    Sender sender;
    sender.queue.push(in_lanes(1, {}));
    sender.queue.push(in_lanes(2, {}));
    EXPECT_THAT(sender.take_all(), ElementsAre(1, 2));
}

TEST(LaneQueue, a_barrier_waits_for_all_before_it_and_holds_all_behind_it) {
    Sender sender;
    sender.queue.push(in_lanes(1, {10}));
    sender.queue.push(in_lanes(2, {}));
    sender.queue.push(barrier(3));
    sender.queue.push(in_lanes(4, {40}));
    sender.queue.push(in_lanes(5, {}));
    EXPECT_EQ(sender.queue.size(), 5u);
    EXPECT_THAT(sender.take_all(), ElementsAre(1, 2));
    sender.done(2);
    EXPECT_THAT(sender.take_all(), ElementsAre());
    sender.done(1);
    EXPECT_THAT(sender.take_all(), ElementsAre(3));
    EXPECT_THAT(sender.take_all(), ElementsAre());
    sender.done(3);
    EXPECT_THAT(sender.take_all(), ElementsAre(4, 5));
}

TEST(LaneQueue, barriers_in_a_row_go_one_by_one) {
    Sender sender;
    sender.queue.push(barrier(1));
    sender.queue.push(barrier(2));
    sender.queue.push(in_lanes(3, {10}));
    sender.queue.push(barrier(4));
    for (std::uint64_t ticket = 1; ticket <= 4; ++ticket) {
        EXPECT_THAT(sender.take_all(), ElementsAre(ticket));
        sender.done(ticket);
    }
    EXPECT_TRUE(sender.queue.empty());
}

// Random traffic against the definition: nothing goes before what it must wait for, and everything goes.
TEST(LaneQueue, keeps_the_order_of_every_lane_whatever_finishes_first) {
    for (unsigned seed = 1; seed <= 50; ++seed) {
        std::mt19937 random(seed);
        LaneQueue queue;
        std::map<std::uint64_t, Payload> pending;  // by ticket, which is the order of pushing
        std::vector<LaneQueue::Slot> under_way;
        std::uint64_t pushed = 0;
        std::uint64_t done = 0;
        constexpr std::uint64_t total = 2'000;

        auto must_wait = [&](const Payload& payload) {
            for (const auto& [ticket, earlier] : pending) {
                if (ticket >= payload.ticket) {
                    break;
                }
                if (payload.is_barrier || earlier.is_barrier) {
                    return true;
                }
                for (int i = 0; i < payload.lane_count; ++i) {
                    for (int j = 0; j < earlier.lane_count; ++j) {
                        if (payload.lanes[i] == earlier.lanes[j]) {
                            return true;
                        }
                    }
                }
            }
            return false;
        };
        while (done < total) {
            auto action = random() % 3;
            if (action == 0 && pushed < total && pushed - done < 200) {
                std::vector<std::uint64_t> lanes;
                for (unsigned i = 0; i < random() % 3; ++i) {
                    lanes.push_back(random() % 20);
                }
                auto payload = random() % 100 == 0 ? barrier(pushed) : in_lanes(pushed, lanes);
                pending[pushed++] = payload;
                queue.push(std::move(payload));
            } else if (action == 1) {
                if (auto slot = queue.next()) {
                    ASSERT_FALSE(must_wait(queue.payload(*slot))) << "ticket " << queue.payload(*slot).ticket;
                    under_way.push_back(*slot);
                }
            } else if (!under_way.empty()) {
                auto chosen = random() % under_way.size();
                auto payload = queue.done(under_way[chosen]);
                under_way.erase(under_way.begin() + static_cast<std::ptrdiff_t>(chosen));
                ASSERT_EQ(pending.erase(payload.ticket), 1u);
                ++done;
            }
            ASSERT_EQ(queue.size(), pending.size());
            // Nothing is forgotten: whatever need not wait is either under way or on offer.
            if (!pending.empty() && under_way.empty()) {
                ASSERT_TRUE(queue.has_next());
            }
        }
        EXPECT_TRUE(queue.empty());
    }
}

TEST(LaneQueue, what_waits_longest_goes_first) {
    Sender sender;
    for (std::uint64_t ticket = 0; ticket < 1'000; ++ticket) {
        sender.queue.push(in_lanes(ticket, {ticket}));
    }
    auto tickets = sender.take_all();
    EXPECT_TRUE(std::is_sorted(tickets.begin(), tickets.end()));
    EXPECT_EQ(tickets.size(), 1'000u);
}

TEST(LaneQueue, a_long_lane_costs_no_more_per_payload_than_a_short_one) {
    // Quadratic behaviour would take minutes here.
    LaneQueue queue;
    constexpr std::uint64_t total = 1'000'000;
    for (std::uint64_t ticket = 0; ticket < total; ++ticket) {
        queue.push(in_lanes(ticket, {7}));
    }
    for (std::uint64_t ticket = 0; ticket < total; ++ticket) {
        auto slot = queue.next();
        ASSERT_TRUE(slot);
        ASSERT_EQ(queue.done(*slot).ticket, ticket);
    }
    EXPECT_TRUE(queue.empty());
}

}  // namespace
}  // namespace glassflow::sink
