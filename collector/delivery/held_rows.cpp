#include "delivery/held_rows.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include "event/row_key.h"
#include "event/utf8.h"
#include "format/value_text.h"

namespace glassflow::delivery {

namespace {

using event::Value;

// A gap that the table may be asked for. It would tell a masked value as it is.
bool may_be_read(const event::RowChange& change, std::uint32_t column) {
    return is_gap(change, column) && !change.relation->columns[column].is_masked;
}

// The key as text, of a row whose gaps can be asked for; empty when it has none, or not all of it is known: a mask
// leaves nothing that finds the row.
std::vector<std::string> key_text(const event::RowChange& change) {
    std::vector<std::string> texts;
    for (const std::uint32_t position : change.relation->key) {
        const Value* const value = event::new_value(change, position);
        if (change.relation->columns[position].is_masked || value == nullptr || value->is_null() ||
            value->kind == Value::Kind::too_large)
            return {};
        format::append_postgres_text(texts.emplace_back(), *value, change.relation->columns[position]);
    }
    return texts;
}

// "\x0aff" -> its bytes; false when it is not that.
bool parse_hex(std::string_view text, std::string& bytes) {
    if (!text.starts_with("\\x") || text.size() % 2 != 0)
        return false;
    for (std::size_t i = 2; i < text.size(); i += 2) {
        unsigned char byte = 0;
        const char* const end = text.data() + i + 2;
        if (std::from_chars(text.data() + i, end, byte, 16).ptr != end)
            return false;
        bytes += static_cast<char>(byte);
    }
    return true;
}

}  // namespace

bool is_gap(const event::RowChange& change, std::uint32_t column) {
    return change.new_row[column].kind == Value::Kind::unchanged_toast && event::new_value(change, column) == nullptr;
}

bool has_gaps(const event::RowChange& change) {
    if (change.operation != event::Operation::update)
        return false;
    for (std::uint32_t i = 0; i < change.new_row.size(); ++i) {
        if (is_gap(change, i))
            return true;
    }
    return false;
}

void HeldRows::hold(const event::RowChange& change) {
    HeldRow& row = rows_.emplace_back();
    row.change = change;
    row.change.new_row = copy(change.new_row);
    row.change.old_row = copy(change.old_row);
}

void HeldRows::clear() {
    rows_.clear();
    arena_.release();
}

std::string_view HeldRows::copy(std::string_view text) {
    std::pmr::polymorphic_allocator<char> allocator(&arena_);
    char* const kept = allocator.allocate(std::max<std::size_t>(1, text.size()));
    std::ranges::copy(text, kept);
    return {kept, text.size()};
}

std::span<const Value> HeldRows::copy(std::span<const Value> values) {
    if (values.empty())
        return {};
    std::pmr::polymorphic_allocator<Value> allocator(&arena_);
    Value* const kept = allocator.allocate(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        Value& value = *std::construct_at(kept + i, values[i]);
        if (value.kind == Value::Kind::text || value.kind == Value::Kind::bytes)
            value.view = copy(value.view);
        else if (value.kind == Value::Kind::parts)
            value.first_part = copy(value.parts()).data();
    }
    return {kept, values.size()};
}

void HeldRows::fill(const Read& read) {
    std::vector<const event::Relation*> done;
    for (const HeldRow& row : rows_) {
        const event::Relation* const relation = row.change.relation;
        if (!has_gaps(row.change) || std::ranges::find(done, relation) != done.end())
            continue;
        done.push_back(relation);
        fill_table(*relation, read);
    }
}

void HeldRows::fill_table(const event::Relation& relation, const Read& read) {
    postgres::RowRequest request{.table_oid = relation.oid,
                                 .schema = relation.schema,
                                 .table = relation.table,
                                 .key = {},
                                 .columns = {},
                                 .keys = {}};
    std::vector<HeldRow*> asked;
    std::vector<bool> is_wanted(relation.columns.size());
    for (HeldRow& row : rows_) {
        if (row.change.relation != &relation || !has_gaps(row.change))
            continue;
        Value unknown;
        unknown.kind = Value::Kind::unchanged_toast;
        row.found.assign(relation.columns.size(), unknown);
        std::vector<std::string> key = key_text(row.change);
        if (key.empty())
            continue;
        request.keys.push_back(std::move(key));
        asked.push_back(&row);
        for (std::uint32_t i = 0; i < relation.columns.size(); ++i)
            is_wanted[i] = is_wanted[i] || may_be_read(row.change, i);
    }
    if (asked.empty() || std::ranges::find(is_wanted, true) == is_wanted.end())
        return;
    for (const std::uint32_t position : relation.key)
        request.key.push_back({relation.columns[position].name, relation.columns[position].type});
    std::vector<std::uint32_t> columns;
    for (std::uint32_t i = 0; i < relation.columns.size(); ++i) {
        if (is_wanted[i]) {
            columns.push_back(i);
            request.columns.push_back(relation.columns[i].name);
        }
    }
    const std::vector<postgres::CurrentRow> current = read(request);
    for (std::size_t i = 0; i < asked.size(); ++i)
        take(*asked[i], current.at(i), columns);
}

void HeldRows::take(HeldRow& row, const postgres::CurrentRow& current, std::span<const std::uint32_t> columns) {
    row.is_gone = !current.is_there;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!current.is_vanished.empty() && current.is_vanished[i])
            continue;
        const bool has_value = current.is_there && current.values[i].has_value();
        row.found[columns[i]] =
            has_value ? value_of(*current.values[i], row.change.relation->columns[columns[i]]) : Value{};
    }
}

// As the decoder would have given it: bytes of bytea, text of everything else; a text that is not UTF-8 as bytes.
Value HeldRows::value_of(const std::string& text, const event::Column& column) {
    Value value;
    std::string bytes;
    if (column.encoding == event::Encoding::bytes && parse_hex(text, bytes)) {
        value.kind = Value::Kind::bytes;
        value.view = copy(std::string_view(bytes));
        return value;
    }
    value.kind = event::is_utf8(text) ? Value::Kind::text : Value::Kind::bytes;
    value.view = copy(std::string_view(text));
    return value;
}

}  // namespace glassflow::delivery
