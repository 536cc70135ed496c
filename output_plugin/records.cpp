// Record by record what wire_format.h says.
#include "records.h"

#include "changed_columns.h"
#include "column_description.h"
#include "plugin_version.h"

namespace glassflow {

namespace {

bool contains(std::span<const std::uint32_t> key, std::size_t position) {
    for (const std::uint32_t key_position : key) {
        if (key_position == position) {
            return true;
        }
    }
    return false;
}

void pack_position(FrameBuffer& buffer, const TransactionState& transaction, ChangePosition position) {
    const auto distance_bytes = static_cast<std::int64_t>(position.lsn - transaction.described.lsn);
    Assert(distance_bytes % wire::lsn_unit == 0);
    const std::int64_t distance = distance_bytes / wire::lsn_unit;
    const std::uint32_t implied_index = distance == 0 ? transaction.described.index + 1 : 0;
    if (position.index == implied_index) {
        pack_signed(buffer, distance);
    } else {
        pack_array(buffer, 2);
        pack_signed(buffer, distance);
        pack_unsigned(buffer, position.index);
    }
}

void pack_whole_row(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor, HeapTuple tuple) {
    pack_array(writer.buffer(), entry.columns.size());
    visit_values(entry.layout, descriptor, tuple, [writer, &entry](std::int32_t column, Datum value, bool is_null) {
        encode_value(writer, entry.columns[column].encoder, value, is_null);
    });
}

// The same of columns in an order of their own, or of a row that a receiver does not have yet: what an update left as
// it was is taken from the row before, where that is given.
void pack_row_by_column(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor, HeapTuple tuple,
                        HeapTuple unchanged_tuple) {
    const auto attribute_count = static_cast<Size>(descriptor->natts);
    auto* old_values = static_cast<Datum*>(palloc(attribute_count * sizeof(Datum)));
    auto* old_nulls = static_cast<bool*>(palloc(attribute_count * sizeof(bool)));
    heap_deform_tuple(tuple, descriptor, entry.values, entry.nulls);
    if (unchanged_tuple != nullptr) {
        heap_deform_tuple(unchanged_tuple, descriptor, old_values, old_nulls);
    }
    pack_array(writer.buffer(), entry.columns.size());
    for (const ColumnPlan& column : entry.columns) {
        Datum value = entry.values[column.attribute];
        const bool is_null = entry.nulls[column.attribute];
        const bool is_unchanged =
            !is_null && column.encoder.is_varlena && VARATT_IS_EXTERNAL_ONDISK(DatumGetPointer(value));
        if (is_unchanged && unchanged_tuple != nullptr && !old_nulls[column.attribute]) {
            value = old_values[column.attribute];
        }
        encode_value(writer, column.encoder, value, is_null);
    }
}

void pack_row(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor, HeapTuple tuple,
              HeapTuple unchanged_tuple) {
    if (entry.is_mapped || unchanged_tuple != nullptr) {
        pack_row_by_column(writer, entry, descriptor, tuple, unchanged_tuple);
    } else {
        pack_whole_row(writer, entry, descriptor, tuple);
    }
}

// The key of the row is the one that the old row was logged by. Key columns are never NULL, while in a key tuple every
// column but the logged ones is: DROP INDEX CONCURRENTLY took the index of that key away meanwhile.
bool has_key(const RelationEntry& entry) {
    for (const std::uint32_t position : entry.key) {
        if (entry.nulls[entry.columns[position].attribute]) {
            return false;
        }
    }
    return !entry.key.empty();
}

// Only the key may be read of a key tuple. Its order need not be that of the columns.
void pack_key_values(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor, HeapTuple tuple) {
    heap_deform_tuple(tuple, descriptor, entry.values, entry.nulls);
    if (!has_key(entry)) {
        pack_nil(writer.buffer());
        return;
    }
    pack_array(writer.buffer(), entry.key.size());
    for (const std::uint32_t position : entry.key) {
        ColumnPlan& column = entry.columns[position];
        encode_value(writer, column.encoder, entry.values[column.attribute], entry.nulls[column.attribute]);
    }
}

void pack_old_row(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor, HeapTuple tuple) {
    if (tuple == nullptr) {
        pack_nil(writer.buffer());
    } else if (entry.identity == REPLICA_IDENTITY_FULL) {
        pack_row(writer, entry, descriptor, tuple, nullptr);
    } else {
        pack_key_values(writer, entry, descriptor, tuple);
    }
}

void pack_columns(ValueWriter writer, const RelationEntry& entry, const ColumnBits& bits, const RowValues& row) {
    std::size_t count = 0;
    for (std::size_t column = 0; column < entry.columns.size(); ++column) {
        count += bits.has(column) ? 1 : 0;
    }
    pack_array(writer.buffer(), count);
    for (std::size_t column = 0; column < entry.columns.size(); ++column) {
        const int attribute = entry.columns[column].attribute;
        if (bits.has(column)) {
            encode_value(writer, entry.columns[column].encoder, row.values[attribute], row.nulls[attribute]);
        }
    }
}

void pack_optional(ValueWriter writer, std::optional<std::string_view> text) {
    if (text) {
        writer.text.pack(writer.frames, *text);
    } else {
        pack_nil(writer.buffer());
    }
}

void pack_object(ValueWriter writer, const SchemaChange::Object& object) {
    FrameBuffer& buffer = writer.buffer();
    pack_array(buffer, 6);
    writer.text.pack(writer.frames, object.command);
    writer.text.pack(writer.frames, object.type);
    pack_optional(writer, object.schema);
    writer.text.pack(writer.frames, object.identity);
    pack_unsigned(buffer, object.is_dropped ? wire::object_is_dropped : 0);
    if (!object.columns) {
        pack_nil(buffer);
        return;
    }
    pack_array(buffer, object.columns->size());
    for (const SchemaChange::Column& column : *object.columns) {
        pack_array(buffer, 3);
        writer.text.pack(writer.frames, column.name);
        writer.text.pack(writer.frames, column.type);
        pack_unsigned(buffer, column.is_not_null ? wire::column_is_not_null : 0);
    }
}

}  // namespace

void pack_origin_name(FrameWriter& frames, ServerText& text, RepOriginId origin) {
    char* name = nullptr;
    if (replorigin_by_oid(origin, true, &name)) {
        text.pack(frames, name);
    } else {
        pack_nil(frames.buffer());
    }
}

void pack_measures(FrameBuffer& buffer, const TransactionState& state, const RecordSum& sum) {
    pack_unsigned(buffer, state.change_count);
    pack_unsigned(buffer, state.filtered_count);
    pack_unsigned(buffer, sum.bytes);
    pack_unsigned(buffer, sum.checksum());
}

void write_session(FrameWriter& frames) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::session, 5);
    pack_unsigned(buffer, wire::protocol_version);
    pack_str(buffer, plugin_version);
    pack_unsigned(buffer, PG_VERSION_NUM);
    pack_str(buffer, GetDatabaseEncodingName());
    frames.finish_record();
}

std::string_view describe_relation(const RelationEntry& entry, Relation table, const char* schema, ServerText& text) {
    const TupleDesc descriptor = RelationGetDescr(table);
    FrameWriter frames(CurrentMemoryContext, 64 + 64 * entry.columns.size());
    FrameBuffer& buffer = frames.begin_record(wire::Tag::relation, 8);
    pack_unsigned(buffer, entry.id);
    pack_unsigned(buffer, RelationGetRelid(table));
    text.pack(frames, schema);
    text.pack(frames, RelationGetRelationName(table));
    pack_str(buffer, std::string_view(&entry.identity, 1));
    pack_array(buffer, entry.columns.size());
    for (std::size_t position = 0; position < entry.columns.size(); ++position) {
        const ColumnPlan& column = entry.columns[position];
        pack_column(frames, text, TupleDescAttr(descriptor, column.table_attribute), column.encoder,
                    contains(entry.key, position));
    }
    pack_array(buffer, entry.key.size());
    for (const std::uint32_t position : entry.key) {
        pack_unsigned(buffer, position);
    }
    return {buffer.data(), buffer.size()};
}

void write_begin(FrameWriter& frames, ServerText& text, const ReorderBufferTXN* transaction) {
    const bool has_origin = transaction->origin_id != InvalidRepOriginId;
    FrameBuffer& buffer = frames.begin_record(wire::Tag::begin, has_origin ? 6 : 4);
    pack_unsigned(buffer, transaction->xid);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_signed(buffer, pg::commit_time(transaction));
    if (has_origin) {
        pack_origin_name(frames, text, transaction->origin_id);
        pack_unsigned(buffer, transaction->origin_lsn);
    }
    frames.finish_record();
}

void write_commit(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state) {
    const RecordSum sum = frames.sum();
    FrameBuffer& buffer = frames.begin_record(wire::Tag::commit, 7);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_unsigned(buffer, transaction->end_lsn);
    pack_measures(buffer, state, sum);
    frames.finish_record();
}

void write_row(ValueWriter writer, wire::Tag tag, RelationEntry& entry, TupleDesc descriptor,
               TransactionState& transaction, ChangePosition position, RowTuples tuples) {
    FrameBuffer& buffer = writer.frames.begin_record(tag, tag == wire::Tag::update ? 5 : 4);
    pack_unsigned(buffer, entry.id);
    pack_position(buffer, transaction, position);
    if (tag != wire::Tag::delete_) {
        pack_row(writer, entry, descriptor, tuples.new_tuple, tuples.unchanged_tuple);
    }
    if (tag != wire::Tag::insert) {
        pack_old_row(writer, entry, descriptor, tuples.old_tuple);
    }
    writer.frames.finish_record();
    transaction.described = position;
}

void write_changed_columns(ValueWriter writer, RelationEntry& entry, TupleDesc descriptor,
                           TransactionState& transaction, ChangePosition position, RowTuples tuples) {
    const RowValues old_row = take_apart(descriptor, tuples.old_tuple);
    const RowValues new_row = take_apart(descriptor, tuples.new_tuple);
    const ColumnBits bits = find_changed(entry, old_row, new_row);
    if (bits.has_changed_key) {
        write_row(writer, wire::Tag::update, entry, descriptor, transaction, position, tuples);
        return;
    }
    FrameBuffer& buffer = writer.frames.begin_record(wire::Tag::update_of_columns, 6);
    pack_unsigned(buffer, entry.id);
    pack_position(buffer, transaction, position);
    pack_bin(buffer, {reinterpret_cast<const char*>(bits.bytes), bits.size()});
    pack_columns(writer, entry, bits, new_row);
    pack_columns(writer, entry, bits, old_row);
    writer.frames.finish_record();
    transaction.described = position;
}

void write_truncate(FrameWriter& frames, const RelationEntry& entry, TransactionState& transaction,
                    ChangePosition position, std::uint32_t truncate_flags) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::truncate, 4);
    pack_unsigned(buffer, entry.id);
    pack_position(buffer, transaction, position);
    pack_unsigned(buffer, truncate_flags);
    frames.finish_record();
    transaction.described = position;
}

void write_message(FrameWriter& frames, ServerText* text, XLogRecPtr lsn, std::string_view prefix,
                   std::string_view content) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::message, 5);
    const bool is_transactional = text != nullptr;
    pack_unsigned(buffer, lsn);
    pack_boolean(buffer, is_transactional);
    if (is_transactional) {
        text->pack(frames, prefix);
    } else {
        ServerText::pack_unconverted(buffer, prefix);
    }
    constexpr std::size_t header_bytes = 5;
    frames.fits(content.size() + header_bytes) ? pack_bin(buffer, content) : pack_too_large(buffer, content.size());
    frames.finish_record();
}

void write_ddl(ValueWriter writer, XLogRecPtr lsn, const SchemaChange& change) {
    FrameBuffer& buffer = writer.frames.begin_record(wire::Tag::ddl, 8);
    pack_unsigned(buffer, lsn);
    pack_unsigned(buffer, (change.is_signed ? wire::ddl_is_signed : 0) |
                              (change.is_statement_cut ? wire::ddl_statement_is_cut : 0));
    writer.text.pack(writer.frames, change.command);
    writer.text.pack(writer.frames, change.user);
    pack_optional(writer, change.statement);
    pack_array(buffer, change.objects.size());
    for (const SchemaChange::Object& object : change.objects) {
        pack_object(writer, object);
    }
    pack_unsigned(buffer, change.omitted_objects);
    writer.frames.finish_record();
}

}  // namespace glassflow
