#include "decode/streamed_transactions.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <vector>

#include "decode/decode_error.h"

namespace glassflow::decode {
namespace {

using testing::ElementsAre;

// In memory, with a count of those that live.
class FakeSpool final : public Spool {
public:
    explicit FakeSpool(int& count) : count_(count) { ++count_; }
    ~FakeSpool() override { --count_; }
    void append(std::string_view bytes) override { bytes_ += bytes; }
    void read(std::uint64_t offset, std::span<char> out) override {
        ASSERT_LE(offset + out.size(), bytes_.size());
        std::copy_n(bytes_.data() + offset, out.size(), out.data());
    }

private:
    int& count_;
    std::string bytes_;
};

class Kept {
public:
    explicit Kept(std::uint64_t memory_bytes, std::uint64_t disk_bytes = std::uint64_t{1} << 30)
        : kept({.memory_bytes = memory_bytes, .disk_bytes = disk_bytes, .make_spool = [this] {
                    return std::make_unique<FakeSpool>(spool_count);
                }}) {}

    void add(std::uint32_t xid, const std::string& bytes, std::uint32_t subxid = 0, bool is_first = false) {
        EXPECT_TRUE(kept.begin_chunk(xid, is_first));
        kept.add({.subxid = subxid, .tag = 'I', .start = event::Lsn{bytes.size()}, .bytes = bytes});
        kept.end_chunk();
    }
    std::vector<std::string> replay(std::uint32_t xid) {
        std::vector<std::string> told;
        EXPECT_TRUE(kept.replay(xid, [&](const StreamedTransactions::Piece& piece) {
            EXPECT_EQ(piece.tag, 'I');
            EXPECT_EQ(piece.start.value, piece.bytes.size());
            if (!kept.is_aborted(piece.subxid))
                told.emplace_back(piece.bytes);
        }));
        return told;
    }

    int spool_count = 0;
    StreamedTransactions kept;
};

TEST(StreamedTransactions, ComeBackInOrderWithoutWhatWasRolledBack) {
    Kept kept(1 << 20);
    kept.add(7, "a", 7, true);
    kept.add(8, "x", 8, true);
    kept.add(7, "b", 9);
    kept.add(7, "c", 7);
    kept.add(7, "d", 10);
    EXPECT_TRUE(kept.kept.abort(7, 9));
    EXPECT_TRUE(kept.kept.abort(8, 8));
    EXPECT_FALSE(kept.kept.abort(8, 8));
    EXPECT_THAT(kept.replay(7), ElementsAre("a", "c", "d"));
    EXPECT_EQ(kept.kept.memory_bytes(), 0u);
    EXPECT_FALSE(kept.kept.replay(7, {}));
    EXPECT_FALSE(kept.kept.begin_chunk(7, false));
}

// Pieces of every size around those of the buffers, in several transactions at once, mostly on disk.
TEST(StreamedTransactions, GoToDiskBeyondTheMemoryAndComeBackTheSame) {
    Kept kept(256 << 10);
    std::vector<std::string> pieces;
    for (std::size_t i = 0; i < 400; ++i)
        pieces.push_back(std::string(i % 50 == 7 ? 300'000 + i : i * 131 % 70'000, static_cast<char>('a' + i % 26)));
    for (std::size_t i = 0; i < pieces.size(); ++i) {
        for (const std::uint32_t xid : {7, 8, 9})
            kept.add(xid, pieces[i], 0, i == 0);
        EXPECT_LE(kept.kept.memory_bytes(), std::uint64_t{256 << 10} + 310'000);
    }
    EXPECT_EQ(kept.spool_count, 3);
    EXPECT_GT(kept.kept.disk_bytes(), 20u << 20);
    EXPECT_EQ(kept.replay(8), pieces);
    EXPECT_EQ(kept.spool_count, 2);
    EXPECT_TRUE(kept.kept.abort(9, 9));
    EXPECT_EQ(kept.replay(7), pieces);
    EXPECT_EQ(kept.spool_count, 0);
    EXPECT_EQ(kept.kept.disk_bytes(), 0u);
    EXPECT_EQ(kept.kept.memory_bytes(), 0u);
}

TEST(StreamedTransactions, AreRefusedWhenThereIsNoRoom) {
    const auto refusal = [](Kept& kept) -> std::string {
        try {
            for (int i = 0; i < 100; ++i)
                kept.add(7, std::string(50'000, 'x'), 0, i == 0);
        } catch (const DecodeError& error) {
            EXPECT_EQ(error.kind(), DecodeError::Kind::over_budget);
            return error.what();
        }
        return "";
    };
    Kept little_disk(256 << 10, 1 << 20);
    EXPECT_THAT(refusal(little_disk), testing::HasSubstr("more disk than source.streaming_disk_limit"));
    EXPECT_LE(little_disk.kept.disk_bytes(), 1u << 20);
    little_disk.kept.clear();
    EXPECT_EQ(little_disk.spool_count, 0);
    Kept enough(256 << 10);
    EXPECT_EQ(refusal(enough), "");
    // what subtransactions take is counted, too
    Kept many(64 << 10);
    many.add(7, "a", 0, true);
    EXPECT_THROW(for (std::uint32_t subxid = 8; subxid < 5'000; ++subxid) many.kept.abort(7, subxid), DecodeError);
}

}  // namespace
}  // namespace glassflow::decode
