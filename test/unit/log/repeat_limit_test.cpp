// The first of a message is logged at once, the next only after the interval, and none is lost from the count.
#include "log/repeat_limit.h"

#include <gtest/gtest.h>

namespace glassflow::log {
namespace {

using std::chrono::seconds;

TEST(RepeatLimit, AdmitsTheFirstThenOnePerIntervalWithTheCountBetween) {
    RepeatLimit limit(seconds(10));
    const RepeatLimit::Clock::time_point start{seconds(1000)};
    EXPECT_EQ(limit.admit("refused", start), 0);
    EXPECT_EQ(limit.admit("refused", start + seconds(1)), std::nullopt);
    EXPECT_EQ(limit.admit("refused", start + seconds(9)), std::nullopt);
    EXPECT_EQ(limit.admit("refused", start + seconds(10)), 2);
    EXPECT_EQ(limit.admit("refused", start + seconds(15)), std::nullopt);
    EXPECT_EQ(limit.admit("refused", start + seconds(40)), 1);
}

TEST(RepeatLimit, KeepsMessagesApart) {
    RepeatLimit limit(seconds(10));
    const RepeatLimit::Clock::time_point start{seconds(1000)};
    EXPECT_EQ(limit.admit("a", start), 0);
    EXPECT_EQ(limit.admit("b", start), 0);
    EXPECT_EQ(limit.admit("a", start), std::nullopt);
}

TEST(RepeatLimit, LogsAtOnceAgainAfterForget) {
    RepeatLimit limit(seconds(10));
    const RepeatLimit::Clock::time_point start{seconds(1000)};
    limit.admit("a", start);
    limit.admit("a", start);
    EXPECT_EQ(limit.forget("a"), 1);
    EXPECT_EQ(limit.forget("a"), 0);
    EXPECT_EQ(limit.admit("a", start), 0);
}

TEST(RepeatLimit, RemembersABoundedNumberOfMessages) {
    RepeatLimit limit(seconds(1000));
    const RepeatLimit::Clock::time_point start{seconds(1000)};
    for (std::size_t i = 0; i <= RepeatLimit::max_messages; ++i) {
        EXPECT_EQ(limit.admit(std::to_string(i), start + seconds(i)), 0);
    }
    EXPECT_EQ(limit.admit("0", start + seconds(300)), 0) << "the oldest made room";
    EXPECT_EQ(limit.admit("200", start + seconds(300)), std::nullopt) << "a younger one is still known";
}

}  // namespace
}  // namespace glassflow::log
