// The records of transactions that are not sent whole at their commit: those that are streamed in blocks while they are
// in progress, and those that are sent when they are prepared. What their elements are is said in wire_format.h.
#pragma once

#include "records.h"

namespace glassflow {

// What a transaction's position counts from within a block: any place near, at which no change has been told yet.
ChangePosition block_start(XLogRecPtr lsn);

// Reads the catalog: the name of the transaction's origin.
void write_stream_start(FrameWriter& frames, ServerText& text, const ReorderBufferTXN* transaction,
                        ChangePosition start, bool is_first);
void write_subtransaction(FrameWriter& frames, TransactionId subxid);
void write_stream_stop(FrameWriter& frames);
// The same twice: all of the transaction.
void write_stream_abort(FrameWriter& frames, TransactionId xid, TransactionId subxid, XLogRecPtr lsn);
void write_stream_commit(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state,
                         const RecordSum& sum);

#if PG_VERSION_NUM >= 140000
// Reads the catalog, as above.
void write_begin_prepare(FrameWriter& frames, ServerText& text, const ReorderBufferTXN* transaction);
void write_prepare(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state);
void write_stream_prepare(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state,
                          const RecordSum& sum);
void write_commit_prepared(FrameWriter& frames, const ReorderBufferTXN* transaction);
void write_rollback_prepared(FrameWriter& frames, const ReorderBufferTXN* transaction, XLogRecPtr prepare_end_lsn,
                             TimestampTz prepare_time);
#endif

}  // namespace glassflow
