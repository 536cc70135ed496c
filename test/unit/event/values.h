// Short ways to say values, columns and rows in tests.
#pragma once

#include <string>
#include <vector>

#include "event/change.h"

namespace glassflow::event::test {

inline Value null_value() {
    return {};
}

inline Value of_kind(Value::Kind kind) {
    Value value;
    value.kind = kind;
    return value;
}

inline Value boolean(bool boolean) {
    Value value = of_kind(Value::Kind::boolean);
    value.boolean = boolean;
    return value;
}

inline Value integer(std::int64_t integer) {
    Value value = of_kind(Value::Kind::integer);
    value.integer = integer;
    return value;
}

inline Value real(double real) {
    Value value = of_kind(Value::Kind::real);
    value.real = real;
    return value;
}

inline Value too_large(std::uint64_t size_bytes) {
    Value value = of_kind(Value::Kind::too_large);
    value.size_bytes = size_bytes;
    return value;
}

// The view is not owned: pass literals, or strings that live longer.
inline Value text(std::string_view view) {
    Value value = of_kind(Value::Kind::text);
    value.view = view;
    return value;
}

inline Value bytes(std::string_view view) {
    Value value = of_kind(Value::Kind::bytes);
    value.view = view;
    return value;
}

inline Value unchanged_toast() {
    return of_kind(Value::Kind::unchanged_toast);
}

// The parts are not owned: they must live as long as the value.
inline Value parts(const std::vector<Value>& parts) {
    Value value = of_kind(Value::Kind::parts);
    value.part_count = static_cast<std::uint32_t>(parts.size());
    value.first_part = parts.data();
    return value;
}

inline Column column(std::string name, std::string type, std::uint32_t type_oid, Encoding encoding,
                     bool is_key = false) {
    Column column;
    column.name = std::move(name);
    column.type = std::move(type);
    column.type_oid = type_oid;
    column.encoding = encoding;
    column.is_key = is_key;
    return column;
}

inline Column decimal_column(std::string name, std::uint32_t scale) {
    Column decimal = column(std::move(name), "numeric", 1700, Encoding::decimal);
    decimal.scale = scale;
    return decimal;
}

// An array, composite, range or multirange of these.
inline Column nested_column(std::string name, Encoding encoding, std::vector<Column> within) {
    Column nested = column(std::move(name), "public.nested", 17000, encoding);
    nested.parts = std::move(within);
    return nested;
}

// key: positions in key order; the key flags of the columns follow from it.
inline Relation relation(ReplicaIdentity identity, std::vector<Column> columns, std::vector<std::uint32_t> key) {
    Relation relation{.id = 1,
                      .oid = 16384,
                      .schema = "public",
                      .table = "orders",
                      .identity = identity,
                      .columns = std::move(columns),
                      .key = std::move(key)};
    for (const std::uint32_t position : relation.key)
        relation.columns[position].is_key = true;
    return relation;
}

// A change with the rows it points to.
struct Row {
    Transaction transaction{
        .xid = 741, .commit_lsn = {0x16B3800}, .end_lsn = {}, .commit_time_us = 762'525'296'123'456};
    std::vector<Value> new_row;
    std::vector<Value> old_row;

    RowChange change(Operation operation, const Relation& relation) const {
        return {.operation = operation,
                .transaction = &transaction,
                .relation = &relation,
                .id = {.lsn = {0x16B3748}, .index = 2},
                .new_row = new_row,
                .old_row = old_row};
    }
};

}  // namespace glassflow::event::test
