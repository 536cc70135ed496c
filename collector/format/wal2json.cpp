// The wal2json form. The odd rules in here are wal2json's.
#include "format/wal2json.h"

#include <cmath>

#include "event/json_number.h"
#include "event/row_key.h"
#include "format/binary_text.h"
#include "format/event_id.h"
#include "format/marker.h"
#include "format/value_text.h"

namespace glassflow::format {

namespace {

using event::Value;

// The types that wal2json does not print as strings, by pg_type.oid; a domain over one of them is printed as a string.
constexpr std::uint32_t bool_oid = 16;
constexpr std::uint32_t bytea_oid = 17;
constexpr std::uint32_t int8_oid = 20;
constexpr std::uint32_t int2_oid = 21;
constexpr std::uint32_t int4_oid = 23;
constexpr std::uint32_t oid_oid = 26;
constexpr std::uint32_t float4_oid = 700;
constexpr std::uint32_t float8_oid = 701;
constexpr std::uint32_t numeric_oid = 1700;

bool is_number_type(std::uint32_t type_oid) {
    switch (type_oid) {
        case int8_oid:
        case int2_oid:
        case int4_oid:
        case oid_oid:
        case float4_oid:
        case float8_oid:
        case numeric_oid:
            return true;
        default:
            return false;
    }
}

bool is_special_number(std::string_view text) {
    return text == "NaN" || text == "Infinity" || text == "-Infinity";
}

// The type as wal2json names it. Our plugin sees every schema but pg_catalog as foreign, wal2json's session has public
// in its search_path; and wal2json takes the quotes of a quoted name for those of the JSON string.
std::string_view type_name(const event::Column& column) {
    std::string_view type = column.type;
    constexpr std::string_view prefix = "public.";
    if (type.starts_with(prefix))
        type.remove_prefix(prefix.size());
    if (type.size() < 2 || type.front() != '"' || type.back() != '"')
        return type;
    const std::string_view bare = type.substr(1, type.size() - 2);
    // With these inside, wal2json's output is not JSON; the full name is better than none.
    return bare.find_first_of("\"\\") == std::string_view::npos ? bare : type;
}

}  // namespace

void Wal2json::row(const event::RowChange& change, PayloadWriter& out) {
    KeyScope scope = KeyScope::new_key;
    char operation = 'c';
    switch (change.operation) {
        case event::Operation::insert:
            write_head("I", *change.relation);
            write_columns(change);
            break;
        case event::Operation::update:
            operation = 'u';
            write_head("U", *change.relation);
            write_columns(change);
            write_identity(change);
            if (event::key_changed(change))
                scope = KeyScope::old_and_new_key;
            break;
        case event::Operation::delete_:
            operation = 'd';
            write_head("D", *change.relation);
            write_identity(change);
            scope = KeyScope::old_key;
            break;
    }
    writer_.end_object();
    const event::RowSide side = scope == KeyScope::old_key ? event::RowSide::old_row : event::RowSide::new_row;
    out.add({.body = writer_.take(),
             .event_id = EventId(change.id).view(),
             .key = options_.makes_keys ? record_key_.of(change, side) : std::string_view(),
             .scope = scope,
             .operation = operation});
}

void Wal2json::truncate(const event::Truncate& truncate, PayloadWriter& out) {
    write_head("T", *truncate.relation);
    writer_.end_object();
    out.add({.body = writer_.take(),
             .event_id = EventId(truncate.id).view(),
             .key = {},
             .scope = KeyScope::whole_table,
             .operation = 't'});
}

void Wal2json::message(const event::LogicalMessage& message, PayloadWriter& out) {
    writer_.begin_object();
    writer_.field("action", "M");
    writer_.key("transactional");
    writer_.boolean(message.transaction != nullptr);
    write_message_fields(writer_, message);
    writer_.end_object();
    out.add({.body = writer_.take(),
             .event_id = EventId(message).view(),
             .key = {},
             .scope = KeyScope::message,
             .operation = 'm'});
}

void Wal2json::write_head(std::string_view action, const event::Relation& relation) {
    writer_.begin_object();
    writer_.field("action", action);
    writer_.field("schema", relation.schema);
    writer_.field("table", relation.table);
}

void Wal2json::write_columns(const event::RowChange& change) {
    writer_.key("columns");
    writer_.begin_array();
    for (std::size_t i = 0; i < change.new_row.size(); ++i)
        write_column(change.new_row[i], change.relation->columns[i]);
    writer_.end_array();
}

// The old row's identity columns in column order: all of them under FULL, else the key, which is taken from the new row
// when it did not change. Empty for a table without an identity, whose updates and deletes wal2json drops.
void Wal2json::write_identity(const event::RowChange& change) {
    writer_.key("identity");
    writer_.begin_array();
    for (std::uint32_t i = 0; i < change.relation->columns.size(); ++i) {
        const event::Column& column = change.relation->columns[i];
        if (!change.has_full_old_row() && !column.is_key)
            continue;
        if (const Value* value = event::key_value(change, i, event::RowSide::old_row))
            write_column(*value, column);
    }
    writer_.end_array();
}

void Wal2json::write_column(const event::Value& value, const event::Column& column) {
    if (value.kind == Value::Kind::unchanged_toast)
        return;
    writer_.begin_object();
    writer_.field("name", column.name);
    writer_.field("type", type_name(column));
    writer_.key("value");
    write_value(value, column);
    writer_.end_object();
}

void Wal2json::write_value(const event::Value& value, const event::Column& column) {
    if (value.is_null())
        return writer_.null();
    if (write_marker(writer_, value, column))
        return;
    if (column.type_oid == bool_oid && value.kind == Value::Kind::boolean)
        return writer_.boolean(value.boolean);
    if (is_nested(value, column))
        return write_nested(writer_, value, column, text_);
    if (value.kind == Value::Kind::text && !is_number_type(column.type_oid))
        return writer_.string(value.view);
    text_.clear();
    if (column.type_oid == bytea_oid && value.kind == Value::Kind::bytes)
        append_hex(text_, value.view);
    else
        append_postgres_text(text_, value, column);
    if (!is_number_type(column.type_oid))
        return writer_.string(text_);
    const bool is_whole_or_decimal =
        column.encoding == event::Encoding::integer || column.encoding == event::Encoding::decimal;
    if (value.kind == Value::Kind::integer && is_whole_or_decimal)
        return writer_.number(text_);
    if (is_special_number(text_))
        return writer_.null();
    return event::is_json_number(text_) ? writer_.number(text_) : writer_.string(text_);
}

}  // namespace glassflow::format
