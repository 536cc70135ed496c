#include "decode/wal2json_relations.h"

#include <algorithm>
#include <utility>

#include "decode/builtin_types.h"
#include "decode/decode_error.h"

namespace glassflow::decode {

namespace {

using event::Column;
using event::ReplicaIdentity;
using Kind = JsonChange::Kind;

constexpr std::size_t max_known = 20'000;  // tables; then all are forgotten, and described again when they are met
constexpr std::uint32_t quoted_char_oid = 18;

bool is_builtin(std::uint32_t oid) {
    return find_type(oid) != nullptr || find_element_type(oid) != nullptr;
}

// A domain is named as what it is over, with a number of its own.
Column column_of(const JsonColumn& told) {
    Column column;
    if (is_builtin(told.type_oid)) {
        describe_builtin(column, told.type_oid, -1);
    } else {
        const std::string bare = without_modifier(told.type);
        if (const BuiltinType* type = find_type_called(bare))
            describe_builtin(column, type->oid, -1);
        else if (const BuiltinType* element =
                     bare.ends_with("[]") ? find_type_called(bare.substr(0, bare.size() - 2)) : nullptr)
            describe_builtin(column, element->array_oid, -1);
        if (column.encoding == event::Encoding::text && told.type.ends_with("[]"))
            describe_other_array(column, std::string(told.type.substr(0, told.type.size() - 2)));
        if (told.type_oid != 0)
            column.type_oid = told.type_oid;
    }
    // The quotes of "char" are taken for those of the JSON string.
    if (told.type_oid != quoted_char_oid && !told.type.empty())
        column.type = told.type;
    column.name = told.name;
    column.is_not_null = told.is_not_null;
    return column;
}

bool is_same_type(const Column& known, const JsonColumn& told) {
    if (known.name != told.name)
        return false;
    if (told.type_oid == quoted_char_oid)
        return known.type_oid == quoted_char_oid;
    return known.type == told.type && (told.type_oid == 0 || known.type_oid == told.type_oid);
}

// Can an update leave its value in TOAST, so that wal2json does not mention it?
bool is_toastable(const Column& column) {
    const BuiltinType* type = find_type(column.type_oid);
    return type == nullptr || type->is_toastable;
}

const JsonColumn* find_column(const std::vector<JsonColumn>& columns, std::string_view name) {
    const auto found = std::ranges::find(columns, name, &JsonColumn::name);
    return found == columns.end() ? nullptr : &*found;
}

bool has_same_names(const std::vector<JsonColumn>& columns, const std::vector<std::string_view>& names) {
    return columns.size() == names.size() &&
           std::ranges::all_of(names, [&](std::string_view name) { return find_column(columns, name) != nullptr; });
}

// Format-version 1 does, and 2 did in the releases that do not tell the oids of types, whatever they are asked for.
bool leaves_out_nulls(JsonFormat format, const std::vector<JsonColumn>& identity) {
    return format == JsonFormat::version_1 ||
           std::ranges::all_of(identity, [](const JsonColumn& column) { return column.type_oid == 0; });
}

std::vector<std::string_view> names_of(const std::vector<JsonColumn>& columns) {
    std::vector<std::string_view> names;
    for (const JsonColumn& column : columns)
        names.push_back(column.name);
    return names;
}

}  // namespace

// An insert tells all columns in their order; an update may leave out what is in TOAST; a delete tells its identity.
bool Wal2jsonRelations::fits(const Known& known, const JsonChange& change) {
    const std::vector<Column>& columns = known.relation.columns;
    if (change.kind == Kind::truncate)
        return true;
    if (change.kind == Kind::delete_)
        return std::ranges::all_of(change.identity, [&](const JsonColumn& told) {
            return std::ranges::any_of(columns, [&](const Column& column) { return is_same_type(column, told); });
        });
    std::size_t position = 0;
    for (const JsonColumn& told : change.columns) {
        while (position < columns.size() && columns[position].name != told.name) {
            if (change.kind != Kind::update || !is_toastable(columns[position++]))
                return false;
        }
        if (position == columns.size() || !is_same_type(columns[position], told) ||
            columns[position].is_not_null != told.is_not_null)
            return false;
        ++position;
    }
    return std::all_of(columns.begin() + static_cast<std::ptrdiff_t>(position), columns.end(),
                       [&](const Column& column) { return change.kind == Kind::update && is_toastable(column); });
}

// The identity that an update or delete shows is the primary key, or it is another index, or it is the whole row. A
// column that may be NULL is in no index that is an identity, and a column that is never NULL is in every whole row.
Wal2jsonRelations::Identity Wal2jsonRelations::conclude_identity(const Known* known, const event::Relation& relation,
                                                                 const JsonChange& change, JsonFormat format,
                                                                 bool has_whole_row) {
    const std::vector<std::string_view>& primary_key = change.primary_key;
    if (change.identity.empty() && known != nullptr && known->has_identity) {
        Identity identity{.identity = known->relation.identity, .key = {}, .is_shown = true};
        for (const std::uint32_t position : known->relation.key)
            identity.key.push_back(known->relation.columns[position].name);
        return identity;
    }
    if (change.identity.empty() || (!primary_key.empty() && has_same_names(change.identity, primary_key)))
        return {.identity = ReplicaIdentity::default_, .key = primary_key, .is_shown = !change.identity.empty()};

    Identity whole_row{.identity = ReplicaIdentity::full, .key = primary_key, .is_shown = true};
    Identity index{.identity = ReplicaIdentity::index, .key = names_of(change.identity), .is_shown = true};
    if (!has_whole_row) {
        const bool has_primary_key = std::ranges::all_of(
            primary_key, [&](std::string_view name) { return find_column(change.identity, name) != nullptr; });
        return has_primary_key ? whole_row : index;
    }
    bool has_all = true;
    for (const Column& column : relation.columns) {
        const bool is_in_it = find_column(change.identity, column.name) != nullptr;
        if (is_in_it && !column.is_not_null)
            return whole_row;
        if (!is_in_it && (column.is_not_null || !leaves_out_nulls(format, change.identity)))
            return index;
        has_all = has_all && is_in_it;
    }
    if (has_all)
        return whole_row;
    const bool was_whole_row =
        known != nullptr && known->has_identity && known->relation.identity == ReplicaIdentity::full;
    return was_whole_row ? whole_row : index;
}

// Those that the row tells and, when it is an update, those that it may have left out, each after the column that it
// follows in the catalog. The catalog may be ahead of the row: then a column comes early, as one that was not changed.
std::vector<Column> Wal2jsonRelations::columns_of(const JsonChange& change) const {
    std::vector<Column> columns;
    for (const JsonColumn& told : change.columns.empty() ? change.identity : change.columns) {
        if (std::ranges::find(columns, told.name, &Column::name) != columns.end())
            throw_malformed_message("row that names a column twice", 0);
        columns.push_back(column_of(told));
    }
    if (change.kind != Kind::update || !catalog_)
        return columns;
    auto next = columns.begin();
    for (const CatalogColumn& listed : catalog_(change.schema, change.table)) {
        const auto told = std::ranges::find(columns, listed.name, &Column::name);
        if (told != columns.end()) {
            next = told + 1;
            continue;
        }
        Column column = column_of({.name = listed.name,
                                   .type = listed.type,
                                   .type_oid = listed.type_oid,
                                   .is_not_null = listed.is_not_null,
                                   .value = {}});
        if (is_toastable(column))
            next = columns.insert(next, std::move(column)) + 1;
    }
    return columns;
}

std::uint32_t Wal2jsonRelations::number_of(const std::string& name) {
    if (numbers_.size() >= max_known && !numbers_.contains(name))
        numbers_.clear();
    const auto [number, is_new] = numbers_.try_emplace(name, last_number_ + 1);
    if (is_new)
        ++last_number_;
    return number->second;
}

const event::Relation& Wal2jsonRelations::describe(const JsonChange& change, JsonFormat format,
                                                   event::EventHandler& handler) {
    std::string name(change.schema);
    name += '\0';
    name += change.table;
    if (known_.size() >= max_known && !known_.contains(name)) {
        handler.relations_change();
        known_.clear();
    }
    auto [found, is_new] = known_.try_emplace(name);
    Known& known = found->second;
    bool is_described = !is_new && fits(known, change);
    const bool has_whole_row = is_described || !change.columns.empty();

    event::Relation relation;
    if (is_described) {
        relation.columns = known.relation.columns;
    } else {
        relation.columns = columns_of(change);
    }
    if (change.kind == Kind::truncate) {
        if (is_described)
            return known.relation;
    } else {
        const bool has_same_key = std::ranges::equal(known.primary_key, change.primary_key);
        const Known* const before = is_described && has_same_key ? &known : nullptr;
        const Identity identity = conclude_identity(before, relation, change, format, has_whole_row);
        relation.identity = identity.identity;
        for (Column& column : relation.columns)
            column.is_key = false;
        for (const std::string_view key : identity.key) {
            const auto column = std::ranges::find(relation.columns, key, &Column::name);
            if (column == relation.columns.end() || column->is_key)
                continue;
            column->is_key = true;
            relation.key.push_back(static_cast<std::uint32_t>(column - relation.columns.begin()));
        }
        is_described = is_described && has_same_key && relation.identity == known.relation.identity &&
                       relation.key == known.relation.key;
        known.has_identity = identity.is_shown;
        if (is_described)
            return known.relation;
    }
    if (!is_new)
        handler.relations_change();
    relation.id = number_of(name);
    relation.oid = relation.id;
    relation.schema = change.schema;
    relation.table = change.table;
    known.relation = std::move(relation);
    known.primary_key.assign(change.primary_key.begin(), change.primary_key.end());
    handler.relation(known.relation);
    return known.relation;
}

}  // namespace glassflow::decode
