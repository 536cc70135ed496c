#include "format/flat.h"

#include <algorithm>
#include <vector>

#include "event/row_key.h"
#include "format/marker.h"

namespace glassflow::format {

using event::Value;

std::string flat_name(std::string_view column, std::span<const std::string_view> columns_of_table) {
    std::string name(column);
    if (std::ranges::find(event_field_names, name) == event_field_names.end())
        return name;
    do
        name += '_';
    while (std::ranges::find(columns_of_table, name) != columns_of_table.end());
    return name;
}

namespace {

std::string flat_column(const event::Relation& relation, std::size_t column) {
    std::vector<std::string_view> names;
    names.reserve(relation.columns.size());
    for (const event::Column& one : relation.columns)
        names.emplace_back(one.name);
    return flat_name(names[column], names);
}

}  // namespace

Flat::Flat(const FormatOptions& options) : KeyedFormat(options, flat_column), values_(options.arrays) {}

void Flat::write_upsert(const event::RowChange& change, char operation, std::string_view event_id) {
    begin(change, operation, event_id);
    const auto& names = relation_text().of(*change.relation).columns;
    for (std::uint32_t i = 0; i < change.new_row.size(); ++i) {
        const Value* value = event::new_value(change, i);
        if (value == nullptr)
            continue;
        writer().prepared_key(names[i]);
        values_.write(writer(), *value, change.relation->columns[i]);
    }
    writer().end_object();
}

void Flat::write_delete(const event::RowChange& change, std::string_view event_id) {
    begin(change, 'd', event_id);
    const event::Relation& relation = *change.relation;
    const auto& names = relation_text().of(relation).columns;
    const bool has_key = !relation.key.empty();
    for (std::uint32_t i = 0; i < relation.columns.size(); ++i) {
        const bool is_told = relation.columns[i].is_key || !has_key;
        const Value* value = change.old_row.empty() || !is_told ? nullptr : &change.old_row[i];
        const bool is_known = value != nullptr && value->kind != Value::Kind::unchanged_toast;
        if (relation.columns[i].is_key && !is_known)
            continue;
        writer().prepared_key(names[i]);
        is_known ? values_.write(writer(), *value, relation.columns[i])
                 : values_.write_sentinel(writer(), relation.columns[i]);
    }
    writer().end_object();
}

// Every column is there, although a truncate is of no row: a reader looks at declared fields before it drops the event.
void Flat::write_truncate(const event::Truncate& truncate, std::string_view event_id) {
    begin(truncate, 't', event_id);
    const auto& names = relation_text().of(*truncate.relation).columns;
    for (std::uint32_t i = 0; i < truncate.relation->columns.size(); ++i) {
        writer().prepared_key(names[i]);
        values_.write_sentinel(writer(), truncate.relation->columns[i]);
    }
    writer().end_object();
}

void Flat::write_message(const event::LogicalMessage& message, std::string_view event_id) {
    writer().begin_object();
    fields_.write_head(writer(), 'm', event_id, message.lsn);
    if (message.transaction != nullptr)
        fields_.write_transaction(writer(), *message.transaction);
    write_message_fields(writer(), message);
    writer().end_object();
}

template <typename Change>
void Flat::begin(const Change& change, char operation, std::string_view event_id) {
    writer().begin_object();
    fields_.write_head(writer(), operation, event_id, change.id.lsn);
    writer().fields(relation_text().of(*change.relation).place);
    fields_.write_transaction(writer(), *change.transaction);
}

}  // namespace glassflow::format
