// The ledger: which LSN may be confirmed to the server.
//
// It keeps what was received in source order and releases the longest prefix of it that every sink has durably
// accepted, in whatever order the sinks finish. Only it moves the confirmed LSN, so its rules are the promise of the
// product:
//
//   - an entry is a transaction (or an advance: WAL that holds nothing for us, as a keepalive tells),
//   - an entry is done when it is sealed (its commit has arrived) and none of its payloads is outstanding,
//   - confirmed() is the end LSN of the last entry of the done prefix, and never goes back.
//
//   entries:   [done 0/10][done 0/20][sealed, 2 outstanding][done 0/40][open]
//   confirmed:                 0/20
//
// An advance stands in line like a transaction. So the WAL end of a keepalive counts only when nothing before it is in
// flight, and then it does count: an idle or filtered database does not pin WAL.
//
// Pure (no clock, no I/O) and thread-safe: the decoding thread opens, adds and seals, sink threads deliver, the
// replication thread reads confirmed().
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>

#include "event/lsn.h"

namespace glassflow::delivery {

using Ticket = std::uint64_t;  // names a transaction in the ledger; never reused

class AcknowledgedLsn {
public:
    explicit AcknowledgedLsn(event::Lsn start = {}) : confirmed_(start) {}

    // A transaction begins. The previous one must be sealed: transactions arrive whole and in commit order.
    // commit_time_us: microseconds since 1970, 0 when it is not known; for watching, it decides nothing.
    Ticket open(std::int64_t commit_time_us = 0);
    // count more payloads of the open transaction are about to be handed to sinks. Call it before handing them over.
    void add(Ticket ticket, std::uint64_t count);
    // The transaction is complete: nothing will be added. end_lsn is the end of its commit record. True when
    // confirmed() moved.
    bool seal(Ticket ticket, event::Lsn end_lsn);
    // count payloads of the transaction are durable in a sink. True when confirmed() moved.
    bool deliver(Ticket ticket, std::uint64_t count);
    // Everything before wal_end was received, and what of it concerns us has an entry. True when confirmed() moved.
    bool advance(event::Lsn wal_end);

    event::Lsn confirmed() const;
    // Nothing is open or outstanding.
    bool is_idle() const;
    std::uint64_t outstanding() const;
    // When the oldest transaction that is not done was committed; 0 when there is none, or it is not known.
    std::int64_t oldest_commit_time_us() const;

private:
    struct Entry {
        std::uint64_t outstanding = 0;
        event::Lsn end_lsn;
        std::int64_t commit_time_us = 0;
        bool is_sealed = false;
    };

    Entry& entry_of(Ticket ticket);
    bool release_prefix();

    mutable std::mutex mutex_;
    std::deque<Entry> entries_;
    Ticket first_ticket_ = 1;  // of entries_.front()
    std::uint64_t outstanding_ = 0;
    event::Lsn confirmed_;
};

}  // namespace glassflow::delivery
