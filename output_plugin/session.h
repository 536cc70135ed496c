// The state of one decoding session: made when the slot starts streaming, found again in every callback.
//
// Three memory contexts: the session's lives as long as the decoding context, each relation entry has its own, and the
// change's is reset after each change, so that nothing grows with the number of changes.
#pragma once

#include "options.h"
#include "records.h"
#include "streaming.h"

namespace glassflow {

struct Session {
    MemoryContext context;
    MemoryContext change_context;
    Options options;
    ServerText text;
    RelationCache relations;
    FrameWriter frames;
    TransactionState transaction;  // the one that is being sent, or the open block of one
    Block block;
    bool is_described = false;     // the session record is written
    int guc_nest_level = 0;        // of the pinned settings, in the SQL functions; 0 in a walsender
    int changes_since_report = 0;  // see report_progress
    bool has_warned_of_ddl = false;

    ValueWriter value_writer() { return {frames, text}; }
};
static_assert(std::is_trivially_destructible_v<Session>);

// ctx owns the session. The settings that output functions depend on are pinned until close_session.
Session* open_session(LogicalDecodingContext* ctx, const Options& options, MemoryContext context);
void close_session(Session& session);

inline Session& session_of(LogicalDecodingContext* ctx) {
    return *static_cast<Session*>(ctx->output_plugin_private);
}

// What comes before any other record.
void start_session(Session& session);

// By the option `origin`. Reads the catalog.
bool wants_origin(Session& session, const ReorderBufferTXN* transaction);

// To be called for each change, wanted or not: a long run of unwanted ones must not look like a dead connection.
void report_progress(LogicalDecodingContext* ctx, Session& session);

// Once per session: a message under the prefix of schema changes is none, or of a server with another key.
void warn_of_foreign_ddl(Session& session);

}  // namespace glassflow
