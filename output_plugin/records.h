// The records of the wire format, each written whole. What their elements are is said in wire_format.h.
#pragma once

#include "relation_cache.h"

namespace glassflow {

// How far the transaction that is being sent has come.
struct TransactionState {
    bool has_begun = false;                         // its begin record is written: it has something to say
    XLogRecPtr previous_lsn = InvalidXLogRecPtr;    // of the row or truncate record before: base of lsn_delta
    XLogRecPtr wal_record_lsn = InvalidXLogRecPtr;  // of the latest change, wanted or not
    std::uint32_t wal_record_index = 0;             // which change of that WAL record it is
    std::uint64_t change_count = 0;

    // Of a change that just came, wanted or not. COPY puts many rows into one WAL record.
    std::uint32_t next_index(XLogRecPtr lsn) {
        wal_record_index = lsn == wal_record_lsn ? wal_record_index + 1 : 0;
        wal_record_lsn = lsn;
        return wal_record_index;
    }
    std::int64_t next_lsn_delta(XLogRecPtr lsn) {
        const auto delta = static_cast<std::int64_t>(lsn - previous_lsn);
        previous_lsn = lsn;
        return delta;
    }
};

// Which change of the WAL a record stands for.
struct ChangePosition {
    XLogRecPtr lsn;
    std::uint32_t index;
};

// A row as the WAL has it; nullptr where it has none.
struct RowTuples {
    HeapTuple old_tuple;
    HeapTuple new_tuple;
};

// A column that rows carry: dropped ones have no value, virtual generated ones are not stored.
inline bool is_published(const FormData_pg_attribute* attribute) {
    return !attribute->attisdropped && (attribute->attgenerated == '\0' || attribute->attgenerated == 's');
}

void write_session(FrameWriter& frames);
void write_begin(FrameWriter& frames, const ReorderBufferTXN* transaction);
void write_commit(FrameWriter& frames, const ReorderBufferTXN* transaction, std::uint64_t change_count);
void write_row(ValueWriter writer, wire::Tag tag, RelationEntry& entry, TupleDesc descriptor, std::int64_t lsn_delta,
               std::uint32_t index, RowTuples tuples);
void write_truncate(FrameWriter& frames, const RelationEntry& entry, std::int64_t lsn_delta, std::uint32_t index,
                    std::uint32_t truncate_flags);

// text is nullptr where nothing may be looked up: outside a transaction.
void write_message(FrameWriter& frames, ServerText* text, XLogRecPtr lsn, std::string_view prefix,
                   std::string_view content);

// The relation record, encoded; owned by entry.context. The plan of entry is complete.
std::string_view describe_relation(const RelationEntry& entry, Relation relation, const char* schema, ServerText& text);

}  // namespace glassflow
