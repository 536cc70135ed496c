// What was received and not yet decoded, between the thread that talks to the server and the thread that decodes.
//
// Bounded in bytes: when it has no room, the replication thread stops reading from the server, and the walsender waits.
// One item is always admitted into an empty queue, however large.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <variant>

#include "event/lsn.h"
#include "postgres/replication_slot.h"
#include "postgres/replication_stream.h"

namespace glassflow::delivery {

// A connection to the server was made: what follows starts at the confirmed LSN again.
struct SessionStart {
    std::string plugin = postgres::plugin_name;  // of the slot
};

// A keepalive: all WAL before wal_end was sent.
struct WalEnd {
    event::Lsn wal_end;
};

using ReceivedItem = std::variant<SessionStart, postgres::Frame, WalEnd>;

class FrameQueue {
public:
    // on_room is called, from the thread that pops, when a full queue has room again.
    FrameQueue(std::uint64_t limit_bytes, std::function<void()> on_room)
        : limit_bytes_(limit_bytes), on_room_(std::move(on_room)) {}

    bool has_room() const;
    void push(ReceivedItem item);
    // Waits for an item. nullopt when the queue was closed and is empty.
    std::optional<ReceivedItem> pop();
    bool is_empty() const;
    // Nothing more will come; what is in the queue can still be taken.
    void close();
    // Forget what is in the queue: for the end of a run that failed.
    void discard();
    std::uint64_t size_bytes() const;

private:
    static std::uint64_t bytes_of(const ReceivedItem& item);

    bool has_room_locked() const { return items_.empty() || bytes_ < limit_bytes_; }

    const std::uint64_t limit_bytes_;
    const std::function<void()> on_room_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<ReceivedItem> items_;
    std::uint64_t bytes_ = 0;
    bool is_closed_ = false;
};

}  // namespace glassflow::delivery
