#include "delivery/byte_budget.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace glassflow::delivery {
namespace {

using std::chrono::milliseconds;

TEST(ByteBudget, counts_what_is_held) {
    ByteBudget budget(100);
    EXPECT_TRUE(budget.acquire(60));
    EXPECT_TRUE(budget.acquire(40));
    EXPECT_EQ(budget.used(), 100u);
    budget.release(70);
    EXPECT_EQ(budget.used(), 30u);
    EXPECT_EQ(budget.limit(), 100u);
}

TEST(ByteBudget, waits_until_there_is_room) {
    ByteBudget budget(100);
    ASSERT_TRUE(budget.acquire(80));
    auto waiting = std::async(std::launch::async, [&] { return budget.acquire(40); });
    EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout) << "went over the limit";
    budget.release(10);
    EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout) << "went over the limit";
    budget.release(10);
    EXPECT_TRUE(waiting.get());
    EXPECT_EQ(budget.used(), 100u);
}

TEST(ByteBudget, more_than_the_limit_is_let_in_alone) {
    ByteBudget budget(100);
    ASSERT_TRUE(budget.acquire(1));
    auto waiting = std::async(std::launch::async, [&] { return budget.acquire(1'000); });
    EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout);
    budget.release(1);
    EXPECT_TRUE(waiting.get());
    EXPECT_EQ(budget.used(), 1'000u);
    auto small = std::async(std::launch::async, [&] { return budget.acquire(1); });
    EXPECT_EQ(small.wait_for(milliseconds(50)), std::future_status::timeout);
    budget.release(1'000);
    EXPECT_TRUE(small.get());
}

TEST(ByteBudget, does_not_overflow) {
    ByteBudget budget(UINT64_MAX);
    ASSERT_TRUE(budget.acquire(UINT64_MAX - 1));
    auto waiting = std::async(std::launch::async, [&] { return budget.acquire(2); });
    EXPECT_EQ(waiting.wait_for(milliseconds(50)), std::future_status::timeout);
    budget.release(1);
    EXPECT_TRUE(waiting.get());
}

TEST(ByteBudget, closing_wakes_everyone_and_lets_no_one_in) {
    ByteBudget budget(10);
    ASSERT_TRUE(budget.acquire(10));
    std::vector<std::future<bool>> waiting;
    for (int i = 0; i < 5; ++i) {
        waiting.push_back(std::async(std::launch::async, [&] { return budget.acquire(1); }));
    }
    budget.close();
    for (auto& one : waiting) {
        EXPECT_FALSE(one.get());
    }
    EXPECT_FALSE(budget.acquire(0));
    EXPECT_EQ(budget.used(), 10u);
    budget.release(10);
    EXPECT_EQ(budget.used(), 0u);
}

TEST(ByteBudget, a_release_of_what_is_not_held_is_an_error) {
    ByteBudget budget(10);
    ASSERT_TRUE(budget.acquire(5));
    EXPECT_THROW(budget.release(6), std::logic_error);
    EXPECT_EQ(budget.used(), 5u);
}

TEST(ByteBudget, many_threads_never_hold_more_than_the_limit) {
    ByteBudget budget(1'000);
    std::atomic<std::int64_t> held{0};
    std::atomic<bool> was_exceeded{false};
    std::vector<std::thread> threads;
    for (unsigned seed = 0; seed < 4; ++seed) {
        threads.emplace_back([&, seed] {
            std::mt19937 random(seed);
            for (int i = 0; i < 5'000; ++i) {
                auto bytes = static_cast<std::int64_t>(random() % 600 + 1);
                budget.acquire(static_cast<std::uint64_t>(bytes));
                was_exceeded = was_exceeded || (held += bytes) > 1'000;
                held -= bytes;
                budget.release(static_cast<std::uint64_t>(bytes));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_FALSE(was_exceeded);
    EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace glassflow::delivery
