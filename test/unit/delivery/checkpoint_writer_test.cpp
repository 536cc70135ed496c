#include "delivery/checkpoint_writer.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <stdexcept>
#include <vector>

#include "log/log.h"

namespace glassflow::delivery {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

// A disk that remembers what was written, fails on demand, and may be waited for.
class Disk {
public:
    void write(const Checkpoint& checkpoint) {
        std::unique_lock lock(mutex_);
        ++tries_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !is_slow_; });
        if (is_full_)
            throw std::runtime_error("no space left on device");
        written_.push_back(checkpoint);
        changed_.notify_all();
    }
    void set(bool is_full, bool is_slow) {
        std::lock_guard lock(mutex_);
        is_full_ = is_full, is_slow_ = is_slow;
        changed_.notify_all();
    }
    template <typename Condition>
    bool wait(Condition condition) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, 20s, [&] { return condition(*this); });
    }
    std::size_t writes() {
        std::lock_guard lock(mutex_);
        return written_.size();
    }
    Checkpoint last() {
        std::lock_guard lock(mutex_);
        return written_.back();
    }
    std::vector<Checkpoint> written_;
    std::size_t tries_ = 0;

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_full_ = false;
    bool is_slow_ = false;
};

class CheckpointWriterTest : public ::testing::Test {
protected:
    CheckpointWriter make(std::chrono::milliseconds interval) {
        return CheckpointWriter(
            ledger_, [this](const Checkpoint& checkpoint) { disk_.write(checkpoint); }, [this] { ++moves_; }, interval);
    }
    static Checkpoint at(std::uint64_t lsn) {
        Checkpoint checkpoint;
        checkpoint.slot = "orders";
        checkpoint.confirmed = {lsn};
        return checkpoint;
    }
    void confirm(CheckpointWriter& writer, std::uint64_t lsn) {
        ledger_.advance({lsn});
        writer.request();
    }

    AcknowledgedLsn ledger_{event::Lsn{10}};
    Disk disk_;
    std::atomic<int> moves_{0};
};

TEST_F(CheckpointWriterTest, TheBeginningIsWrittenBeforeAnythingMoves) {
    CheckpointWriter writer = make(1ms);
    writer.begin(at(10));
    ASSERT_TRUE(disk_.wait([](Disk& d) { return d.written_.size() == 1; }));
    EXPECT_EQ(disk_.last().confirmed.value, 10u);
    EXPECT_EQ(disk_.last().slot, "orders");
    EXPECT_EQ(moves_, 0);
}

TEST_F(CheckpointWriterTest, NothingIsDurableBeforeItIsWritten) {
    CheckpointWriter writer = make(1ms);
    writer.begin(at(10));
    ASSERT_TRUE(writer.flush(steady_clock::now() + 20s));
    disk_.set(false, true);
    confirm(writer, 20);
    ASSERT_TRUE(disk_.wait([](Disk& d) { return d.tries_ == 2; }));
    EXPECT_EQ(writer.durable().value, 10u);
    disk_.set(false, false);
    ASSERT_TRUE(writer.flush(steady_clock::now() + 20s));
    EXPECT_EQ(writer.durable().value, 20u);
    EXPECT_EQ(disk_.last().confirmed.value, 20u);
}

TEST_F(CheckpointWriterTest, WhatDidNotReachTheDiskIsNeverDurable) {
    CheckpointWriter writer = make(1ms);
    writer.begin(at(10));
    ASSERT_TRUE(writer.flush(steady_clock::now() + 20s));
    disk_.set(true, false);
    confirm(writer, 20);
    ASSERT_TRUE(disk_.wait([](Disk& d) { return d.tries_ >= 3; }));
    EXPECT_EQ(writer.durable().value, 10u);
    EXPECT_GE(writer.failures(), 1u);
    EXPECT_EQ(writer.last_error(), "no space left on device");
    EXPECT_FALSE(writer.flush(steady_clock::now() + 10ms));
    disk_.set(false, false);  // and by itself it goes on
    ASSERT_TRUE(writer.flush(steady_clock::now() + 20s));
    EXPECT_EQ(writer.durable().value, 20u);
    EXPECT_EQ(writer.last_error(), "");
}

TEST_F(CheckpointWriterTest, ABusyStreamIsWrittenOncePerInterval) {
    CheckpointWriter writer = make(10min);
    writer.begin(at(10));
    ASSERT_TRUE(writer.flush(steady_clock::now() + 20s));
    for (std::uint64_t lsn = 11; lsn < 1000; ++lsn)
        confirm(writer, lsn);
    EXPECT_EQ(disk_.writes(), 1u);
    ASSERT_TRUE(writer.flush(steady_clock::now() + 20s));  // but the end does not wait for the interval
    EXPECT_EQ(disk_.writes(), 2u);
    EXPECT_EQ(disk_.last().confirmed.value, 999u);
}

TEST_F(CheckpointWriterTest, WithoutABeginningThereIsNothingToWrite) {
    CheckpointWriter writer = make(1ms);
    confirm(writer, 20);
    EXPECT_TRUE(writer.flush(steady_clock::now()));
    EXPECT_EQ(disk_.writes(), 0u);
}

}  // namespace
}  // namespace glassflow::delivery
