// The envelope form; the values are those of the "design A" column of GlassFlow's type table: nothing that a reader
// with double-precision numbers would alter is a number.
#include "format/envelope.h"

#include <cmath>

#include "event/row_key.h"
#include "format/binary_text.h"
#include "format/date_time.h"
#include "format/event_id.h"
#include "format/marker.h"
#include "format/value_text.h"

namespace glassflow::format {

namespace {

using event::Encoding;
using event::Value;

// pg_type.oid of the integer types whose every value a double holds. The others, bigint above all, are strings: the
// type of a column does not change with its values. Domains have oids of their own and are strings, too.
constexpr std::uint32_t int2_oid = 21;
constexpr std::uint32_t int4_oid = 23;
constexpr std::uint32_t oid_oid = 26;

bool is_number_in_json(const event::Column& column) {
    return column.type_oid == int2_oid || column.type_oid == int4_oid || column.type_oid == oid_oid;
}

// The new value; where the update left it in TOAST, the old row's if that is known. nullptr: not known.
const Value* known_new_value(const event::RowChange& change, std::uint32_t column) {
    const Value& value = change.new_row[column];
    if (value.kind != Value::Kind::unchanged_toast)
        return &value;
    const bool is_in_old_row = change.has_full_old_row() || change.relation->columns[column].is_key;
    const Value* known = is_in_old_row ? event::key_value(change, column, event::RowSide::new_row) : nullptr;
    return known != nullptr && known->kind != Value::Kind::unchanged_toast ? known : nullptr;
}

}  // namespace

void Envelope::row(const event::RowChange& change, std::vector<Payload>& payloads) {
    switch (change.operation) {
        case event::Operation::insert:
            append_upsert(change, "c", payloads);
            break;
        case event::Operation::update:
            if (event::key_changed(change)) {
                append_delete(change, "d", payloads);
                append_upsert(change, "c", payloads);
            } else {
                append_upsert(change, "u", payloads);
            }
            break;
        case event::Operation::delete_:
            append_delete(change, "", payloads);
            break;
    }
}

void Envelope::truncate(const event::Truncate& truncate, std::vector<Payload>& payloads) {
    std::string id = event_id(truncate.id);
    write_head("t", id, truncate.id.lsn, true);
    write_relation(*truncate.relation);
    write_transaction(*truncate.transaction);
    writer_.key("data");
    writer_.begin_object();
    writer_.key("cascade");
    writer_.boolean(truncate.cascade);
    writer_.key("restart_identity");
    writer_.boolean(truncate.restart_identity);
    writer_.end_object();
    writer_.end_object();
    payloads.push_back({.body = writer_.take(), .event_id = std::move(id), .scope = KeyScope::whole_table});
}

void Envelope::message(const event::LogicalMessage& message, std::vector<Payload>& payloads) {
    std::string id = event_id(message);
    write_head("m", id, message.lsn, false);
    if (message.transaction != nullptr)
        write_transaction(*message.transaction);
    writer_.key("data");
    writer_.begin_object();
    write_message_fields(writer_, message);
    writer_.end_object();
    writer_.end_object();
    payloads.push_back({.body = writer_.take(), .event_id = std::move(id), .scope = KeyScope::message});
}

void Envelope::append_delete(const event::RowChange& change, std::string_view id_suffix,
                             std::vector<Payload>& payloads) {
    std::string id = event_id(change.id, id_suffix);
    write_head("d", id, change.id.lsn, true);
    write_relation(*change.relation);
    write_transaction(*change.transaction);
    write_old_key(change);
    write_before(change);
    writer_.end_object();
    payloads.push_back({.body = writer_.take(), .event_id = std::move(id), .scope = KeyScope::old_key});
}

void Envelope::append_upsert(const event::RowChange& change, std::string_view op, std::vector<Payload>& payloads) {
    std::string id = event_id(change.id);
    write_head(op, id, change.id.lsn, false);
    write_relation(*change.relation);
    write_transaction(*change.transaction);
    write_new_row(change);
    if (op == "u")
        write_before(change);
    writer_.end_object();
    payloads.push_back({.body = writer_.take(), .event_id = std::move(id), .scope = KeyScope::new_key});
}

void Envelope::write_head(std::string_view op, std::string_view event_id, event::Lsn lsn, bool is_deleted) {
    writer_.begin_object();
    writer_.field("_op", op);
    writer_.field("_event_id", event_id);
    writer_.field("_version", std::to_string(lsn.value));
    writer_.key("_is_deleted");
    writer_.unsigned_integer(is_deleted ? 1 : 0);
}

void Envelope::write_relation(const event::Relation& relation) {
    writer_.field("_schema", relation.schema);
    writer_.field("_table", relation.table);
}

void Envelope::write_transaction(const event::Transaction& transaction) {
    text_.clear();
    append_rfc3339_timestamptz(text_, transaction.commit_time_us);
    writer_.field("_commit_ts", text_);
    writer_.key("_xid");
    writer_.unsigned_integer(transaction.xid);
}

void Envelope::write_new_row(const event::RowChange& change) {
    writer_.key("data");
    writer_.begin_object();
    for (std::uint32_t i = 0; i < change.new_row.size(); ++i) {
        if (const Value* value = known_new_value(change, i))
            write_column(*value, change.relation->columns[i]);
    }
    writer_.end_object();
}

// The key of the row that is gone; all that is known of it when the table has no key.
void Envelope::write_old_key(const event::RowChange& change) {
    const bool has_key = !change.relation->key.empty();
    writer_.key("data");
    writer_.begin_object();
    for (std::size_t i = 0; i < change.old_row.size(); ++i) {
        const event::Column& column = change.relation->columns[i];
        if (column.is_key || !has_key)
            write_column(change.old_row[i], column);
    }
    writer_.end_object();
}

void Envelope::write_before(const event::RowChange& change) {
    if (!change.has_full_old_row())
        return;
    writer_.key("before");
    writer_.begin_object();
    for (std::size_t i = 0; i < change.old_row.size(); ++i)
        write_column(change.old_row[i], change.relation->columns[i]);
    writer_.end_object();
}

void Envelope::write_column(const event::Value& value, const event::Column& column) {
    if (value.kind == Value::Kind::unchanged_toast)
        return;
    writer_.key(column.name);
    write_value(value, column);
}

void Envelope::write_value(const event::Value& value, const event::Column& column) {
    if (value.is_null())
        return writer_.null();
    if (write_marker(writer_, value, column))
        return;
    if (value.kind == Value::Kind::boolean)
        return writer_.boolean(value.boolean);
    if (value.kind == Value::Kind::text)
        return writer_.string(value.view);
    if (is_nested(value, column))
        return write_nested(writer_, value, column, text_);
    text_.clear();
    if (value.kind == Value::Kind::integer && column.encoding == Encoding::timestamp)
        append_rfc3339_timestamp(text_, value.integer);
    else if (value.kind == Value::Kind::integer && column.encoding == Encoding::timestamptz)
        append_rfc3339_timestamptz(text_, value.integer);
    else if (value.kind == Value::Kind::bytes && column.encoding == Encoding::bytes)
        append_base64(text_, value.view);
    else
        append_postgres_text(text_, value, column);
    const bool is_finite_float = value.kind == Value::Kind::real && std::isfinite(value.real);
    if (is_finite_float || (column.encoding == Encoding::integer && is_number_in_json(column)))
        writer_.number(text_);
    else
        writer_.string(text_);
}

}  // namespace glassflow::format
