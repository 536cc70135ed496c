// What the server calls, in the order of a session. Their signatures are those of replication/output_plugin.h.
#pragma once

#include "pg_headers.h"

namespace glassflow {

void startup(LogicalDecodingContext* ctx, OutputPluginOptions* plugin_options, bool is_init);
bool filter_by_origin(LogicalDecodingContext* ctx, RepOriginId origin);
void begin(LogicalDecodingContext* ctx, ReorderBufferTXN* txn);
void change(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, Relation relation, ReorderBufferChange* change);
void truncate(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, int relation_count, Relation* relations,
              ReorderBufferChange* change);
void message(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr message_lsn, bool is_transactional,
             const char* prefix, Size content_bytes, const char* content);
void commit(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr commit_lsn);
void shutdown(LogicalDecodingContext* ctx);

}  // namespace glassflow
