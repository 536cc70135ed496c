#include "retry/retry_policy.h"

#include <gtest/gtest.h>

namespace glassflow::retry {
namespace {

using std::chrono::milliseconds;

constexpr double almost_one = 0.999999;

TEST(RetryPolicy, doubles_until_the_maximum) {
    RetryPolicy policy(milliseconds(100), milliseconds(1'000));
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(99));
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(199));
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(399));
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(799));
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(999));
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(999));
    EXPECT_EQ(policy.attempts(), 6u);
}

TEST(RetryPolicy, spreads_over_the_whole_range) {
    RetryPolicy policy(milliseconds(1'000), milliseconds(1'000));
    EXPECT_EQ(policy.next_delay(0.25), milliseconds(250));
    EXPECT_EQ(policy.next_delay(0.75), milliseconds(750));
}

TEST(RetryPolicy, is_never_zero) {
    RetryPolicy policy(milliseconds(100), milliseconds(1'000));
    EXPECT_GE(policy.next_delay(0.0), milliseconds(1));
    RetryPolicy without_backoff(milliseconds(0), milliseconds(0));
    EXPECT_GE(without_backoff.next_delay(0.5), milliseconds(1));
}

TEST(RetryPolicy, starts_over_after_a_success) {
    RetryPolicy policy(milliseconds(100), milliseconds(100'000));
    for (int i = 0; i < 5; ++i) {
        policy.next_delay(0.5);
    }
    policy.succeeded();
    EXPECT_EQ(policy.attempts(), 0u);
    EXPECT_EQ(policy.next_delay(almost_one), milliseconds(99));
}

TEST(RetryPolicy, honours_what_the_other_side_asked_for_even_beyond_the_maximum) {
    RetryPolicy policy(milliseconds(100), milliseconds(1'000));
    EXPECT_GE(policy.next_delay(0.0, milliseconds(60'000)), milliseconds(60'000));
    auto jittered = policy.next_delay(almost_one, milliseconds(60'000));
    EXPECT_GE(jittered, milliseconds(60'000));
    EXPECT_LE(jittered, milliseconds(60'100));
}

TEST(RetryPolicy, does_not_come_back_sooner_because_little_was_asked_for) {
    RetryPolicy policy(milliseconds(1'000), milliseconds(1'000));
    EXPECT_GE(policy.next_delay(almost_one, milliseconds(1)), milliseconds(999));
}

TEST(RetryPolicy, survives_any_number_of_attempts) {
    RetryPolicy policy(milliseconds(200), milliseconds(30'000));
    for (int i = 0; i < 100'000; ++i) {
        auto delay = policy.next_delay(almost_one);
        ASSERT_GE(delay, milliseconds(1));
        ASSERT_LE(delay, milliseconds(30'000));
    }
}

TEST(RetryPolicy, an_initial_delay_above_the_maximum_is_bounded) {
    RetryPolicy policy(milliseconds(5'000), milliseconds(1'000));
    EXPECT_LE(policy.next_delay(almost_one), milliseconds(1'000));
}

}  // namespace
}  // namespace glassflow::retry
