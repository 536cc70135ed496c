// Memory that payloads of one sink share: their text one after another, given back to the budget all at once when the
// last of them is gone. One allocation serves a few hundred rows.
//
// The decoding thread fills it while sinks already read what is in it: nothing that was kept is moved or written again.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string_view>

#include "delivery/byte_budget.h"
#include "sink/payload.h"

namespace glassflow::delivery {

class PayloadBlock {
public:
    // bytes were acquired from the budget by whoever makes it, and are released when it goes.
    PayloadBlock(ByteBudget& budget, std::uint64_t bytes);
    ~PayloadBlock();
    PayloadBlock(const PayloadBlock&) = delete;
    PayloadBlock& operator=(const PayloadBlock&) = delete;

    // What a payload takes of a block beside its text: itself, and its place in the queues of a sink.
    static constexpr std::uint64_t payload_overhead_bytes = 256;
    // The size for which blocks are made; a larger payload gets one of its own size.
    static constexpr std::uint64_t usual_bytes = 128 << 10;

    bool has_room(std::uint64_t bytes) const { return bytes <= bytes_ - used_bytes_; }
    // Takes room, which there must be, for one payload with so much text.
    void take_room(std::uint64_t bytes) { used_bytes_ += bytes; }
    // A copy. All that is kept of a payload must fit the room taken for it.
    std::string_view keep(std::string_view text);
    const sink::Table* keep(sink::Table table) { return &tables_.emplace_back(std::move(table)); }

private:
    ByteBudget& budget_;
    const std::uint64_t bytes_;
    std::uint64_t used_bytes_ = 0;
    std::unique_ptr<char[]> text_;
    char* end_;                       // of the text in it
    std::deque<sink::Table> tables_;  // stay where they are
};

}  // namespace glassflow::delivery
