#include "sink/kafka/position.h"

#include <gmock/gmock.h>

#include <limits>

namespace glassflow::sink::kafka {
namespace {

using Verdict = ResumeFilter::Verdict;

TEST(KafkaPosition, IsReadAsItWasWritten) {
    const Position position{"7301/1 \"x\"", std::numeric_limits<std::uint64_t>::max(), "0/16B3748-0d"};
    EXPECT_EQ(parse_position(position_text(position)), position);
    EXPECT_EQ(position_text({"1/1", 5, "0/1-0"}), R"({"stream":"1/1","transaction":"5","event_id":"0/1-0"})");
}

TEST(KafkaPosition, AnythingElseIsNone) {
    for (const auto* const text :
         {"", "null", "{}", "[]", R"({"stream":"1/1","transaction":5,"event_id":"x"})",
          R"({"stream":"1/1","transaction":"5x","event_id":"x"})",
          R"({"stream":"1/1","transaction":"-5","event_id":"x"})",
          R"({"stream":"1/1","transaction":"18446744073709551616","event_id":"x"})",
          R"({"stream":"1/1","transaction":"5","event_id":""})", R"({"stream":"1/1","transaction":"5"})",
          R"({"stream":"1/1","transaction":"5","event_id":"x"} trailing)"}) {
        EXPECT_EQ(parse_position(text), std::nullopt) << text;
    }
    EXPECT_EQ(parse_position(std::string(100'000, '[')), std::nullopt) << "and the stack is not used up";
}

TEST(ResumeFilter, WithoutAPositionAllIsProduced) {
    ResumeFilter filter;
    EXPECT_TRUE(filter.is_passed());
    EXPECT_EQ(filter.judge(0, "a"), Verdict::produce);
}

TEST(ResumeFilter, EarlierTransactionsAreHeldUntilThePositionIsFound) {
    ResumeFilter filter({"s", 10, "x"});
    EXPECT_EQ(filter.judge(8, "a"), Verdict::hold);
    EXPECT_EQ(filter.judge(9, "x"), Verdict::hold) << "an id tells nothing in another transaction";
    EXPECT_EQ(filter.judge(10, "x"), Verdict::found);
    EXPECT_EQ(filter.judge(11, "b"), Verdict::produce);
}

TEST(ResumeFilter, WhatBeginsBehindThePositionIsProduced) {
    ResumeFilter filter({"s", 10, "x"});
    EXPECT_EQ(filter.judge(11, "b"), Verdict::produce) << "the source had the position's transaction confirmed";
    EXPECT_TRUE(filter.is_passed());
    EXPECT_EQ(filter.judge(11, "x"), Verdict::produce);
}

// A server that was put back to an earlier state writes other transactions where these were.
TEST(ResumeFilter, AnotherHistoryIsAConflictAndNotTakenForPresent) {
    ResumeFilter filter({"s", 10, "x"});
    EXPECT_EQ(filter.judge(7, "a"), Verdict::hold);
    EXPECT_EQ(filter.judge(9, "b"), Verdict::hold);
    EXPECT_EQ(filter.judge(12, "c"), Verdict::conflict);
    EXPECT_EQ(filter.judge(13, "d"), Verdict::conflict);
}

TEST(ResumeFilter, InItsTransactionPayloadsAreHeldUntilThePositionIsFound) {
    ResumeFilter filter({"s", 10, "x"});
    EXPECT_EQ(filter.judge(10, "a"), Verdict::hold);
    EXPECT_EQ(filter.judge(10, "b"), Verdict::hold);
    EXPECT_FALSE(filter.is_passed());
    EXPECT_EQ(filter.judge(10, "x"), Verdict::found);
    EXPECT_EQ(filter.judge(10, "c"), Verdict::produce);
    EXPECT_EQ(filter.judge(12, "d"), Verdict::produce);
}

TEST(ResumeFilter, APositionThatIsTheFirstOfItsTransactionIsFoundAtOnce) {
    ResumeFilter filter({"s", 10, "x"});
    EXPECT_EQ(filter.judge(10, "x"), Verdict::found);
    EXPECT_EQ(filter.judge(10, "y"), Verdict::produce);
}

TEST(ResumeFilter, APositionThatDoesNotComeIsAConflictAndStaysOne) {
    ResumeFilter filter({"s", 10, "x"});
    EXPECT_EQ(filter.judge(10, "a"), Verdict::hold);
    EXPECT_EQ(filter.judge(11, "b"), Verdict::conflict);
    EXPECT_EQ(filter.judge(12, "c"), Verdict::conflict);
}

// Every place where a crash can leave the position, and every place where the source can begin again.
TEST(ResumeFilter, EveryEventOnceWhateverTheCrash) {
    struct Event {
        std::uint64_t transaction;
        std::string id;
    };
    const std::vector<Event> history = {{10, "a"}, {10, "b"}, {10, "c"}, {11, "d"}, {15, "e"}, {15, "f"}};
    for (std::size_t there = 1; there <= history.size(); ++there) {  // events that are in Kafka
        for (std::size_t begin = 0; begin <= there; ++begin) {  // where the source begins: never after what is there
            if (begin > 0 && begin < history.size() && history[begin].transaction == history[begin - 1].transaction) {
                continue;  // and never within a transaction
            }
            ResumeFilter filter({"s", history[there - 1].transaction, history[there - 1].id});
            std::size_t reported = begin;
            std::size_t held = 0;
            for (std::size_t i = begin; i < history.size(); ++i) {
                switch (filter.judge(history[i].transaction, history[i].id)) {
                    case Verdict::produce:
                        EXPECT_GE(i, there) << "a duplicate";
                        break;
                    case Verdict::hold:
                        EXPECT_LT(i, there) << "a loss";
                        ++held;
                        break;
                    case Verdict::found:
                        reported += std::exchange(held, 0) + 1;
                        break;
                    case Verdict::conflict:
                        ADD_FAILURE();
                }
            }
            EXPECT_EQ(held, 0U);
            EXPECT_EQ(reported, there) << "what is there is reported, and nothing else";
        }
    }
}

}  // namespace
}  // namespace glassflow::sink::kafka
