#include "delivery/payload_block.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace glassflow::delivery {
namespace {

TEST(PayloadBlock, KeepsWhatItIsGivenWhereItWasPut) {
    ByteBudget budget(1 << 20);
    ASSERT_TRUE(budget.acquire(4096));
    PayloadBlock block(budget, 4096);
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
    ASSERT_TRUE(budget.acquire(1000));
    PayloadBlock block(budget, 1000);
    EXPECT_TRUE(block.has_room(1000));
    EXPECT_FALSE(block.has_room(1001));
    block.take_room(600);
    EXPECT_TRUE(block.has_room(400));
    EXPECT_FALSE(block.has_room(401));
}

TEST(PayloadBlock, GivesItsMemoryBackWithTheLastOfItsPayloads) {
    ByteBudget budget(1 << 20);
    ASSERT_TRUE(budget.acquire(1000));
    auto block = std::make_shared<PayloadBlock>(budget, 1000);
    std::vector<sink::Payload> payloads(2);
    for (sink::Payload& payload : payloads)
        payload.memory = block;
    block.reset();
    payloads.pop_back();
    EXPECT_EQ(budget.used(), 1000u);
    payloads.pop_back();
    EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace glassflow::delivery
