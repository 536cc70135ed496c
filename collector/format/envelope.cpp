#include "format/envelope.h"

namespace glassflow::format {

void Envelope::write_upsert(const event::RowChange& change, char operation, std::string_view event_id) {
    begin(change, operation, event_id);
    writer().key("data");
    row_.write_new_row(writer(), change);
    if (operation == 'u')
        write_before(change);
    writer().end_object();
}

void Envelope::write_delete(const event::RowChange& change, std::string_view event_id) {
    begin(change, 'd', event_id);
    writer().key("data");
    row_.write_old_key(writer(), change);
    write_before(change);
    writer().end_object();
}

void Envelope::write_truncate(const event::Truncate& truncate, std::string_view event_id) {
    writer().begin_object();
    fields_.write_head(writer(), 't', event_id, truncate.id.lsn);
    writer().fields(relation_text().of(*truncate.relation).place);
    fields_.write_transaction(writer(), *truncate.transaction);
    writer().key("data");
    RowObject::write_truncate(writer(), truncate);
    writer().end_object();
}

void Envelope::write_message(const event::LogicalMessage& message, std::string_view event_id) {
    writer().begin_object();
    fields_.write_head(writer(), 'm', event_id, message.lsn);
    if (message.transaction != nullptr)
        fields_.write_transaction(writer(), *message.transaction);
    writer().key("data");
    RowObject::write_message(writer(), message);
    writer().end_object();
}

void Envelope::begin(const event::RowChange& change, char operation, std::string_view event_id) {
    writer().begin_object();
    fields_.write_head(writer(), operation, event_id, change.id.lsn);
    writer().fields(relation_text().of(*change.relation).place);
    fields_.write_transaction(writer(), *change.transaction);
}

void Envelope::write_before(const event::RowChange& change) {
    if (!change.has_full_old_row())
        return;
    writer().key("before");
    row_.write_old_row(writer(), change);
}

}  // namespace glassflow::format
