#include "format/row_object.h"

#include "event/row_key.h"

namespace glassflow::format {

void RowObject::write_new_row(JsonWriter& writer, const event::RowChange& change) {
    const RelationText::Text& text = names_.of(*change.relation);
    writer.begin_object();
    for (std::uint32_t i = 0; i < change.new_row.size(); ++i) {
        if (const event::Value* value = event::new_value(change, i))
            write_column(writer, text.columns[i], *value, change.relation->columns[i]);
    }
    writer.end_object();
}

void RowObject::write_old_key(JsonWriter& writer, const event::RowChange& change) {
    const RelationText::Text& text = names_.of(*change.relation);
    const bool has_key = !change.relation->key.empty();
    writer.begin_object();
    for (std::size_t i = 0; i < change.old_row.size(); ++i) {
        const event::Column& column = change.relation->columns[i];
        if (column.is_key || !has_key)
            write_column(writer, text.columns[i], change.old_row[i], column);
    }
    writer.end_object();
}

void RowObject::write_old_row(JsonWriter& writer, const event::RowChange& change) {
    const RelationText::Text& text = names_.of(*change.relation);
    writer.begin_object();
    for (std::size_t i = 0; i < change.old_row.size(); ++i)
        write_column(writer, text.columns[i], change.old_row[i], change.relation->columns[i]);
    writer.end_object();
}

void RowObject::write_truncate(JsonWriter& writer, const event::Truncate& truncate) {
    writer.begin_object();
    writer.key("cascade");
    writer.boolean(truncate.cascade);
    writer.key("restart_identity");
    writer.boolean(truncate.restart_identity);
    writer.end_object();
}

void RowObject::write_message(JsonWriter& writer, const event::LogicalMessage& message) {
    writer.begin_object();
    write_message_fields(writer, message);
    writer.end_object();
}

void RowObject::write_column(JsonWriter& writer, std::string_view key, const event::Value& value,
                             const event::Column& column) {
    if (value.kind == event::Value::Kind::unchanged_toast)
        return;
    writer.prepared_key(key);
    values_.write(writer, value, column);
}

}  // namespace glassflow::format
