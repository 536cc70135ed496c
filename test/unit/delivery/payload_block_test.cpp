#include "delivery/payload_block.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

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

TEST(PayloadBlock, KeepsNothingOfNothing) {
    ByteBudget budget(1 << 20);
    BlockPool pool(budget);
    EXPECT_TRUE(pool.make(10)->keep(std::string_view()).empty());
}

#ifdef __SANITIZE_ADDRESS__
TEST(PayloadBlock, WhoReadsOnAfterItHasGoneIsSeen) {
    ByteBudget budget(1 << 20);
    BlockPool pool(budget);
    for (int turn = 0; turn < 2; ++turn) {  // new memory, then the same again
        auto block = pool.make(PayloadBlock::usual_bytes);
        const char* const text = block->keep("0123456789").data();
        EXPECT_FALSE(__asan_address_is_poisoned(text + 9));
        EXPECT_TRUE(__asan_address_is_poisoned(text + 10));
        block.reset();
        EXPECT_TRUE(__asan_address_is_poisoned(text));
    }
}
#endif

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

std::shared_ptr<PayloadBlock> make_full(BlockPool& pool, std::uint64_t bytes) {
    auto block = pool.make(bytes);
    block->keep(std::string(bytes, 'x'));
    return block;
}

std::uint64_t resident_bytes() {
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    std::ifstream("/proc/self/statm") >> total_pages >> resident_pages;
    return resident_pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

TEST(PayloadBlock, BuffersWaitAccordingToHowManyAreInUse) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "what a sanitizer knows of each page is resident, too";
#endif
    constexpr std::size_t count = 400;
    ByteBudget budget(count * PayloadBlock::usual_bytes);
    BlockPool pool(budget);
    const std::uint64_t before_bytes = resident_bytes();
    const auto grown_blocks = [&] {
        return (resident_bytes() - std::min(before_bytes, resident_bytes())) / PayloadBlock::usual_bytes;
    };
    std::vector<std::shared_ptr<PayloadBlock>> blocks;
    for (std::size_t i = 0; i < count; ++i)
        blocks.push_back(make_full(pool, PayloadBlock::usual_bytes));
    blocks.resize(count / 2);
    EXPECT_GT(grown_blocks(), count - 40);
    blocks.resize(count / 16);
    EXPECT_LT(grown_blocks(), count / 16 * 9 + 40);
    EXPECT_GT(grown_blocks(), count / 16 * 9 - 40);
    // A large one has its room in the budget, which those that wait do not have.
    blocks.push_back(make_full(pool, count / 4 * PayloadBlock::usual_bytes));
    EXPECT_LT(grown_blocks(), count / 16 * 9 + 40);
    blocks.clear();
    EXPECT_LT(grown_blocks(), 32U + 40);
    EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace glassflow::delivery
