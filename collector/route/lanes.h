// A change -> the lanes its payloads travel in: what shares a lane is delivered in order, the rest may go side by side.
//
// A lane is a 64-bit hash of the table and the key of a row. Two keys that hash alike share a lane, which costs
// concurrency and never order; the same key must always hash alike, whatever the width of its integer.
#pragma once

#include <array>
#include <cstdint>

#include "event/change.h"

namespace glassflow::route {

struct Lanes {
    std::array<std::uint64_t, 2> hashes{};  // the first count are in use
    std::uint8_t count = 0;
    bool is_barrier = false;  // in order with everything before and after, whatever its lane
};

// Which rows a payload speaks about.
enum class RowScope : std::uint8_t {
    new_row,
    old_row,
    both,  // an update that changed the key, told in one payload
};

// A table whose changes do not all tell a key (no key, or identity NOTHING) has one lane for all of its rows.
Lanes row_lanes(const event::RowChange& change, RowScope scope);

// A truncate speaks about every row of its table: a barrier.
Lanes truncate_lanes(const event::Truncate& truncate);

// One lane per prefix.
Lanes message_lanes(const event::LogicalMessage& message);

}  // namespace glassflow::route
