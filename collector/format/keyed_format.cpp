#include "format/keyed_format.h"

#include "event/row_key.h"
#include "format/event_id.h"

namespace glassflow::format {

void KeyedFormat::row(const event::RowChange& change, PayloadWriter& out) {
    switch (change.operation) {
        case event::Operation::insert:
            return add_upsert(change, 'c', out);
        case event::Operation::update:
            if (!event::key_changed(change))
                return add_upsert(change, 'u', out);
            add_delete(change, "d", out);
            return add_upsert(change, 'c', out);
        case event::Operation::delete_:
            return add_delete(change, "", out);
    }
}

void KeyedFormat::truncate(const event::Truncate& truncate, PayloadWriter& out) {
    const EventId id(truncate.id);
    write_truncate(truncate, id.view());
    out.add(
        {.body = writer_.take(), .event_id = id.view(), .key = {}, .scope = KeyScope::whole_table, .operation = 't'});
}

void KeyedFormat::message(const event::LogicalMessage& message, PayloadWriter& out) {
    const EventId id(message);
    write_message(message, id.view());
    out.add({.body = writer_.take(), .event_id = id.view(), .key = {}, .scope = KeyScope::message, .operation = 'm'});
}

void KeyedFormat::add_upsert(const event::RowChange& change, char operation, PayloadWriter& out) {
    const EventId id(change.id);
    write_upsert(change, operation, id.view());
    out.add({.body = writer_.take(),
             .event_id = id.view(),
             .key = key_of(change, event::RowSide::new_row),
             .scope = KeyScope::new_key,
             .operation = operation});
}

void KeyedFormat::add_delete(const event::RowChange& change, std::string_view id_suffix, PayloadWriter& out) {
    const EventId id(change.id, id_suffix);
    write_delete(change, id.view());
    out.add({.body = writer_.take(),
             .event_id = id.view(),
             .key = key_of(change, event::RowSide::old_row),
             .scope = KeyScope::old_key,
             .operation = 'd'});
}

std::string_view KeyedFormat::key_of(const event::RowChange& change, event::RowSide side) {
    return options_.makes_keys ? record_key_.of(change, side) : std::string_view();
}

}  // namespace glassflow::format
