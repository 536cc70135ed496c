// The records of the wire format, each written whole. What their elements are is said in wire_format.h.
#pragma once

#include "relation_cache.h"
#include "schema_change.h"

namespace glassflow {

// Which change of the WAL a record stands for.
struct ChangePosition {
    XLogRecPtr lsn = InvalidXLogRecPtr;
    std::uint32_t index = 0;
};

// How far the transaction that is being sent has come.
struct TransactionState {
    bool has_begun = false;    // its begin record is written: it has something to say
    bool is_wanted = true;     // by its origin
    ChangePosition described;  // of the row or truncate record before, at first of the commit record
    ChangePosition latest;     // of the latest change, wanted or not
    std::uint64_t change_count = 0;
    std::uint64_t filtered_count = 0;  // changes that were not wanted

    static TransactionState of(bool is_wanted) {
        TransactionState state;
        state.is_wanted = is_wanted;
        return state;
    }

    // Of a change that just came, wanted or not. COPY puts many rows into one WAL record.
    ChangePosition next_position(XLogRecPtr lsn) {
        latest = {lsn, lsn == latest.lsn ? latest.index + 1 : 0};
        return latest;
    }
};

// A row as the WAL has it; nullptr where it has none.
struct RowTuples {
    HeapTuple old_tuple;
    HeapTuple new_tuple;
    // Where values are that new_tuple tells only to be as they were, if they are to be told: a row with the same
    // columns or its key.
    HeapTuple unchanged_tuple = nullptr;
};

// Elements that several records have. The name is nil when nobody knows it any more.
void pack_origin_name(FrameWriter& frames, ServerText& text, RepOriginId origin);
void pack_measures(FrameBuffer& buffer, const TransactionState& state, const RecordSum& sum);

void write_session(FrameWriter& frames);
// Reads the catalog: the name of the transaction's origin.
void write_begin(FrameWriter& frames, ServerText& text, const ReorderBufferTXN* transaction);
void write_commit(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state);
// These two stand at position, which becomes that of the record before for the next: once they are whole, as the server
// may go on after an ERROR in their middle.
void write_row(ValueWriter writer, wire::Tag tag, RelationEntry& entry, TupleDesc descriptor,
               TransactionState& transaction, ChangePosition position, RowTuples tuples);
// An update under identity FULL, with both rows: of the columns that changed, and of the key. One that changed the key
// is written whole: to whoever keeps rows by their key it is a new row.
void write_changed_columns(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor,
                           TransactionState& transaction, ChangePosition position, RowTuples tuples);
void write_truncate(FrameWriter& frames, const RelationEntry& entry, TransactionState& transaction,
                    ChangePosition position, std::uint32_t truncate_flags);

// text is nullptr where nothing may be looked up: outside a transaction.
void write_message(FrameWriter& frames, ServerText* text, XLogRecPtr lsn, std::string_view prefix,
                   std::string_view content);

// Within a transaction only.
void write_ddl(ValueWriter writer, XLogRecPtr lsn, const SchemaChange& change);

// The relation record, encoded, in CurrentMemoryContext: of the table that its rows are told to be of. The plan of
// entry is complete.
std::string_view describe_relation(const RelationEntry& entry, Relation table, const char* schema, ServerText& text);

}  // namespace glassflow
