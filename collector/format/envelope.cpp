// The envelope form; what values look like is json_value's.
#include "format/envelope.h"

#include "event/row_key.h"
#include "format/date_time.h"
#include "format/event_id.h"
#include "format/integer_text.h"
#include "format/json_value.h"
#include "format/marker.h"

namespace glassflow::format {

namespace {

using event::Value;

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

void Envelope::row(const event::RowChange& change, PayloadWriter& out) {
    switch (change.operation) {
        case event::Operation::insert:
            append_upsert(change, "c", out);
            break;
        case event::Operation::update:
            if (event::key_changed(change)) {
                append_delete(change, "d", out);
                append_upsert(change, "c", out);
            } else {
                append_upsert(change, "u", out);
            }
            break;
        case event::Operation::delete_:
            append_delete(change, "", out);
            break;
    }
}

void Envelope::truncate(const event::Truncate& truncate, PayloadWriter& out) {
    const EventId id(truncate.id);
    write_head("t", id.view(), truncate.id.lsn, true);
    writer_.fields(relation_text_.of(*truncate.relation).place);
    write_transaction(*truncate.transaction);
    writer_.key("data");
    writer_.begin_object();
    writer_.key("cascade");
    writer_.boolean(truncate.cascade);
    writer_.key("restart_identity");
    writer_.boolean(truncate.restart_identity);
    writer_.end_object();
    writer_.end_object();
    out.add(
        {.body = writer_.take(), .event_id = id.view(), .key = {}, .scope = KeyScope::whole_table, .operation = 't'});
}

void Envelope::message(const event::LogicalMessage& message, PayloadWriter& out) {
    const EventId id(message);
    write_head("m", id.view(), message.lsn, false);
    if (message.transaction != nullptr)
        write_transaction(*message.transaction);
    writer_.key("data");
    writer_.begin_object();
    write_message_fields(writer_, message);
    writer_.end_object();
    writer_.end_object();
    out.add({.body = writer_.take(), .event_id = id.view(), .key = {}, .scope = KeyScope::message, .operation = 'm'});
}

void Envelope::append_delete(const event::RowChange& change, std::string_view id_suffix, PayloadWriter& out) {
    const EventId id(change.id, id_suffix);
    write_head("d", id.view(), change.id.lsn, true);
    writer_.fields(relation_text_.of(*change.relation).place);
    write_transaction(*change.transaction);
    write_old_key(change);
    write_before(change);
    writer_.end_object();
    out.add({.body = writer_.take(),
             .event_id = id.view(),
             .key = key_of(change, event::RowSide::old_row),
             .scope = KeyScope::old_key,
             .operation = 'd'});
}

void Envelope::append_upsert(const event::RowChange& change, std::string_view op, PayloadWriter& out) {
    const EventId id(change.id);
    write_head(op, id.view(), change.id.lsn, false);
    writer_.fields(relation_text_.of(*change.relation).place);
    write_transaction(*change.transaction);
    write_new_row(change);
    if (op == "u")
        write_before(change);
    writer_.end_object();
    out.add({.body = writer_.take(),
             .event_id = id.view(),
             .key = key_of(change, event::RowSide::new_row),
             .scope = KeyScope::new_key,
             .operation = op.front()});
}

std::string_view Envelope::key_of(const event::RowChange& change, event::RowSide side) {
    return options_.makes_keys ? record_key_.of(change, side) : std::string_view();
}

void Envelope::write_head(std::string_view op, std::string_view event_id, event::Lsn lsn, bool is_deleted) {
    writer_.begin_object();
    writer_.key("_op");
    writer_.plain_string(op);
    writer_.key("_event_id");
    writer_.plain_string(event_id);
    text_.clear();
    append_integer(text_, lsn.value);
    writer_.key("_version");
    writer_.plain_string(text_);
    writer_.key("_is_deleted");
    writer_.unsigned_integer(is_deleted ? 1 : 0);
}

void Envelope::write_transaction(const event::Transaction& transaction) {
    const bool is_written = transaction_text_.size() > 0 && written_.xid == transaction.xid &&
                            written_.commit_time_us == transaction.commit_time_us;
    if (!is_written) {
        JsonWriter writer;
        text_.clear();
        append_rfc3339_timestamptz(text_, transaction.commit_time_us);
        writer.field("_commit_ts", text_);
        writer.key("_xid");
        writer.unsigned_integer(transaction.xid);
        transaction_text_ = writer.take();
        written_ = transaction;
    }
    writer_.fields(transaction_text_);
}

void Envelope::write_new_row(const event::RowChange& change) {
    writer_.key("data");
    writer_.begin_object();
    const RelationText::Text& text = relation_text_.of(*change.relation);
    for (std::uint32_t i = 0; i < change.new_row.size(); ++i) {
        if (const Value* value = known_new_value(change, i))
            write_column(text.columns[i], *value, change.relation->columns[i]);
    }
    writer_.end_object();
}

// The key of the row that is gone; all that is known of it when the table has no key.
void Envelope::write_old_key(const event::RowChange& change) {
    const bool has_key = !change.relation->key.empty();
    writer_.key("data");
    writer_.begin_object();
    const RelationText::Text& text = relation_text_.of(*change.relation);
    for (std::size_t i = 0; i < change.old_row.size(); ++i) {
        const event::Column& column = change.relation->columns[i];
        if (column.is_key || !has_key)
            write_column(text.columns[i], change.old_row[i], change.relation->columns[i]);
    }
    writer_.end_object();
}

void Envelope::write_before(const event::RowChange& change) {
    if (!change.has_full_old_row())
        return;
    writer_.key("before");
    writer_.begin_object();
    const RelationText::Text& text = relation_text_.of(*change.relation);
    for (std::size_t i = 0; i < change.old_row.size(); ++i)
        write_column(text.columns[i], change.old_row[i], change.relation->columns[i]);
    writer_.end_object();
}

void Envelope::write_column(std::string_view key, const event::Value& value, const event::Column& column) {
    if (value.kind == Value::Kind::unchanged_toast)
        return;
    writer_.prepared_key(key);
    write_json_value(writer_, value, column, text_);
}

}  // namespace glassflow::format
