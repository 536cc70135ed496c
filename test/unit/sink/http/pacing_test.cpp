#include "sink/http/pacing.h"

#include <gtest/gtest.h>

namespace glassflow::sink {
namespace {

using std::chrono::milliseconds;

const Pacing::TimePoint start{std::chrono::hours(1)};

Pacing make_pacing(std::uint32_t concurrent_requests = 8) {
    return Pacing(concurrent_requests, milliseconds(100), milliseconds(10'000));
}

TEST(Pacing, as_many_at_once_as_was_set) {
    auto pacing = make_pacing(8);
    EXPECT_TRUE(pacing.may_start(start, 7));
    EXPECT_FALSE(pacing.may_start(start, 8));
}

TEST(Pacing, pauses_after_an_outage_and_comes_back_one_by_one) {
    auto pacing = make_pacing(8);
    auto delay = pacing.destination_failed(start, pacing.epoch(), 0.5, {});
    EXPECT_EQ(delay, milliseconds(50));
    EXPECT_FALSE(pacing.may_start(start, 0));
    EXPECT_FALSE(pacing.may_start(start + milliseconds(49), 0));
    auto later = start + milliseconds(50);
    EXPECT_TRUE(pacing.may_start(later, 0));
    EXPECT_FALSE(pacing.may_start(later, 1));
    pacing.answered(pacing.epoch());
    EXPECT_TRUE(pacing.may_start(later, 1));
    EXPECT_FALSE(pacing.may_start(later, 2));
    pacing.answered(pacing.epoch());
    pacing.answered(pacing.epoch());
    EXPECT_TRUE(pacing.may_start(later, 7));
    EXPECT_FALSE(pacing.may_start(later, 8));
}

TEST(Pacing, what_was_under_way_when_it_failed_counts_once) {
    auto pacing = make_pacing();
    auto epoch = pacing.epoch();
    for (int i = 0; i < 8; ++i) {
        EXPECT_EQ(pacing.destination_failed(start, epoch, 0.5, {}), milliseconds(50));
    }
    EXPECT_EQ(pacing.destination_failed(start, pacing.epoch(), 0.5, {}), milliseconds(100));
}

TEST(Pacing, a_success_from_before_the_outage_says_nothing) {
    auto pacing = make_pacing();
    auto before = pacing.epoch();
    pacing.destination_failed(start, before, 0.5, {});
    pacing.answered(before);
    EXPECT_FALSE(pacing.may_start(start + milliseconds(50), 1)) << "the window opened";
    EXPECT_EQ(pacing.destination_failed(start, pacing.epoch(), 0.5, {}), milliseconds(100))
        << "the backoff started over";
}

TEST(Pacing, a_success_starts_the_backoff_over) {
    auto pacing = make_pacing();
    for (int i = 0; i < 5; ++i) {
        pacing.destination_failed(start, pacing.epoch(), 0.5, {});
    }
    pacing.answered(pacing.epoch());
    auto later = pacing.paused_until();
    EXPECT_EQ(pacing.destination_failed(later, pacing.epoch(), 0.5, {}), milliseconds(50));
}

TEST(Pacing, retry_after_holds_everything_back_also_when_a_late_answer_brings_it) {
    auto pacing = make_pacing();
    auto epoch = pacing.epoch();
    pacing.destination_failed(start, epoch, 0.0, milliseconds(2'000));
    EXPECT_FALSE(pacing.may_start(start + milliseconds(1'999), 0));
    EXPECT_EQ(pacing.destination_failed(start, epoch, 0.0, milliseconds(9'000)), milliseconds(9'000));
    EXPECT_FALSE(pacing.may_start(start + milliseconds(8'999), 0));
}

TEST(Pacing, many_failures_in_a_row_are_the_destination) {
    auto pacing = make_pacing();
    int failures = 1;
    while (!pacing.payload_failed()) {
        ASSERT_LT(++failures, 100);
    }
    EXPECT_GT(failures, 1);
    pacing.destination_failed(start, pacing.epoch(), 0.5, {});
    EXPECT_FALSE(pacing.payload_failed()) << "counts from the start again";
}

TEST(Pacing, one_bad_payload_among_good_ones_is_not_the_destination) {
    auto pacing = make_pacing();
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_FALSE(pacing.payload_failed());
        pacing.answered(pacing.epoch());
    }
}

TEST(Pacing, no_concurrency_at_all_would_deliver_nothing) {
    auto pacing = make_pacing(0);
    EXPECT_TRUE(pacing.may_start(start, 0));
}

}  // namespace
}  // namespace glassflow::sink
