// Transactions that are sent when they are prepared, and their end when it is decided. PostgreSQL 14 and later.
//
// A prepared transaction is always sent, even when nothing in it is wanted: its end may come in a later session, which
// does not know.
#pragma once

#include "pg_headers.h"

namespace glassflow {

#if PG_VERSION_NUM >= 140000
void begin_prepare(LogicalDecodingContext* ctx, ReorderBufferTXN* txn);
void prepare(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr prepare_lsn);
void commit_prepared(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr commit_lsn);
void rollback_prepared(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr prepare_end_lsn,
                       TimestampTz prepare_time);
#endif

}  // namespace glassflow
