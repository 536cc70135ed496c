// Memory that payloads of one sink share: their text one after another, given back to the budget all at once when the
// last of them is gone. One allocation serves a few hundred rows, and is used again for the next ones.
//
// The decoding thread fills it while sinks already read what is in it: nothing that was kept is moved or written again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "delivery/byte_budget.h"
#include "sink/payload.h"

namespace glassflow::delivery {

class PayloadBlock;

// Memory of a block: pages of its own, that the system has back at once. In the allocator's heap any byte that lived on
// behind a free block kept it: a queue that is full held a third more than its budget.
struct Unmap {
    std::size_t bytes = 0;
    void operator()(char* start) const;
};
using BlockBuffer = std::unique_ptr<char[], Unmap>;

// Makes blocks within the budget. Thread-safe, and outlives them.
class BlockPool {
public:
    explicit BlockPool(ByteBudget& budget) : budget_(budget) {}

    // nullptr when the budget has no room now, or was closed.
    std::shared_ptr<PayloadBlock> try_make(std::uint64_t bytes);
    // Waits for room; nullptr when the budget was closed.
    std::shared_ptr<PayloadBlock> make(std::uint64_t bytes);

private:
    friend class PayloadBlock;

    // Buffers of the usual size wait to be used again: pages from the system cost as much as filling them does. So many
    // for each block that there is, since a sink may let go of most at once; beside a quiet stream, kept_buffers.
    static constexpr std::size_t kept_buffers = 32;
    static constexpr std::size_t kept_per_block = 8;

    BlockBuffer take_buffer(std::uint64_t bytes);
    void give_back(BlockBuffer buffer, std::uint64_t bytes);

    ByteBudget& budget_;
    std::mutex mutex_;
    std::vector<BlockBuffer> buffers_;
    std::size_t blocks_ = 0;  // that there are
};

class PayloadBlock {
public:
    // bytes were acquired from the pool's budget, and are released when the block goes.
    PayloadBlock(BlockPool& pool, std::uint64_t bytes);
    ~PayloadBlock();
    PayloadBlock(const PayloadBlock&) = delete;
    PayloadBlock& operator=(const PayloadBlock&) = delete;

    // The size for which blocks are made; a larger payload gets one of its own size.
    static constexpr std::uint64_t usual_bytes = 128 << 10;

    bool has_room(std::uint64_t bytes) const { return bytes <= bytes_ - used_bytes_; }
    // Takes room, which there must be, for one payload: its text, and what a sink needs beside it.
    void take_room(std::uint64_t bytes) { used_bytes_ += bytes; }
    // A copy. All that is kept of a payload must fit the room taken for it.
    std::string_view keep(std::string_view text);
    const sink::Table* keep(sink::Table table) { return &tables_.emplace_back(std::move(table)); }

private:
    BlockPool& pool_;
    const std::uint64_t bytes_;
    std::uint64_t used_bytes_ = 0;
    BlockBuffer text_;
    char* end_;                       // of the text in it
    std::deque<sink::Table> tables_;  // stay where they are
};

}  // namespace glassflow::delivery
