// Payloads in the order they came -> which of them may go next. Pure: no clock, no thread, no network.
//
// A lane is an ordering key; a payload stands in 0, 1 or 2 of them and is ready when it is first in each. It keeps its
// place until done(), however often it is tried, so what comes later in its lanes waits also while it waits for a
// retry. A barrier is ready when nothing earlier is left, and what comes after it is held back until it is done.
//
//     pushed:   a1  b1  (a+b)2  a3 | barrier | a4 ...
//     ready:    a1  b1             |         |         then (a+b)2, then a3, then the barrier, then a4
//
// Each push, next and done costs O(1) amortised; ready payloads go out in the order they became ready, so none starves.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sink/sink.h"

namespace glassflow::sink {

class LaneQueue {
public:
    using Slot = std::uint32_t;  // names a payload from next() until done()

    void push(Payload&& payload);

    // The next payload that may be under way; it is from now on. nullopt when all that is left has to wait for others.
    std::optional<Slot> next();
    bool has_next() const { return !ready_.empty(); }

    // Stays where it is until done().
    const Payload& payload(Slot slot) const { return entries_[slot].payload; }

    // Delivered or refused: takes it out and lets those behind it move up. Only for a slot that next() gave.
    Payload done(Slot slot);

    std::size_t size() const { return admitted_ + held_.size(); }  // under way ones included
    bool empty() const { return size() == 0; }

private:
    static constexpr Slot none = UINT32_MAX;

    struct Entry {
        Payload payload;
        // Who stands behind in lane i, so that a lane is a list through its entries.
        std::array<Slot, 2> behind{none, none};
        std::uint8_t waiting_lanes = 0;  // lanes in which somebody stands before it
    };
    struct Lane {
        Slot first = none;
        Slot last = none;
    };

    void admit(Payload&& payload);
    void admit_held();
    void join_lane(Slot slot, std::uint8_t position);
    void leave_lane(Slot slot, std::uint8_t position);
    std::uint8_t position_in(Slot slot, std::uint64_t lane) const;
    Slot allocate(Payload&& payload);
    void free(Slot slot);

    std::deque<Entry> entries_;  // a deque: entries do not move when it grows
    std::vector<Slot> free_;
    std::unordered_map<std::uint64_t, Lane> lanes_;
    std::deque<Slot> ready_;
    std::size_t admitted_ = 0;
    std::optional<Slot> barrier_;  // admitted last and not done yet
    std::deque<Payload> held_;     // behind barrier_, in order
};

}  // namespace glassflow::sink
