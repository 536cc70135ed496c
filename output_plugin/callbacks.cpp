// The callbacks, each a short list of steps.
//
// An ERROR leaves through siglongjmp: no object in these frames has a destructor, and what must be undone is owned by a
// memory context. The begin record waits for the first change that is wanted, so that a transaction without one costs
// nothing on the wire.
#include "callbacks.h"

#include "schema_change.h"
#include "session.h"

namespace glassflow {

namespace {

// What comes before any other record of a transaction; in a block also whose change it is, made in subxid at lsn.
void start_transaction(Session& session, const ReorderBufferTXN* txn, TransactionId subxid, XLogRecPtr lsn) {
    start_session(session);
    if (session.block.is_open()) {
        start_in_block(session, txn, subxid, lsn);
    } else if (!session.transaction.has_begun) {
        session.frames.start_sum({});
        write_begin(session.frames, session.text, txn);
        session.transaction.has_begun = true;
        session.transaction.described = {.lsn = txn->final_lsn};
    }
}

void describe_once(Session& session, RelationEntry& entry) {
    if (session.block.is_open()) {
        if (entry.needs_description_in(session.block.number)) {
            session.frames.append_record(entry.description);
            entry.set_described_in(session.block.number);
        }
    } else if (entry.needs_description()) {
        session.frames.append_record(entry.description);
        session.relations.set_described(entry);
    }
}

void finish_change(LogicalDecodingContext* ctx, Session& session) {
    ++session.transaction.change_count;
    if (session.frames.is_full()) {
        session.frames.flush(ctx, false);
    }
}

Actions action_of(ReorderBufferChangeType action) {
    switch (action) {
        case REORDER_BUFFER_CHANGE_INSERT:
            return action::insert;
        case REORDER_BUFFER_CHANGE_UPDATE:
            return action::update;
        default:
            return action::delete_;
    }
}

RowFate fate_of(ReorderBufferChangeType action) {
    switch (action) {
        case REORDER_BUFFER_CHANGE_INSERT:
            return RowFate::insert;
        case REORDER_BUFFER_CHANGE_UPDATE:
            return RowFate::update;
        default:
            return RowFate::delete_;
    }
}

wire::Tag tag_of(RowFate fate) {
    switch (fate) {
        case RowFate::insert:
            return wire::Tag::insert;
        case RowFate::update:
            return wire::Tag::update;
        default:
            return wire::Tag::delete_;
    }
}

RowTuples tuples_of(const ReorderBufferChange* change, Relation relation) {
    const RowTuples tuples{pg::heap_tuple(change->data.tp.oldtuple), pg::heap_tuple(change->data.tp.newtuple)};
    if (tuples.new_tuple == nullptr && change->action != REORDER_BUFFER_CHANGE_DELETE) {
        ereport(ERROR,
                (errcode(ERRCODE_DATA_CORRUPTED),
                 errmsg("WAL at %X/%X has no new row for table \"%s\"", static_cast<std::uint32_t>(change->lsn >> 32),
                        static_cast<std::uint32_t>(change->lsn), RelationGetRelationName(relation)),
                 errhint("The row was written while wal_level was below logical: create the slot anew.")));
    }
    return tuples;
}

// What is to be told of a row, and from what.
struct RowRecord {
    RowFate fate;
    RowTuples tuples;
};

RowTruth judge(const RelationEntry& entry, TupleDesc descriptor, RowFate change, const RowTuples& tuples) {
    RowTruth truth;
    if (entry.filter != nullptr) {
        truth = judge_row(*entry.filter, descriptor, change, tuples.old_tuple, tuples.new_tuple);
    }
    if (entry.publication_filter != nullptr) {
        const RowTruth published =
            judge_by_publications(*entry.publication_filter, descriptor, change, tuples.old_tuple, tuples.new_tuple);
        truth = {both(truth.before, published.before), both(truth.after, published.after)};
    }
    return truth;
}

RowRecord record_of(const RelationEntry& entry, Relation relation, const ReorderBufferChange* change) {
    const RowFate fate = fate_of(change->action);
    RowTuples tuples = tuples_of(change, relation);
    if (entry.filter == nullptr && entry.publication_filter == nullptr) {
        return {fate, tuples};
    }
    const RowFate judged = fate_of(fate, judge(entry, RelationGetDescr(relation), fate, tuples));
    if (fate == RowFate::update && judged == RowFate::insert) {
        tuples.unchanged_tuple = tuples.old_tuple;
    }
    if (fate == RowFate::update && judged == RowFate::delete_ && tuples.old_tuple == nullptr && entry.is_key_logged) {
        tuples.old_tuple = tuples.new_tuple;  // the key is as it was, or it would have been logged
    }
    return {judged, tuples};
}

// A table without a key is told apart by whole rows alone.
bool tells_changed_columns(const Session& session, const RelationEntry& entry, const RowRecord& record) {
    return session.options.sends_changed_columns && record.fate == RowFate::update &&
           entry.identity == REPLICA_IDENTITY_FULL && record.tuples.old_tuple != nullptr && !entry.key.empty();
}

bool is_selected(const RelationEntry& entry, const ReorderBufferChange* change) {
    return (entry.actions & action_of(change->action)) != 0;
}

// What an event trigger of ours told. Under its prefix nothing else is let out: anyone may send a message.
void change_schema(LogicalDecodingContext* ctx, Session& session, const ReorderBufferTXN* txn, XLogRecPtr lsn,
                   std::string_view content) {
    if (!session.options.sends_ddl) {
        return;
    }
    pg::MemoryContextScope scope(session.change_context);
    std::optional<SchemaChange> change = read_schema_change(content, txn->xid);
    if (!change || (has_signing_key() && !change->is_signed)) {
        warn_of_foreign_ddl(session);
    } else {
        if (!session.options.masks.is_empty()) {
            change->statement.reset();  // it may have values in it: a default, a query
            change->is_statement_cut = false;
        }
        start_transaction(session, txn, pg::subtransaction_being_sent(txn), lsn);
        write_ddl(session.value_writer(), lsn, *change);
        finish_change(ctx, session);
    }
    scope.leave();
    MemoryContextReset(session.change_context);
}

}  // namespace

void startup(LogicalDecodingContext* ctx, OutputPluginOptions* plugin_options, bool is_init) {
    MemoryContext context = AllocSetContextCreate(ctx->context, "glassflow session", ALLOCSET_DEFAULT_SIZES);
    pg::MemoryContextScope scope(context);
    const Options options = parse_options(ctx->output_plugin_options, context);
    pg::ask_for(ctx, options.streaming && !is_init, options.two_phase && !is_init);
    plugin_options->output_type = OUTPUT_PLUGIN_BINARY_OUTPUT;
    plugin_options->receive_rewrites = false;
    if (!is_init) {  // a slot that is being created decodes nothing yet
        open_session(ctx, options, context);
        // Asked of every record of the WAL: only when there is something to answer.
        ctx->callbacks.filter_by_origin_cb = options.origins.is_given() ? filter_by_origin : nullptr;
    }
    scope.leave();
}

// No transaction, and no catalog.
bool filter_by_origin(LogicalDecodingContext* ctx, RepOriginId origin) {
    return session_of(ctx).options.origins.drops(origin);
}

void begin(LogicalDecodingContext* ctx, ReorderBufferTXN* txn) {
    Session& session = session_of(ctx);
    session.transaction = TransactionState::of(wants_origin(session, txn));
}

void change(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, Relation relation, ReorderBufferChange* change) {
    Session& session = session_of(ctx);
    report_progress(ctx, session);
    if (!session.transaction.is_wanted) {
        return;
    }
    const ChangePosition position = session.transaction.next_position(change->lsn);
    pg::MemoryContextScope scope(session.change_context);
    RelationEntry& entry = session.relations.find(relation);
    const RowRecord record = is_selected(entry, change) ? record_of(entry, relation, change) : RowRecord{};
    if (record.fate != RowFate::none) {
        start_transaction(session, txn, change->txn->xid, change->lsn);
        describe_once(session, entry);
        if (tells_changed_columns(session, entry, record)) {
            write_changed_columns(session.value_writer(), entry, RelationGetDescr(relation), session.transaction,
                                  position, record.tuples);
        } else {
            write_row(session.value_writer(), tag_of(record.fate), entry, RelationGetDescr(relation),
                      session.transaction, position, record.tuples);
        }
        finish_change(ctx, session);
    } else {
        ++session.transaction.filtered_count;
    }
    scope.leave();
    MemoryContextReset(session.change_context);
}

void truncate(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, int relation_count, Relation* relations,
              ReorderBufferChange* change) {
    Session& session = session_of(ctx);
    report_progress(ctx, session);
    if (!session.transaction.is_wanted) {
        return;
    }
    const std::uint32_t flags = (change->data.truncate.cascade ? wire::truncate_cascade : 0) |
                                (change->data.truncate.restart_seqs ? wire::truncate_restart_identity : 0);
    pg::MemoryContextScope scope(session.change_context);
    for (int i = 0; i < relation_count; ++i) {
        const ChangePosition position = session.transaction.next_position(change->lsn);
        RelationEntry& entry = session.relations.find(relations[i]);
        if ((entry.actions & action::truncate) != 0) {
            start_transaction(session, txn, change->txn->xid, change->lsn);
            describe_once(session, entry);
            write_truncate(session.frames, entry, session.transaction, position, flags);
            finish_change(ctx, session);
        } else {
            ++session.transaction.filtered_count;
        }
    }
    scope.leave();
    MemoryContextReset(session.change_context);
}

// A non-transactional message comes between transactions, in a walsender outside any: no catalog, and nothing follows
// that would send it.
void message(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr message_lsn, bool is_transactional,
             const char* prefix, Size content_bytes, const char* content) {
    Session& session = session_of(ctx);
    if (is_transactional) {
        report_progress(ctx, session);
    }
    if (is_transactional && !session.transaction.is_wanted) {
        return;
    }
    if (strcmp(prefix, schema_change_prefix) == 0) {
        if (is_transactional) {
            change_schema(ctx, session, txn, message_lsn, {content, content_bytes});
        }
        return;
    }
    if (!session.options.messages.wants(prefix)) {
        session.transaction.filtered_count += is_transactional ? 1 : 0;
        return;
    }
    pg::MemoryContextScope scope(session.change_context);
    if (is_transactional) {
        start_transaction(session, txn, pg::subtransaction_being_sent(txn), message_lsn);
        write_message(session.frames, &session.text, message_lsn, prefix, {content, content_bytes});
        finish_change(ctx, session);
    } else {
        start_session(session);
        write_message(session.frames, nullptr, message_lsn, prefix, {content, content_bytes});
        session.frames.flush(ctx, true);
    }
    scope.leave();
    MemoryContextReset(session.change_context);
}

void commit(LogicalDecodingContext* ctx, ReorderBufferTXN* txn, XLogRecPtr) {
    Session& session = session_of(ctx);
    pg::MemoryContextScope scope(session.change_context);
    session.frames.discard_torn_record();
    pg::update_progress(ctx, !session.transaction.has_begun);
    if (session.transaction.has_begun) {
        write_commit(session.frames, txn, session.transaction);
        session.frames.flush(ctx, true);
    }
    scope.leave();
    MemoryContextReset(session.change_context);
}

void shutdown(LogicalDecodingContext* ctx) {
    if (ctx->output_plugin_private != nullptr) {
        close_session(session_of(ctx));
    }
}

}  // namespace glassflow
