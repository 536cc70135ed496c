#include "delivery/payload_block.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace glassflow::delivery {
namespace {

TEST(PayloadBlock, KeepsWhatItIsGivenWhereItWasPut) {
    ByteBudget budget(1 << 20);
    BlockPool pool(budget);
    const auto made = pool.make(4096);
    PayloadBlock& block = *made;
    std::vector<std::string_view> kept;
    for (int i = 0; i < 10; ++i)
        kept.push_back(block.keep(std::string(100, static_cast<char>('a' + i))));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(kept[i], std::string(100, static_cast<char>('a' + i)));
    const sink::Table* first = block.keep({.schema = "public", .name = "one"});
    for (int i = 0; i < 100; ++i)
        block.keep({.schema = "public", .name = "more"});
    EXPECT_EQ(first->name, "one");
}

TEST(PayloadBlock, HasRoomUntilItIsFull) {
    ByteBudget budget(1 << 20);
    BlockPool pool(budget);
    const auto made = pool.make(1000);
    PayloadBlock& block = *made;
    EXPECT_TRUE(block.has_room(1000));
    EXPECT_FALSE(block.has_room(1001));
    block.take_room(600);
    EXPECT_TRUE(block.has_room(400));
    EXPECT_FALSE(block.has_room(401));
}

TEST(PayloadBlock, GivesItsMemoryBackWithTheLastOfItsPayloads) {
    ByteBudget budget(1 << 20);
    BlockPool pool(budget);
    auto block = pool.make(1000);
    std::vector<sink::Payload> payloads(2);
    for (sink::Payload& payload : payloads)
        payload.memory = block;
    block.reset();
    payloads.pop_back();
    EXPECT_EQ(budget.used(), 1000u);
    payloads.pop_back();
    EXPECT_EQ(budget.used(), 0u);
}

TEST(PayloadBlock, AreMadeWithinTheBudget) {
    ByteBudget budget(3 * PayloadBlock::usual_bytes);
    BlockPool pool(budget);
    std::vector<std::shared_ptr<PayloadBlock>> blocks;
    for (int i = 0; i < 3; ++i)
        blocks.push_back(pool.make(PayloadBlock::usual_bytes));
    EXPECT_EQ(pool.try_make(1), nullptr);
    blocks.pop_back();
    EXPECT_NE(pool.try_make(PayloadBlock::usual_bytes), nullptr);
    blocks.clear();
    EXPECT_EQ(budget.used(), 0u);
    budget.close();
    EXPECT_EQ(pool.make(1), nullptr);
}

// One larger than the whole budget is made when there is no other.
TEST(PayloadBlock, OneThatIsTooLargeIsMadeAlone) {
    ByteBudget budget(1000);
    BlockPool pool(budget);
    auto small = pool.make(10);
    EXPECT_EQ(pool.try_make(5000), nullptr);
    small.reset();
    const auto large = pool.make(5000);
    ASSERT_NE(large, nullptr);
    EXPECT_EQ(large->keep(std::string(5000, 'x')).size(), 5000u);
}

}  // namespace
}  // namespace glassflow::delivery
