// What happened: transactions and the changes in them, as decoders report them to an EventHandler.
//
// Nothing here owns memory; everything is valid only during the call that delivers it (a Relation a little longer, see
// relation.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "event/lsn.h"
#include "event/relation.h"
#include "event/value.h"

namespace glassflow::event {

// The first record of a session.
struct Session {
    std::uint32_t protocol_version = 0;
    std::string_view plugin_version;
    std::uint32_t server_version_num = 0;
    std::string_view server_encoding;
};

struct Transaction {
    std::uint32_t xid = 0;
    Lsn commit_lsn;  // start of the commit record: orders transactions, strictly increasing in a stream
    Lsn end_lsn;     // end of the commit record: what may be confirmed; known from the commit on
    std::int64_t commit_time_us = 0;  // microseconds since 2000-01-01 00:00:00 UTC
    // Where it was replayed from: the name of a replication origin, and the commit there. Empty without one, or when
    // the name is not known any more; the LSN is 0 then, or when it was not told.
    std::string_view origin;
    Lsn origin_lsn;
};

// Identity of a change: the WAL record it came from, and which of that record's changes it is. Fixed by the WAL, the
// same on every redelivery; neither unique per LSN (COPY) nor monotonic: never order or skip by it.
struct ChangeId {
    Lsn lsn;
    std::uint32_t index = 0;
};

enum class Operation : std::uint8_t { insert, update, delete_ };

struct RowChange {
    Operation operation = Operation::insert;
    const Transaction* transaction = nullptr;
    const Relation* relation = nullptr;
    ChangeId id;
    // One value per column; empty for a delete.
    std::span<const Value> new_row;
    // What is known of the old row, one value per column, null-kind where nothing is known; empty when nothing is known
    // at all. Under identity FULL it is the whole row, otherwise only the columns in relation->key count.
    std::span<const Value> old_row;

    bool has_full_old_row() const { return !old_row.empty() && relation->identity == ReplicaIdentity::full; }
};

struct Truncate {
    const Transaction* transaction = nullptr;
    const Relation* relation = nullptr;
    ChangeId id;
    bool cascade = false;
    bool restart_identity = false;
};

struct LogicalMessage {
    const Transaction* transaction = nullptr;  // nullptr when the message is not transactional
    Lsn lsn;                                   // the end of its WAL record, as pg_logical_emit_message returned it
    std::uint32_t index = 0;                   // tells messages apart where only the transaction's LSN is known
    std::string_view prefix;                   // as the application gave it; not necessarily UTF-8
    std::string_view content;                  // any bytes
    // What did not fit a frame (about 1 GB) stayed in the WAL: its size; the view above it is empty then.
    std::uint64_t omitted_prefix_bytes = 0;
    std::uint64_t omitted_content_bytes = 0;
};

}  // namespace glassflow::event
