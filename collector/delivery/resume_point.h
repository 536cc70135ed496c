// What of a stream this process has taken in already, by position: (commit LSN, ordinal in the transaction).
//
// Commit LSNs strictly increase in a stream, and the server always sends whole transactions in commit order. So after a
// reconnect, which begins at the confirmed LSN, three things can come: a transaction that was taken whole (skip it),
// the one that was cut off (skip as many of its changes as were taken), or a new one. LSNs of single changes are never
// compared: they are neither unique nor in order.
//
// Pure. Valid only within one process and one system and timeline of the server; replication_reader sees to that.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>

#include "event/lsn.h"

namespace glassflow::delivery {

class ResumePoint {
public:
    enum class Begin {
        fresh,    // not seen before
        cut_off,  // seen in part: is_new() tells which of its changes are new
        taken,    // seen whole: nothing of it is new
    };

    Begin begin(event::Lsn commit_lsn) {
        ordinal_ = 0;
        if (commit_lsn <= last_commit_lsn_) {
            is_skipping_ = true;
            return Begin::taken;
        }
        is_skipping_ = false;
        if (!open_commit_lsn_) {
            open_commit_lsn_ = commit_lsn;
            taken_ = 0;
            return Begin::fresh;
        }
        if (*open_commit_lsn_ != commit_lsn)
            throw std::runtime_error("the server did not send the rest of the transaction that commits at " +
                                     to_string(*open_commit_lsn_) + ", but one that commits at " +
                                     to_string(commit_lsn));
        return Begin::cut_off;
    }

    // The next change of the transaction: was it not taken before? Counts it as taken then.
    bool take_change() {
        if (is_skipping_ || ++ordinal_ <= taken_)
            return false;
        taken_ = ordinal_;
        return true;
    }

    // False when the transaction had been taken whole before.
    bool commit(event::Lsn commit_lsn) {
        if (is_skipping_)
            return false;
        last_commit_lsn_ = commit_lsn;
        open_commit_lsn_.reset();
        return true;
    }

    // Messages outside transactions come in the order of their LSNs, which are unique.
    bool take_message(event::Lsn lsn) {
        if (lsn <= last_message_lsn_)
            return false;
        last_message_lsn_ = lsn;
        return true;
    }

private:
    event::Lsn last_commit_lsn_;
    event::Lsn last_message_lsn_;
    std::optional<event::Lsn> open_commit_lsn_;
    std::uint64_t taken_ = 0;    // changes of the open transaction
    std::uint64_t ordinal_ = 0;  // of the change received last in this pass
    bool is_skipping_ = false;
};

}  // namespace glassflow::delivery
