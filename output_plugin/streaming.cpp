// The callbacks around a block. Those within it are the ones of any transaction: see callbacks.cpp.
#include "streaming.h"

#include "session.h"
#include "stream_records.h"

namespace glassflow {

void start_in_block(Session& session, const ReorderBufferTXN* transaction, TransactionId subxid, XLogRecPtr lsn) {
    Block& block = session.block;
    if (!block.has_begun) {
        const ChangePosition start = block_start(lsn);
        session.frames.start_sum(block.transaction->sum);
        write_stream_start(session.frames, session.text, transaction, start, !session.transaction.has_begun);
        session.transaction.has_begun = true;
        session.transaction.described = start;
        block.has_begun = true;
        block.subxid = transaction->xid;
    }
    if (block.subxid != subxid) {
        write_subtransaction(session.frames, subxid);
        block.subxid = subxid;
    }
}

#if PG_VERSION_NUM >= 140000

namespace {

StreamedTransaction* streamed(const ReorderBufferTXN* txn) {
    return static_cast<StreamedTransaction*>(txn->output_plugin_private);
}

void forget(ReorderBufferTXN* txn) {
    if (txn->output_plugin_private != nullptr) {
        pfree(txn->output_plugin_private);
        txn->output_plugin_private = nullptr;
    }
}

// Whether a receiver has heard of the transaction.
bool was_sent(const StreamedTransaction* transaction) {
    return transaction != nullptr && transaction->state.has_begun;
}

}  // namespace

// Its records wait for the first change that is wanted: a block without one is not sent.
void stream_start(LogicalDecodingContext* ctx, ReorderBufferTXN* txn) {
    Session& session = session_of(ctx);
    session.frames.discard_torn_record();
    if (txn->output_plugin_private == nullptr) {
        const StreamedTransaction transaction{TransactionState::of(wants_origin(session, txn)), {}};
        txn->output_plugin_private = pg::make(session.context, transaction);
    }
    session.block = {.transaction = streamed(txn), .number = session.block.number + 1};
    session.transaction = session.block.transaction->state;
}

// Also after an ERROR in a change, outside any transaction then: nothing is looked up.
void stream_stop(LogicalDecodingContext* ctx, ReorderBufferTXN*) {
    Session& session = session_of(ctx);
    session.frames.discard_torn_record();
    if (session.block.has_begun) {
        write_stream_stop(session.frames);
        session.block.transaction->sum = session.frames.sum();
        session.frames.flush(ctx, true);
    }
    session.block.transaction->state = session.transaction;
    session.block = {.number = session.block.number};
    session.transaction = {};
}

// Of a subtransaction, or of all of it.
void stream_abort(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr abort_lsn) {
    Session& session = session_of(ctx);
    ReorderBufferTXN* top = pg::top_transaction(txn);
    session.frames.discard_torn_record();
    if (was_sent(streamed(top))) {
        write_stream_abort(session.frames, top->xid, txn->xid, abort_lsn);
        session.frames.flush(ctx, true);
    }
    if (txn == top) {
        forget(txn);
    }
}

void stream_commit(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr) {
    Session& session = session_of(ctx);
    const StreamedTransaction* transaction = streamed(txn);
    session.frames.discard_torn_record();
    pg::update_progress(ctx, !was_sent(transaction));
    if (was_sent(transaction)) {
        write_stream_commit(session.frames, txn, transaction->state, transaction->sum);
        session.frames.flush(ctx, true);
    }
    forget(txn);
}

// Sent even when no block was: how it ends will be told, and may be told to a receiver that came later.
void stream_prepare(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr) {
    Session& session = session_of(ctx);
    const StreamedTransaction empty{};
    const StreamedTransaction* transaction = streamed(txn) == nullptr ? &empty : streamed(txn);
    pg::update_progress(ctx, false);
    start_session(session);
    write_stream_prepare(session.frames, txn, transaction->state, transaction->sum);
    session.frames.flush(ctx, true);
    forget(txn);
}

#endif

}  // namespace glassflow
