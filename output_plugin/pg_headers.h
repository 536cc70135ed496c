// The one place that includes server headers, and the one place that knows how PostgreSQL 13 to 18 differ.
//
// Include it before any standard header: postgres.h redefines printf and friends, and a standard header that comes
// first would be compiled against one spelling and used with the other.
#pragma once

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"
#pragma GCC diagnostic ignored "-Wsign-compare"

extern "C" {
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/skey.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/tupdesc.h"
#include "access/tupmacs.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_index.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/event_trigger.h"
#include "common/hashfn.h"
#include "common/int.h"
#include "common/shortest_dec.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/ilist.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "parser/scansup.h"
#include "port/pg_crc32c.h"
#include "replication/logical.h"
#include "replication/message.h"
#include "replication/origin.h"
#include "replication/output_plugin.h"
#include "replication/reorderbuffer.h"
#include "replication/slot.h"
#include "replication/walsender.h"
#include "tcop/cmdtag.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/inet.h"
#include "utils/inval.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rangetypes.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/resowner.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"
#include "utils/typcache.h"
#include "utils/uuid.h"
#include "utils/xid8.h"
#if PG_VERSION_NUM >= 130000
#include "access/detoast.h"
#endif
#if PG_VERSION_NUM >= 140000
#include "utils/multirangetypes.h"
#endif
#if PG_VERSION_NUM >= 160000
#include "parser/parse_relation.h"
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "rewrite/rewriteHandler.h"
#endif
}

#pragma GCC diagnostic pop

#if PG_VERSION_NUM < 130000
#error "PostgreSQL 13 or later is needed"
#endif

#include <new>
#include <string_view>
#include <type_traits>

namespace glassflow::pg {

// 16 and later report progress on their own every 100 changes; before, a long filtered run ends in a replication
// timeout.
inline constexpr bool core_reports_progress = PG_VERSION_NUM >= 160000;

inline void update_progress(LogicalDecodingContext* ctx, [[maybe_unused]] bool skipped_transaction) {
#if PG_VERSION_NUM >= 150000
    OutputPluginUpdateProgress(ctx, skipped_transaction);
#else
    OutputPluginUpdateProgress(ctx);
#endif
}

// Transactions in progress and prepared ones are told apart by their callbacks from 14 on.
inline constexpr bool has_streaming = PG_VERSION_NUM >= 140000;

// The server counts what the plugin could do as asked for, until the plugin says what the client asked for. While a
// slot is being created nothing is.
inline void ask_for(LogicalDecodingContext* ctx, [[maybe_unused]] bool streaming, [[maybe_unused]] bool two_phase) {
#if PG_VERSION_NUM >= 140000
    ctx->streaming &= streaming;
#endif
#if PG_VERSION_NUM >= 150000
    if (two_phase) {
        ctx->twophase_opt_given = true;
    } else {
        ctx->twophase = false;
    }
#elif PG_VERSION_NUM >= 140000
    ctx->twophase &= two_phase;
#endif
    static_cast<void>(ctx);
}

// From 15 on the server makes a slot two-phase when it is asked for; before, whoever creates the slot must have.
inline bool may_be_two_phase() {
#if PG_VERSION_NUM >= 150000
    return true;
#elif PG_VERSION_NUM >= 140000
    return MyReplicationSlot->data.two_phase;
#else
    return false;
#endif
}

// The transaction that a subtransaction is part of, or itself. 13 does not tell, and nobody asks there.
inline ReorderBufferTXN* top_transaction(ReorderBufferTXN* txn) {
#if PG_VERSION_NUM >= 140000
    return txn->toptxn == nullptr ? txn : txn->toptxn;
#else
    return txn;
#endif
}

// The subtransaction that the message being sent in a block was made in, as far as it matters: the callback is not
// told. Once the transaction has committed, which the server then no longer watches for an abort, nothing is rolled
// back.
inline TransactionId subtransaction_being_sent(const ReorderBufferTXN* top) {
#if PG_VERSION_NUM >= 140000
    return TransactionIdIsValid(CheckXidAlive) ? CheckXidAlive : top->xid;
#else
    return top->xid;
#endif
}

inline TimestampTz commit_time(const ReorderBufferTXN* txn) {
#if PG_VERSION_NUM >= 150000
    return txn->xact_time.commit_time;
#else
    return txn->commit_time;
#endif
}

#if PG_VERSION_NUM >= 170000
inline HeapTuple heap_tuple(HeapTuple tuple) {
    return tuple;
}
#else
inline HeapTuple heap_tuple(ReorderBufferTupleBuf* buffer) {
    return buffer == nullptr ? nullptr : &buffer->tuple;
}
#endif

// A logical message of the transaction.
inline void log_message(const char* prefix, std::string_view content) {
#if PG_VERSION_NUM >= 170000
    LogLogicalMessage(prefix, content.data(), content.size(), true, false);
#else
    LogLogicalMessage(prefix, content.data(), content.size(), true);
#endif
}

// Before 17 there are no infinite intervals: all the highest numbers are an interval like any other.
inline bool is_infinite([[maybe_unused]] const Interval* interval) {
#if PG_VERSION_NUM >= 170000
    return INTERVAL_NOT_FINITE(interval);
#else
    return false;
#endif
}

// InvalidOid when the type is no multirange.
inline Oid range_of_multirange([[maybe_unused]] Oid type) {
#if PG_VERSION_NUM >= 140000
    return get_multirange_range(type);
#else
    return InvalidOid;
#endif
}

// Rolling a subtransaction back makes the server forget to watch for the abort of the transaction that is being
// decoded.
#if PG_VERSION_NUM >= 140000
using ConcurrentAbortCheck = TransactionId;
inline ConcurrentAbortCheck save_concurrent_abort_check() {
    return CheckXidAlive;
}
inline void restore_concurrent_abort_check(ConcurrentAbortCheck check) {
    CheckXidAlive = check;
}
#else
struct ConcurrentAbortCheck {};
inline ConcurrentAbortCheck save_concurrent_abort_check() {
    return {};
}
inline void restore_concurrent_abort_check(ConcurrentAbortCheck) {}
#endif

// Runs step in a subtransaction, so that its ERROR can be undone: buffers pinned, caches referenced. Returns that
// error, which the caller's memory context owns, or nullptr. An error whose SQLSTATE is not expected goes on as it is:
// it is not copied, because a copy fails when memory has run out, and would leave the subtransaction open.
template <typename Step, typename Expected>
ErrorData* in_subtransaction(Step step, Expected is_expected) {
    static_assert(std::is_trivially_destructible_v<Step>);
    const MemoryContext context = CurrentMemoryContext;
    const ResourceOwner owner = CurrentResourceOwner;
    const ConcurrentAbortCheck abort_check = save_concurrent_abort_check();
    ErrorData* volatile error = nullptr;

    BeginInternalSubTransaction(nullptr);
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        step();
        ReleaseCurrentSubTransaction();
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        if (is_expected(geterrcode())) {
            error = CopyErrorData();
            FlushErrorState();
        }
        RollbackAndReleaseCurrentSubTransaction();
        if (error == nullptr) {
            MemoryContextSwitchTo(context);
            CurrentResourceOwner = owner;
            restore_concurrent_abort_check(abort_check);
            PG_RE_THROW();
        }
    }
    PG_END_TRY();
    MemoryContextSwitchTo(context);
    CurrentResourceOwner = owner;
    restore_concurrent_abort_check(abort_check);
    return error;
}

// Converts without an ERROR: returns how many bytes of source were converted before the first that has no equivalent.
// Only when that is all of them is target a text that ends.
inline int convert_encoding([[maybe_unused]] Oid procedure, int source_encoding, int target_encoding,
                            const char* source, int source_bytes, char* target, int target_bytes) {
#if PG_VERSION_NUM >= 140000
    return pg_do_encoding_conversion_buf(procedure, source_encoding, target_encoding,
                                         reinterpret_cast<unsigned char*>(const_cast<char*>(source)), source_bytes,
                                         reinterpret_cast<unsigned char*>(target), target_bytes, true);
#else
    // 13 has no conversion that reports instead of raising, and does not tell how far it came.
    static_cast<void>(target_bytes);
    ErrorData* error = in_subtransaction(
        [=] {
            OidFunctionCall5(procedure, Int32GetDatum(source_encoding), Int32GetDatum(target_encoding),
                             CStringGetDatum(source), CStringGetDatum(target), Int32GetDatum(source_bytes));
        },
        [](int sqlstate) {
            return sqlstate == ERRCODE_UNTRANSLATABLE_CHARACTER || sqlstate == ERRCODE_CHARACTER_NOT_IN_REPERTOIRE;
        });
    if (error == nullptr) {
        return source_bytes;
    }
    FreeErrorData(error);
    return 0;
#endif
}

// Schemas as members of publications, lists of columns and row filters came with 15; before, publications have none.
#if PG_VERSION_NUM >= 150000
inline List* publications_of_schema(Oid schema) {
    return GetSchemaPublications(schema);
}
inline bool is_schema_published(Oid publication, Oid schema) {
    return SearchSysCacheExists2(PUBLICATIONNAMESPACEMAP, ObjectIdGetDatum(schema), ObjectIdGetDatum(publication));
}
// Of a row of pg_publication_rel: nullptr when it has none.
inline Bitmapset* publication_column_list(HeapTuple member) {
    bool is_null = true;
    const Datum list = SysCacheGetAttr(PUBLICATIONRELMAP, member, Anum_pg_publication_rel_prattrs, &is_null);
    return is_null ? nullptr : pub_collist_to_bitmapset(nullptr, list, CurrentMemoryContext);
}
inline char* publication_row_filter(HeapTuple member) {
    bool is_null = true;
    const Datum filter = SysCacheGetAttr(PUBLICATIONRELMAP, member, Anum_pg_publication_rel_prqual, &is_null);
    return is_null ? nullptr : TextDatumGetCString(filter);
}
#else
inline List* publications_of_schema(Oid) {
    return NIL;
}
inline bool is_schema_published(Oid, Oid) {
    return false;
}
inline Bitmapset* publication_column_list(HeapTuple) {
    return nullptr;
}
inline char* publication_row_filter(HeapTuple) {
    return nullptr;
}
#endif

// 18 publishes stored generated columns when it is told to, or when a list names them; no version before it does.
inline constexpr bool column_lists_hold_generated_columns = PG_VERSION_NUM >= 180000;
inline bool publishes_generated_columns([[maybe_unused]] const Publication* publication) {
#if PG_VERSION_NUM >= 180000
    return publication->pubgencols_type == PUBLISH_GENCOLS_STORED;
#else
    return false;
#endif
}

// Virtual generated columns are not in the rows: in an expression they are what they are generated from.
inline Node* expand_generated_columns(Node* expression, [[maybe_unused]] Relation table) {
#if PG_VERSION_NUM >= 180000
    return expand_generated_columns_in_expr(expression, table, 1);
#else
    return expression;
#endif
}

// In which expressions over rows of table are prepared and evaluated. It lives in CurrentMemoryContext.
inline EState* create_filter_estate(Relation table) {
    EState* estate = CreateExecutorState();
    RangeTblEntry* entry = makeNode(RangeTblEntry);
    entry->rtekind = RTE_RELATION;
    entry->relid = RelationGetRelid(table);
    entry->relkind = table->rd_rel->relkind;
    entry->rellockmode = AccessShareLock;
#if PG_VERSION_NUM >= 180000
    List* permissions = NIL;
    addRTEPermissionInfo(&permissions, entry);
    ExecInitRangeTable(estate, list_make1(entry), permissions, bms_make_singleton(1));
#elif PG_VERSION_NUM >= 160000
    List* permissions = NIL;
    addRTEPermissionInfo(&permissions, entry);
    ExecInitRangeTable(estate, list_make1(entry), permissions);
#else
    ExecInitRangeTable(estate, list_make1(entry));
#endif
    estate->es_output_cid = GetCurrentCommandId(false);
    return estate;
}

// A T in a memory context, which owns it. No destructor runs when the server frees a context or an ERROR jumps over a
// frame, so nothing that would need one is let in.
template <typename T>
T* make(MemoryContext context, T value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (MemoryContextAllocZero(context, sizeof(T))) T(value);
}

// CurrentMemoryContext for the length of a scope. After an ERROR nobody switches back: the server does, where it
// catches.
class MemoryContextScope {
public:
    explicit MemoryContextScope(MemoryContext context) : previous_(MemoryContextSwitchTo(context)) {}
    void leave() { MemoryContextSwitchTo(previous_); }

private:
    MemoryContext previous_;
};
static_assert(std::is_trivially_destructible_v<MemoryContextScope>);

}  // namespace glassflow::pg
