// A reader that stops reading costs log lines, never the thread that logs.
#include "log/descriptor_sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spdlog/logger.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace glassflow::log {
namespace {

class DescriptorSinkTest : public testing::Test {
protected:
    void SetUp() override {
        ASSERT_EQ(::pipe(pipe_.data()), 0);
        ASSERT_EQ(::fcntl(pipe_[0], F_SETFL, O_NONBLOCK), 0);
        sink_ = std::make_shared<DescriptorSink>(pipe_[1], 50);
        logger_ = std::make_unique<spdlog::logger>("test", sink_);
    }
    void TearDown() override {
        ::close(pipe_[0]);
        ::close(pipe_[1]);
    }

    std::string read_all() const {
        std::string text;
        std::array<char, 65536> buffer;
        for (ssize_t count; (count = ::read(pipe_[0], buffer.data(), buffer.size())) > 0;) {
            text.append(buffer.data(), static_cast<std::size_t>(count));
        }
        return text;
    }

    std::array<int, 2> pipe_{};
    std::shared_ptr<DescriptorSink> sink_;
    std::unique_ptr<spdlog::logger> logger_;
};

TEST_F(DescriptorSinkTest, WritesThePayloadAsALine) {
    logger_->info("one");
    logger_->info("two {}");
    EXPECT_EQ(read_all(), "one\ntwo {}\n");
    EXPECT_EQ(sink_->dropped_lines(), 0);
}

TEST_F(DescriptorSinkTest, WritesLinesLongerThanAPipeTakesAtOnce) {
    const std::string longer(20'000, 'x');
    logger_->info(longer);
    EXPECT_EQ(read_all(), longer + "\n");
}

TEST_F(DescriptorSinkTest, DropsAndCountsWhenNobodyReadsAndTellsAfterwards) {
    const std::string filler(999, 'x');
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 500; ++i) {  // 500 kB into a pipe of 64 KiB
        logger_->info(filler);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5))
        << "patience is spent once, not per line";
    const std::uint64_t dropped = sink_->dropped_lines();
    EXPECT_GT(dropped, 400);
    EXPECT_LT(dropped, 500);
    const std::string before = read_all();
    EXPECT_EQ(before.size() / 1000 + dropped, 500);
    logger_->info("after");
    EXPECT_EQ(read_all(),
              "glassflow-collector: " + std::to_string(dropped) + " log lines were dropped: nobody read them\nafter\n");
}

}  // namespace
}  // namespace glassflow::log
