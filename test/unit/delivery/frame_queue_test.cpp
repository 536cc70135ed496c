#include "delivery/frame_queue.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>

namespace glassflow::delivery {
namespace {

using event::Lsn;

postgres::Frame frame_of(const std::string& text) {
    char* copy = static_cast<char*>(std::malloc(text.size() + 1));
    std::memcpy(copy, text.data(), text.size());
    return {postgres::CopyBuffer(copy), 0, text.size()};
}

TEST(FrameQueue, KeepsOrder) {
    FrameQueue queue(1000, [] {});
    queue.push(SessionStart{});
    queue.push(frame_of("a"));
    queue.push(WalEnd{Lsn{1}});
    EXPECT_TRUE(std::holds_alternative<SessionStart>(*queue.pop()));
    EXPECT_EQ(std::get<postgres::Frame>(*queue.pop()).bytes(), "a");
    EXPECT_EQ(std::get<WalEnd>(*queue.pop()).wal_end, Lsn{1});
}

TEST(FrameQueue, OfKeepalivesInARowOnlyTheLastIsKept) {
    FrameQueue queue(1000, [] {});
    for (std::uint64_t lsn = 1; lsn <= 100'000; ++lsn)
        queue.push(WalEnd{Lsn{lsn}});
    EXPECT_LT(queue.size_bytes(), 200u);
    EXPECT_EQ(std::get<WalEnd>(*queue.pop()).wal_end, Lsn{100'000});
    EXPECT_TRUE(queue.is_empty());
}

TEST(FrameQueue, IsFullAtItsLimitAndTellsWhenThereIsRoomAgain) {
    int told = 0;
    FrameQueue queue(300, [&] { ++told; });
    queue.push(frame_of(std::string(200, 'x')));
    EXPECT_TRUE(queue.has_room());
    queue.push(frame_of(std::string(200, 'x')));
    EXPECT_FALSE(queue.has_room());
    queue.pop();
    EXPECT_TRUE(queue.has_room());
    EXPECT_EQ(told, 1);
    queue.pop();
    EXPECT_EQ(told, 1);
    EXPECT_EQ(queue.size_bytes(), 0u);
}

TEST(FrameQueue, AdmitsOneFrameLargerThanItsLimit) {
    FrameQueue queue(10, [] {});
    EXPECT_TRUE(queue.has_room());
    queue.push(frame_of(std::string(1000, 'x')));
    EXPECT_FALSE(queue.has_room());
    EXPECT_EQ(std::get<postgres::Frame>(*queue.pop()).bytes().size(), 1000u);
}

TEST(FrameQueue, ACloseLetsTheRestBeTakenAndThenEnds) {
    FrameQueue queue(1000, [] {});
    queue.push(frame_of("a"));
    queue.close();
    EXPECT_TRUE(queue.pop().has_value());
    EXPECT_FALSE(queue.pop().has_value());
}

TEST(FrameQueue, ACloseWakesAWaitingConsumer) {
    FrameQueue queue(1000, [] {});
    bool was_ended = false;
    std::thread consumer([&] { was_ended = !queue.pop().has_value(); });
    queue.close();
    consumer.join();
    EXPECT_TRUE(was_ended);
}

}  // namespace
}  // namespace glassflow::delivery
