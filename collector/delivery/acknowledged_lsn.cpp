// See acknowledged_lsn.h. Misuse (an unknown ticket, more delivered than added) is a defect of the caller that would
// turn into lost rows if it were tolerated: it throws.
#include "delivery/acknowledged_lsn.h"

#include <stdexcept>
#include <string>

namespace glassflow::delivery {

Ticket AcknowledgedLsn::open(std::int64_t commit_time_us) {
    std::lock_guard lock(mutex_);
    if (!entries_.empty() && !entries_.back().is_sealed)
        throw std::logic_error("a transaction was opened before the previous one was sealed");
    entries_.emplace_back().commit_time_us = commit_time_us;
    return first_ticket_ + entries_.size() - 1;
}

void AcknowledgedLsn::add(Ticket ticket, std::uint64_t count) {
    std::lock_guard lock(mutex_);
    Entry& entry = entry_of(ticket);
    if (entry.is_sealed)
        throw std::logic_error("payloads were added to a sealed transaction");
    entry.outstanding += count;
    outstanding_ += count;
}

bool AcknowledgedLsn::seal(Ticket ticket, event::Lsn end_lsn) {
    std::lock_guard lock(mutex_);
    Entry& entry = entry_of(ticket);
    entry.end_lsn = end_lsn;
    entry.is_sealed = true;
    return release_prefix();
}

bool AcknowledgedLsn::deliver(Ticket ticket, std::uint64_t count) {
    std::lock_guard lock(mutex_);
    Entry& entry = entry_of(ticket);
    if (count > entry.outstanding)
        throw std::logic_error("more payloads were delivered than were handed over");
    entry.outstanding -= count;
    outstanding_ -= count;
    return release_prefix();
}

bool AcknowledgedLsn::advance(event::Lsn wal_end) {
    std::lock_guard lock(mutex_);
    if (entries_.empty()) {
        if (wal_end <= confirmed_)
            return false;
        confirmed_ = wal_end;
        return true;
    }
    // Behind a sealed entry it can ride along: whoever releases that entry releases this LSN, too.
    Entry& last = entries_.back();
    if (!last.is_sealed) {
        // A keepalive in the middle of a transaction tells a position before its commit: nothing to remember.
        return false;
    }
    if (wal_end > last.end_lsn)
        last.end_lsn = wal_end;
    return false;
}

event::Lsn AcknowledgedLsn::confirmed() const {
    std::lock_guard lock(mutex_);
    return confirmed_;
}

bool AcknowledgedLsn::is_idle() const {
    std::lock_guard lock(mutex_);
    return entries_.empty();
}

std::uint64_t AcknowledgedLsn::outstanding() const {
    std::lock_guard lock(mutex_);
    return outstanding_;
}

std::int64_t AcknowledgedLsn::oldest_commit_time_us() const {
    std::lock_guard lock(mutex_);
    return entries_.empty() ? 0 : entries_.front().commit_time_us;
}

AcknowledgedLsn::Entry& AcknowledgedLsn::entry_of(Ticket ticket) {
    if (ticket < first_ticket_ || ticket - first_ticket_ >= entries_.size())
        throw std::logic_error("ticket " + std::to_string(ticket) + " is not in the ledger");
    return entries_[ticket - first_ticket_];
}

bool AcknowledgedLsn::release_prefix() {
    bool has_moved = false;
    while (!entries_.empty() && entries_.front().is_sealed && entries_.front().outstanding == 0) {
        if (entries_.front().end_lsn > confirmed_) {
            confirmed_ = entries_.front().end_lsn;
            has_moved = true;
        }
        entries_.pop_front();
        ++first_ticket_;
    }
    return has_moved;
}

}  // namespace glassflow::delivery
