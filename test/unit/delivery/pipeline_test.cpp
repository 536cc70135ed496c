// Frames in, payloads and a moving ledger out: with a sink that only remembers, and frames packed here.
#include "delivery/pipeline.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <msgpack.hpp>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "decode/record_sum.h"
#include "wire_format.h"

namespace glassflow::delivery {
namespace {

using event::Lsn;
using Packer = msgpack::packer<msgpack::sbuffer>;

class MemorySink : public sink::Sink {
public:
    const std::string& name() const override { return name_; }
    std::string_view type() const override { return "memory"; }
    void check() override {}
    void start(sink::DeliveryListener&, const std::string&) override {}
    void push(std::vector<sink::Payload>&& pushed) override {
        for (auto& payload : pushed)
            payloads.push_back(std::move(payload));
        if (on_push)
            on_push(payloads);
    }
    bool finish(std::chrono::steady_clock::time_point) override { return true; }
    Order order() const override { return order_; }
    std::size_t payload_overhead_bytes() const override { return overhead_bytes; }

    std::vector<std::string> event_ids() const {
        std::vector<std::string> ids;
        for (const auto& payload : payloads)
            ids.emplace_back(payload.event_id);
        return ids;
    }

    std::vector<sink::Payload> payloads;
    std::function<void(std::vector<sink::Payload>&)> on_push;

    Order order_ = Order::lane;
    std::size_t overhead_bytes = 256;

private:
    std::string name_ = "memory";
};

// Builds one frame, record by record.
class FrameBuilder {
public:
    FrameBuilder& session() {
        record(wire::Tag::session, 5);
        packer_.pack(wire::protocol_version).pack(std::string("0.1.0")).pack(150020).pack(std::string("UTF8"));
        return *this;
    }
    FrameBuilder& relation(const std::string& table = "t", std::uint32_t oid = 16400) {
        record(wire::Tag::relation, 8);
        packer_.pack(1).pack(oid).pack(std::string("public")).pack(table).pack(std::string("d"));
        packer_.pack_array(1).pack_array(6);
        packer_.pack(std::string("id")).pack(std::string("integer")).pack(23).pack(-1).pack(2).pack(1);
        packer_.pack_array(1).pack(0);
        return *this;
    }
    FrameBuilder& begin(std::uint64_t commit_lsn) {
        begun_at_ = buffer_.size();
        record(wire::Tag::begin, 4);
        packer_.pack(7).pack(commit_lsn).pack(0);
        return *this;
    }
    FrameBuilder& insert(std::int64_t distance, int id) {
        record(wire::Tag::insert, 4);
        packer_.pack(1).pack(distance).pack_array(1).pack(id);
        return *this;
    }
    FrameBuilder& message(std::uint64_t lsn, bool is_transactional, const std::string& prefix) {
        record(wire::Tag::message, 5);
        packer_.pack(lsn).pack(is_transactional).pack(prefix);
        packer_.pack_bin(1).pack_bin_body("x", 1);
        return *this;
    }
    FrameBuilder& commit(std::uint64_t commit_lsn, std::uint64_t end_lsn, std::uint64_t change_count) {
        decode::RecordSum sum;
        sum.add(std::string_view(buffer_.data(), buffer_.size()).substr(begun_at_));
        record(wire::Tag::commit, 7);
        packer_.pack(commit_lsn).pack(end_lsn).pack(change_count).pack(0).pack(sum.bytes()).pack(sum.checksum());
        return *this;
    }
    postgres::Frame frame() const {
        char* copy = static_cast<char*>(std::malloc(buffer_.size() + 1));
        std::memcpy(copy, buffer_.data(), buffer_.size());
        return {postgres::CopyBuffer(copy), 0, buffer_.size()};
    }

private:
    void record(wire::Tag tag, std::uint32_t elements) {
        packer_.pack_array(elements).pack(static_cast<std::uint64_t>(tag));
    }

    std::size_t begun_at_ = 0;  // of the transaction, in the buffer
    msgpack::sbuffer buffer_;
    Packer packer_{buffer_};
};

// Of this process alone: tests run side by side, and as different users.
class TemporaryDirectory {
public:
    TemporaryDirectory() {
        if (mkdtemp(path_.data()) == nullptr)
            throw std::system_error(errno, std::generic_category(), path_);
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    const std::string& path() const { return path_; }

private:
    std::string path_ = testing::TempDir() + "glassflow-pipeline-XXXXXX";
};

class PipelineTest : public testing::Test {
protected:
    PipelineTest()
        : format_(format::make_format(format::FormatName::envelope)),
          dead_letters_(directory_.path(), "memory"),
          port_(
              sink_, ledger_, dead_letters_, [this] { ++confirmed_count_; }, on_failure()),
          pipeline_(
              queue_, ledger_, blocks_, {Outlet{&sink_, format_.get(), &port_}}, [this] { ++confirmed_count_; },
              on_failure()) {}

    FailureHandler on_failure() {
        return [this](Failure failure) { failures_.push_back(std::move(failure)); };
    }
    void run_all() {
        queue_.close();
        pipeline_.run();
    }

    AcknowledgedLsn ledger_;
    ByteBudget budget_{1 << 20};
    BlockPool blocks_{budget_};
    FrameQueue queue_{1 << 20, [] {}};
    MemorySink sink_;
    std::unique_ptr<format::EventFormat> format_;
    TemporaryDirectory directory_;
    DeadLetterStore dead_letters_;
    std::vector<Failure> failures_;
    int confirmed_count_ = 0;
    SinkPort port_;
    Pipeline pipeline_;
};

TEST_F(PipelineTest, ConfirmsATransactionWhenItsPayloadsAreDelivered) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).insert(2, 2).commit(100, 120, 2).frame());
    run_all();
    EXPECT_TRUE(pipeline_.is_complete());
    EXPECT_EQ(sink_.event_ids(), (std::vector<std::string>{"0/34-0", "0/3C-0"}));
    EXPECT_GT(budget_.used(), 0u);
    EXPECT_EQ(ledger_.confirmed(), Lsn{0});
    port_.delivered({sink_.payloads.data(), 1});
    EXPECT_EQ(ledger_.confirmed(), Lsn{0});
    port_.delivered({sink_.payloads.data() + 1, 1});
    EXPECT_EQ(ledger_.confirmed(), Lsn{120});
    EXPECT_EQ(confirmed_count_, 1);
    EXPECT_GT(budget_.used(), 0u);
    sink_.payloads.clear();
    EXPECT_EQ(budget_.used(), 0u);
}

TEST_F(PipelineTest, APayloadSaysWhereItComesFrom) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder()
                    .session()
                    .begin(100)
                    .relation()
                    .insert(-12, 1)
                    .relation("renamed")
                    .insert(2, 2)
                    .message(77, true, "app")
                    .commit(100, 120, 3)
                    .message(140, false, "app")
                    .frame());
    run_all();
    ASSERT_EQ(sink_.payloads.size(), 4u);
    EXPECT_EQ(sink_.payloads[0].table->name, "t");
    EXPECT_EQ(sink_.payloads[0].table->schema, "public");
    EXPECT_EQ(sink_.payloads[0].version, 52u);
    EXPECT_EQ(sink_.payloads[0].transaction, 100u);
    EXPECT_EQ(sink_.payloads[0].commit_time_us, 946'684'800'000'000);  // the frame says 2000-01-01
    EXPECT_EQ(sink_.payloads[0].operation, 'c');
    EXPECT_EQ(sink_.payloads[1].table->name, "renamed");
    EXPECT_EQ(sink_.payloads[1].version, 60u);
    EXPECT_EQ(sink_.payloads[2].table, nullptr);
    EXPECT_EQ(sink_.payloads[2].operation, 'm');
    EXPECT_EQ(sink_.payloads[2].transaction, 100u);
    EXPECT_EQ(sink_.payloads[3].transaction, 139u) << "a transaction may commit at 140";
    EXPECT_EQ(sink_.payloads[3].commit_time_us, 0);
}

// More rows than the budget holds: what is in hand goes to the sink, and decoding goes on as the sink lets go.
TEST_F(PipelineTest, MemoryOfAllPayloadsIsWithinTheBudget) {
    constexpr int count = 20'000;
    queue_.push(SessionStart{});
    FrameBuilder frame;
    frame.session().begin(1'000'000).relation();
    for (int i = 0; i < count; ++i)
        frame.insert(i == 0 ? -100 : 1, i);
    queue_.push(frame.commit(1'000'000, 1'000'100, count).frame());
    queue_.close();
    std::uint64_t most = 0;
    std::size_t delivered = 0;
    sink_.on_push = [&](std::vector<sink::Payload>& payloads) {
        most = std::max(most, budget_.used());
        port_.delivered(payloads);
        delivered += payloads.size();
        payloads.clear();
    };
    pipeline_.run();
    EXPECT_EQ(delivered, static_cast<std::size_t>(count));
    EXPECT_LE(most, budget_.limit());
    EXPECT_EQ(budget_.used(), 0u);
    EXPECT_EQ(ledger_.confirmed(), Lsn{1'000'100});
}

// What a sink needs beside the text counts: of a budget of 1 MiB, 100 payloads of 10 kB each are all that there can be.
TEST_F(PipelineTest, TheBudgetCountsWhatASinkNeedsBesideTheText) {
    constexpr int count = 2'000;
    sink_.overhead_bytes = 10'000;
    queue_.push(SessionStart{});
    FrameBuilder frame;
    frame.session().begin(1'000'000).relation();
    for (int i = 0; i < count; ++i)
        frame.insert(i == 0 ? -100 : 1, i);
    queue_.push(frame.commit(1'000'000, 1'000'100, count).frame());
    queue_.close();
    std::size_t most = 0;
    sink_.on_push = [&](std::vector<sink::Payload>& payloads) {
        most = std::max(most, payloads.size());
        if (payloads.size() < 60)
            return;
        port_.delivered(payloads);
        payloads.clear();
    };
    pipeline_.run();
    port_.delivered(sink_.payloads);
    sink_.payloads.clear();
    EXPECT_GE(most, 60u);
    EXPECT_LE(most, 104u);
    EXPECT_EQ(ledger_.confirmed(), Lsn{1'000'100});
}

TEST_F(PipelineTest, ASinkThatKeepsOrderByItselfIsNotToldLanes) {
    sink_.order_ = sink::Sink::Order::push;
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    run_all();
    EXPECT_EQ(sink_.payloads.at(0).lane_count, 0);
}

// The form makes no keys here, so the lane is all there is.
TEST_F(PipelineTest, ASinkThatKeepsOrderByKeyIsToldLanesOfWhatHasNone) {
    sink_.order_ = sink::Sink::Order::key;
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    run_all();
    EXPECT_EQ(sink_.payloads.at(0).lane_count, 1);
}

TEST_F(PipelineTest, AKeepaliveConfirmsOnlyAfterWhatWasReceivedBefore) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    queue_.push(WalEnd{Lsn{500}});
    run_all();
    EXPECT_EQ(ledger_.confirmed(), Lsn{0});
    port_.delivered(sink_.payloads);
    EXPECT_EQ(ledger_.confirmed(), Lsn{500});
}

TEST_F(PipelineTest, AKeepaliveConfirmsAtOnceWhenNothingIsInFlight) {
    queue_.push(SessionStart{});
    queue_.push(WalEnd{Lsn{500}});
    run_all();
    EXPECT_EQ(ledger_.confirmed(), Lsn{500});
    EXPECT_EQ(confirmed_count_, 1);
}

TEST_F(PipelineTest, AReconnectNeitherRepeatsNorLosesAnything) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    queue_.push(FrameBuilder().begin(200).insert(-22, 2).insert(1, 3).frame());  // cut off here
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    queue_.push(FrameBuilder().begin(200).insert(-22, 2).insert(1, 3).insert(1, 4).commit(200, 220, 3).frame());
    run_all();
    ASSERT_TRUE(failures_.empty()) << failures_[0].what;
    EXPECT_EQ(sink_.event_ids(), (std::vector<std::string>{"0/34-0", "0/70-0", "0/74-0", "0/78-0"}));
    port_.delivered(sink_.payloads);
    EXPECT_EQ(ledger_.confirmed(), Lsn{220});
    EXPECT_TRUE(ledger_.is_idle());
}

TEST_F(PipelineTest, ARenamedTableIsABarrierAndADescriptionThatSaysTheSameIsNot) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder()
                    .session()
                    .begin(100)
                    .relation()
                    .insert(-12, 1)
                    .relation()
                    .insert(1, 1)
                    .relation("renamed")
                    .insert(1, 1)
                    .insert(1, 1)
                    .commit(100, 120, 4)
                    .frame());
    run_all();
    ASSERT_EQ(sink_.payloads.size(), 4u);
    EXPECT_FALSE(sink_.payloads[0].is_barrier);
    EXPECT_FALSE(sink_.payloads[1].is_barrier);
    EXPECT_TRUE(sink_.payloads[2].is_barrier);
    EXPECT_FALSE(sink_.payloads[3].is_barrier);
}

// Tables that come and go all day must not make it remember ever more; what it forgets it must not take for unchanged.
TEST_F(PipelineTest, BeyondSoManyTablesItForgetsThemAndWaits) {
    FrameBuilder frame;
    frame.session().begin(100).relation().insert(-12, 1);
    for (std::uint32_t i = 1; i < Pipeline::max_lane_origins; ++i)
        frame.relation("passing", 20'000 + i);
    frame.relation().insert(1, 1);
    frame.relation("one more", 19'000).insert(1, 1);
    frame.relation("renamed").insert(1, 1);
    queue_.push(SessionStart{});
    queue_.push(frame.commit(100, 120, 4).frame());
    run_all();
    ASSERT_TRUE(failures_.empty()) << failures_[0].what;
    ASSERT_EQ(sink_.payloads.size(), 4u);
    EXPECT_FALSE(sink_.payloads[1].is_barrier);
    EXPECT_TRUE(sink_.payloads[2].is_barrier) << "it forgot nothing: memory grows with every table";
    EXPECT_TRUE(sink_.payloads[3].is_barrier) << "what was forgotten is taken for new";
}

TEST_F(PipelineTest, AMessageOutsideTransactionsIsDeliveredOnceAndConfirmed) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().message(77, false, "app").frame());
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().message(77, false, "app").frame());
    run_all();
    ASSERT_TRUE(failures_.empty()) << failures_[0].what;
    ASSERT_EQ(sink_.payloads.size(), 1u);
    port_.delivered(sink_.payloads);
    EXPECT_EQ(ledger_.confirmed(), Lsn{77});
}

TEST_F(PipelineTest, OurOwnMessagesAreConfirmedButNotDelivered) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder()
                    .session()
                    .begin(100)
                    .message(77, true, std::string(reserved_message_prefix))
                    .commit(100, 120, 1)
                    .frame());
    run_all();
    EXPECT_TRUE(sink_.payloads.empty());
    EXPECT_EQ(ledger_.confirmed(), Lsn{120});
}

TEST_F(PipelineTest, AFrameThatCannotBeDecodedFailsAndConfirmsNothing) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 2).frame());
    run_all();
    ASSERT_EQ(failures_.size(), 1u);
    EXPECT_FALSE(pipeline_.is_complete());
    EXPECT_EQ(ledger_.confirmed(), Lsn{0});
}

TEST_F(PipelineTest, ARefusedPayloadIsSettledOnlyWhenItIsInTheDeadLetterStore) {
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    run_all();
    port_.refused(sink_.payloads.at(0), "HTTP 413");
    EXPECT_EQ(ledger_.confirmed(), Lsn{120});
    EXPECT_EQ(port_.status().dead_letters, 1u);
}

TEST_F(PipelineTest, WaitsForMemoryAndGivesUpWhenTheBudgetIsClosed) {
    ASSERT_TRUE(budget_.acquire(budget_.limit()));
    queue_.push(SessionStart{});
    queue_.push(FrameBuilder().session().begin(100).relation().insert(-12, 1).commit(100, 120, 1).frame());
    queue_.close();
    std::thread decoding([this] { pipeline_.run(); });
    budget_.close();
    decoding.join();
    EXPECT_FALSE(pipeline_.is_complete());
    EXPECT_TRUE(sink_.payloads.empty());
    EXPECT_TRUE(failures_.empty());
    EXPECT_EQ(ledger_.confirmed(), Lsn{0});
}

}  // namespace
}  // namespace glassflow::delivery
