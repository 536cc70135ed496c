#include "decode/wal2json_decoder.h"

#include <algorithm>
#include <utility>

#include "decode/decode_error.h"
#include "decode/made_value.h"
#include "decode/relation_record.h"
#include "decode/text_value.h"
#include "event/json_number.h"

namespace glassflow::decode {

namespace {

using event::Encoding;
using event::Value;

[[noreturn]] void throw_untold(std::string_view what, const char* option) {
    throw DecodeError(DecodeError::Kind::malformed, "wal2json does not tell " + std::string(what), 0,
                      std::string("Leave ") + option + " out of source.wal2json_args: the collector sets it.");
}

bool is_number(Encoding encoding) {
    return encoding == Encoding::integer || encoding == Encoding::float4 || encoding == Encoding::float8 ||
           encoding == Encoding::decimal;
}

}  // namespace

void Wal2jsonDecoder::reset() {
    relations_.reset();
    transaction_.reset();
    is_told_ = false;
}

void Wal2jsonDecoder::decode(std::string_view message, event::Lsn start, event::EventHandler& handler) {
    bool is_whole = false;
    document_.read(message, [&](JsonFormat format, const JsonTransaction& told, const JsonChange& change) {
        const bool is_alone = change.kind == JsonChange::Kind::message && !change.is_transactional;
        if (format == JsonFormat::version_1 && !is_alone && !std::exchange(is_whole, true))
            begin_whole(told);
        take(format, told, change, start, handler);
    });
    if (is_whole)
        end_transaction(handler);
}

void Wal2jsonDecoder::take(JsonFormat format, const JsonTransaction& told, const JsonChange& change, event::Lsn start,
                           event::EventHandler& handler) {
    using Kind = JsonChange::Kind;
    // The header of a message of format-version 1 says where the transaction's first change is.
    const event::Lsn lsn = change.lsn.value != 0 ? change.lsn : start;
    const bool is_of_table = change.kind == Kind::insert || change.kind == Kind::update ||
                             change.kind == Kind::delete_ || change.kind == Kind::truncate;
    if (is_of_table && (change.schema.data() == nullptr || change.table.data() == nullptr))
        throw_malformed_message("change that names no table", 0);
    switch (change.kind) {
        case Kind::begin:
            return take_begin(told, change);
        case Kind::commit:
            return take_commit(told, change, handler);
        case Kind::insert:
        case Kind::update:
        case Kind::delete_:
            return take_row(format, change, lsn, handler);
        case Kind::truncate:
            return take_truncate(format, change, lsn, handler);
        case Kind::message:
            return take_message(format, change, lsn, handler);
    }
}

void Wal2jsonDecoder::take_begin(const JsonTransaction& told, const JsonChange& change) {
    if (transaction_)
        throw_malformed_message("begin inside a transaction", 0);
    if (change.lsn.value == 0 || told.end_lsn < change.lsn)
        throw_untold("where a transaction commits", "include-lsn");
    if (!told.xid)
        throw_untold("the id of a transaction", "include-xids");
    if (!told.commit_time_us)
        throw_untold("when a transaction was committed", "include-timestamp");
    transaction_ = event::Transaction{.xid = *told.xid,
                                      .commit_lsn = change.lsn,
                                      .end_lsn = {},
                                      .commit_time_us = *told.commit_time_us,
                                      .origin = {},
                                      .origin_lsn = {}};
    is_told_ = false;
    position_.begin_transaction();
}

void Wal2jsonDecoder::take_commit(const JsonTransaction& told, const JsonChange& change, event::EventHandler& handler) {
    if (!transaction_)
        throw_malformed_message("commit outside a transaction", 0);
    if (change.lsn != transaction_->commit_lsn || told.end_lsn < change.lsn)
        throw_malformed_message("commit of another transaction than the one begun", 0);
    transaction_->end_lsn = told.end_lsn;
    end_transaction(handler);
}

// Format-version 1 tells the end of the commit record, not its start; the one orders transactions as the other does.
void Wal2jsonDecoder::begin_whole(const JsonTransaction& told) {
    if (transaction_)
        throw_malformed_message("document of a transaction inside a transaction", 0);
    if (told.end_lsn.value == 0)
        throw_untold("where a transaction ends", "include-lsn");
    if (!told.xid)
        throw_untold("the id of a transaction", "include-xids");
    if (!told.commit_time_us)
        throw_untold("when a transaction was committed", "include-timestamp");
    transaction_ = event::Transaction{.xid = *told.xid,
                                      .commit_lsn = told.end_lsn,
                                      .end_lsn = told.end_lsn,
                                      .commit_time_us = *told.commit_time_us,
                                      .origin = {},
                                      .origin_lsn = {}};
    is_told_ = false;
    ordinal_ = 0;
}

// A transaction that has nothing to say is not told.
const event::Transaction& Wal2jsonDecoder::tell_transaction(event::EventHandler& handler) {
    if (!transaction_)
        throw_malformed_message("change outside a transaction (include-transaction must be on)", 0);
    if (!std::exchange(is_told_, true))
        handler.begin(*transaction_);
    return *transaction_;
}

void Wal2jsonDecoder::end_transaction(event::EventHandler& handler) {
    const event::Transaction told = *transaction_;
    transaction_.reset();
    if (std::exchange(is_told_, false))
        handler.commit(told);
}

event::ChangeId Wal2jsonDecoder::next_id(JsonFormat format, event::Lsn lsn) {
    if (format == JsonFormat::version_2)
        return position_.next(lsn);
    return {.lsn = transaction_->end_lsn, .index = ordinal_++};
}

Value Wal2jsonDecoder::value_of(const JsonColumn& told, const event::Column& column) {
    std::optional<Value> value;
    std::string_view text = told.value.text;
    switch (told.value.kind) {
        case JsonToken::Kind::null:
            return {};
        case JsonToken::Kind::boolean:
            if (column.encoding == Encoding::boolean)
                value = boolean_value(told.value.boolean);
            break;
        case JsonToken::Kind::number:
            if (is_number(column.encoding) && event::is_json_number(text))
                value = read_text_value(text, column, row_memory_);
            break;
        case JsonToken::Kind::text:
            if (column.encoding == Encoding::bytes) {
                // A domain over bytea is printed like any text, with the prefix.
                if (text.starts_with("\\x"))
                    text.remove_prefix(2);
                value = read_hexadecimal(text, row_memory_);
            } else {
                value = read_text_value(text, column, row_memory_);
            }
            break;
    }
    if (!value)
        throw_malformed_message("value that is none of type " + column.type + " for column \"" + column.name + "\"", 0);
    return *value;
}

// Columns that are not mentioned are in TOAST, unchanged.
void Wal2jsonDecoder::read_new_row(const JsonChange& change, const event::Relation& relation) {
    auto told = change.columns.begin();
    for (const event::Column& column : relation.columns) {
        if (told != change.columns.end() && told->name == column.name)
            new_row_.push_back(value_of(*told++, column));
        else
            new_row_.push_back(value_of_kind(Value::Kind::unchanged_toast));
    }
    if (told != change.columns.end())
        throw_malformed_message("row of table " + quoted_name(relation) + " that names a column twice", 0);
}

// Of a whole row what is not mentioned is NULL. Of a key every column must be there, or nothing is known of it.
void Wal2jsonDecoder::read_old_row(const JsonChange& change, const event::Relation& relation) {
    const bool is_full = relation.identity == event::ReplicaIdentity::full;
    old_row_.resize(relation.columns.size());
    bool has_key = !relation.key.empty();
    for (std::size_t i = 0; i < relation.columns.size(); ++i) {
        const event::Column& column = relation.columns[i];
        if (!is_full && !column.is_key)
            continue;
        const auto told = std::ranges::find(change.identity, column.name, &JsonColumn::name);
        if (told != change.identity.end())
            old_row_[i] = value_of(*told, column);
        has_key = has_key && (!column.is_key || !old_row_[i].is_null());
    }
    if (change.identity.empty() || (!is_full && !has_key))
        old_row_.clear();
}

void Wal2jsonDecoder::take_row(JsonFormat format, const JsonChange& change, event::Lsn lsn,
                               event::EventHandler& handler) {
    using Kind = JsonChange::Kind;
    const event::Transaction& transaction = tell_transaction(handler);
    const event::Relation& relation = relations_.describe(change, format, handler);
    row_memory_.release();
    new_row_.clear();
    old_row_.clear();
    if (change.kind != Kind::delete_)
        read_new_row(change, relation);
    if (change.kind != Kind::insert)
        read_old_row(change, relation);
    event::RowChange row;
    row.operation = change.kind == Kind::insert   ? event::Operation::insert
                    : change.kind == Kind::update ? event::Operation::update
                                                  : event::Operation::delete_;
    row.transaction = &transaction;
    row.relation = &relation;
    row.id = next_id(format, lsn);
    row.new_row = new_row_;
    row.old_row = old_row_;
    handler.row(row);
}

void Wal2jsonDecoder::take_truncate(JsonFormat format, const JsonChange& change, event::Lsn lsn,
                                    event::EventHandler& handler) {
    event::Truncate truncate;
    truncate.transaction = &tell_transaction(handler);
    truncate.relation = &relations_.describe(change, format, handler);
    truncate.id = next_id(format, lsn);
    handler.truncate(truncate);
}

void Wal2jsonDecoder::take_message(JsonFormat format, const JsonChange& change, event::Lsn lsn,
                                   event::EventHandler& handler) {
    if (change.prefix.data() == nullptr || change.content.data() == nullptr)
        throw_malformed_message("message without a prefix or content", 0);
    event::LogicalMessage message;
    message.lsn = lsn;
    message.prefix = change.prefix;
    message.content = change.content;
    if (change.is_transactional) {
        message.transaction = &tell_transaction(handler);
        if (format == JsonFormat::version_1) {
            const event::ChangeId id = next_id(format, lsn);
            message.lsn = id.lsn;
            message.index = id.index;
        }
    }
    handler.message(message);
}

}  // namespace glassflow::decode
