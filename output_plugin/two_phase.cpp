// Between begin_prepare and prepare come the callbacks of any transaction: see callbacks.cpp.
#include "two_phase.h"

#include "session.h"
#include "stream_records.h"

namespace glassflow {

#if PG_VERSION_NUM >= 140000

void begin_prepare(LogicalDecodingContext* ctx, ReorderBufferTXN* txn) {
    Session& session = session_of(ctx);
    session.transaction = TransactionState::of(wants_origin(session, txn));
    pg::MemoryContextScope scope(session.change_context);
    start_session(session);
    session.frames.start_sum({});
    write_begin_prepare(session.frames, session.text, txn);
    session.transaction.has_begun = true;
    session.transaction.described = {.lsn = txn->final_lsn};
    scope.leave();
    MemoryContextReset(session.change_context);
}

// Also when the transaction was rolled back while it was being sent: then its changes are cut short, and this is called
// outside any transaction.
void prepare(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr) {
    Session& session = session_of(ctx);
    session.frames.discard_torn_record();
    pg::update_progress(ctx, false);
    write_prepare(session.frames, txn, session.transaction);
    session.frames.flush(ctx, true);
    session.transaction = {};
}

void commit_prepared(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr) {
    Session& session = session_of(ctx);
    pg::update_progress(ctx, false);
    start_session(session);
    write_commit_prepared(session.frames, txn);
    session.frames.flush(ctx, true);
}

void rollback_prepared(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr prepare_end_lsn,
                       TimestampTz prepare_time) {
    Session& session = session_of(ctx);
    pg::update_progress(ctx, false);
    start_session(session);
    write_rollback_prepared(session.frames, txn, prepare_end_lsn, prepare_time);
    session.frames.flush(ctx, true);
}

#endif

}  // namespace glassflow
