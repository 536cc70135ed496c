// Transactions that are sent in blocks while they are in progress. PostgreSQL 14 and later; before, no block ever
// begins.
//
// Blocks of one transaction never overlap another's, and between them other transactions come whole. What a block says
// about relations holds in it alone: its transaction may see a catalog that nobody else does, and may yet be rolled
// back. The server may end a block in the middle of a change, when it finds that the transaction was aborted meanwhile.
#pragma once

#include "records.h"

namespace glassflow {

// What is remembered of such a transaction between its blocks; the server's transaction points to it.
struct StreamedTransaction {
    TransactionState state;
    RecordSum sum;  // of the records of its blocks
};

// The block that is being sent.
struct Block {
    StreamedTransaction* transaction = nullptr;   // nullptr outside blocks
    std::uint64_t number = 0;                     // counts the blocks of the session
    bool has_begun = false;                       // its first record is written: it has something to say
    TransactionId subxid = InvalidTransactionId;  // of the changes that follow

    bool is_open() const { return transaction != nullptr; }
};

struct Session;

// What comes before a change in an open block: its first record, and whose change it is.
void start_in_block(Session& session, const ReorderBufferTXN* transaction, TransactionId subxid, XLogRecPtr lsn);

#if PG_VERSION_NUM >= 140000
void stream_start(LogicalDecodingContext* ctx, ReorderBufferTXN* txn);
void stream_stop(LogicalDecodingContext* ctx, ReorderBufferTXN* txn);
void stream_abort(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr abort_lsn);
void stream_commit(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr commit_lsn);
// Of a transaction that was streamed and is now prepared; see two_phase.h.
void stream_prepare(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr prepare_lsn);
#endif

}  // namespace glassflow
