// What is known of a slot across restarts: up to where every sink has everything, and whose position that is.
//
// As a file it is JSON that a person can read, with a version and a checksum: what was torn or altered is told from
// what was written. Pure.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "event/lsn.h"

namespace glassflow::delivery {

// Changes that this slot has not delivered and never will: the slot was moved or made again, and somebody accepted it.
struct Gap {
    event::Lsn from;
    event::Lsn to;
    std::string time;  // when it was accepted, RFC 3339
    std::string reason;

    friend bool operator==(const Gap&, const Gap&) = default;
};

struct Checkpoint {
    std::string system_identifier;
    std::uint32_t timeline = 0;
    std::string server_started;  // see postgres/server_identity.h: without a start in between, positions are proven
    std::string database;
    std::string slot;
    std::string plugin;
    event::Lsn confirmed;   // every sink durably has everything before it
    std::string time;       // when it was written, RFC 3339
    std::vector<Gap> gaps;  // the latest, oldest first

    static constexpr std::size_t max_gaps = 20;

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

// A text that is no checkpoint; what() says why in a few lower-case words.
class CheckpointError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

std::string checkpoint_text(const Checkpoint& checkpoint);
// Takes nothing on trust: throws CheckpointError unless text is exactly what checkpoint_text() wrote, in any layout.
Checkpoint parse_checkpoint(std::string_view text);

}  // namespace glassflow::delivery
