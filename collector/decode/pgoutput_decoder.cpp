// One function per message, in the order of the protocol's documentation.
#include "decode/pgoutput_decoder.h"

#include <algorithm>
#include <utility>

#include "decode/binary_value.h"
#include "decode/builtin_types.h"
#include "decode/decode_error.h"
#include "decode/made_value.h"
#include "decode/relation_record.h"
#include "decode/text_value.h"

namespace glassflow::decode {

namespace {

using event::Value;

constexpr std::uint8_t flag_is_key = 1;
constexpr std::uint8_t flag_is_transactional = 1;
constexpr std::uint8_t flag_cascade = 1;
constexpr std::uint8_t flag_restart_identity = 2;
constexpr std::uint16_t max_columns = 1600;     // MaxHeapAttributeNumber
constexpr std::size_t max_described = 100'000;  // relations, and types, of a session: more is an attack

event::Lsn read_lsn(ByteCursor& cursor, std::string_view what) {
    return event::Lsn{cursor.read_uint64(what)};
}

// As an SQL name is written where it needs no schema to be looked up in.
std::string quoted(const std::string& name) {
    const bool is_plain =
        !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
        std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
    if (is_plain)
        return name;
    std::string text = "\"";
    for (const char character : name) {
        text += character;
        if (character == '"')
            text += character;
    }
    return text + '"';
}

bool is_identity(char letter) {
    return std::string_view("difn").find(letter) != std::string_view::npos;
}

}  // namespace

void PgoutputDecoder::reset() {
    relations_.clear();
    types_.clear();
    transaction_.reset();
    is_told_ = false;
    streamed_.clear();
}

void PgoutputDecoder::decode(std::string_view message, event::Lsn start, event::EventHandler& handler) {
    ByteCursor cursor(message);
    const char tag = static_cast<char>(cursor.read_byte("the tag of a message"));
    if (streamed_.is_in_chunk() && tag != 'E')
        keep(tag, cursor, start);
    else
        take(tag, cursor, start, handler);
    if (!cursor.at_end())
        throw_malformed_message("more bytes than the message has elements", cursor.offset());
}

void PgoutputDecoder::take(char tag, ByteCursor& cursor, event::Lsn start, event::EventHandler& handler) {
    switch (tag) {
        case 'B':
            return take_begin(cursor);
        case 'C':
            return take_commit(cursor, handler);
        case 'R':
            return take_relation(cursor, handler);
        case 'Y':
            return take_type(cursor);
        case 'I':
        case 'U':
        case 'D':
            return take_row(tag, cursor, start, handler);
        case 'T':
            return take_truncate(cursor, start, handler);
        case 'M':
            return take_message(cursor, handler);
        case 'O':
            return take_origin(cursor);
        case 'S':
            return take_stream_start(cursor);
        case 'E':
            return take_stream_stop();
        case 'c':
            return take_stream_commit(cursor, handler);
        case 'A':
            return take_stream_abort(cursor);
        case 'b':
        case 'P':
        case 'K':
        case 'r':
        case 'p':
            throw DecodeError(DecodeError::Kind::unsupported_version,
                              "the slot decodes transactions when they are prepared, which is not supported", 0,
                              "Make the slot without two_phase.");
        default:
            throw_malformed_message("unknown tag " + std::to_string(static_cast<unsigned char>(tag)), 0);
    }
}

void PgoutputDecoder::take_begin(ByteCursor& cursor) {
    if (transaction_)
        throw_malformed_message("begin inside a transaction", 0);
    event::Transaction transaction;
    transaction.commit_lsn = read_lsn(cursor, "commit LSN");
    transaction.commit_time_us = cursor.read_int64("commit time");
    transaction.xid = cursor.read_uint32("xid");
    transaction_ = transaction;
    is_told_ = false;
    position_.begin_transaction();
}

void PgoutputDecoder::take_commit(ByteCursor& cursor, event::EventHandler& handler) {
    if (!transaction_)
        throw_malformed_message("commit outside a transaction", 0);
    cursor.read_byte("flags of a commit");
    event::Transaction transaction = *transaction_;
    if (read_lsn(cursor, "commit LSN") != transaction.commit_lsn)
        throw_malformed_message("commit of another transaction than the one begun", cursor.offset());
    transaction.end_lsn = read_lsn(cursor, "end LSN");
    if (transaction.end_lsn < transaction.commit_lsn)
        throw_malformed_message("commit that ends before it begins", cursor.offset());
    cursor.read_uint64("commit time");
    end_transaction(transaction, handler);
}

// A transaction that has nothing to say is not told.
const event::Transaction& PgoutputDecoder::tell_transaction(event::EventHandler& handler) {
    if (!transaction_)
        throw_malformed_message("change outside a transaction", 0);
    if (!std::exchange(is_told_, true))
        handler.begin(*transaction_);
    return *transaction_;
}

void PgoutputDecoder::end_transaction(const event::Transaction& told, event::EventHandler& handler) {
    transaction_.reset();
    if (std::exchange(is_told_, false))
        handler.commit(told);
}

// The type of a column, by number; the plugin describes those that are not built in, domains as what they are over.
void PgoutputDecoder::describe(event::Column& column, std::uint32_t type_oid, std::int32_t typmod) const {
    describe_builtin(column, type_oid, typmod);
    const auto user_type = types_.find(type_oid);
    if (!column.type.empty() || user_type == types_.end()) {
        if (column.type.empty())
            column.type = "type " + std::to_string(type_oid);
        return;
    }
    const auto& [schema, name] = user_type->second;
    if (!schema.empty()) {
        // The server names the array of a type so.
        if (name.size() > 1 && name.front() == '_')
            describe_other_array(column, quoted(schema) + "." + quoted(name.substr(1)));
        else
            column.type = quoted(schema) + "." + quoted(name);
        return;
    }
    if (const BuiltinType* base = find_type_raw_called(name))
        describe_builtin(column, base->oid, -1);
    else if (const BuiltinType* element = find_type_raw_called(std::string_view(name).substr(name.starts_with('_'))))
        describe_builtin(column, element->array_oid, -1);
    if (column.type.empty())
        column.type = name;
    column.type_oid = type_oid;
    column.typmod = typmod;
}

void PgoutputDecoder::take_relation(ByteCursor& cursor, event::EventHandler& handler) {
    event::Relation relation;
    relation.oid = cursor.read_uint32("relation oid");
    relation.id = relation.oid;
    relation.schema = name_text(cursor.read_zero_ended("schema name"));
    if (relation.schema.empty())
        relation.schema = "pg_catalog";
    relation.table = name_text(cursor.read_zero_ended("table name"));
    const char identity = static_cast<char>(cursor.read_byte("replica identity"));
    if (!is_identity(identity))
        throw_malformed_message("unknown replica identity", cursor.offset() - 1);
    relation.identity = static_cast<event::ReplicaIdentity>(identity);
    const std::uint16_t count = cursor.read_uint16("count of columns");
    if (count > max_columns)
        throw_malformed_message("relation with more columns than a table can have", cursor.offset());
    // Under FULL every column has the flag, and which of them are the primary key is not told.
    const bool tells_key = relation.identity != event::ReplicaIdentity::full;
    relation.columns.resize(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        event::Column& column = relation.columns[i];
        const std::uint8_t flags = cursor.read_byte("column flags");
        column.name = name_text(cursor.read_zero_ended("column name"));
        const std::uint32_t type_oid = cursor.read_uint32("type oid");
        describe(column, type_oid, cursor.read_int32("type modifier"));
        column.is_key = tells_key && (flags & flag_is_key) != 0;
        if (column.is_key)
            relation.key.push_back(i);
    }
    if (relations_.size() >= max_described && !relations_.contains(relation.id))
        throw_malformed_message("more relations than a session may describe", cursor.offset());
    const auto [known, is_new] = relations_.try_emplace(relation.id);
    event::Relation& described = known->second;
    if (!is_new)
        handler.relations_change();
    described = std::move(relation);
    handler.relation(described);
}

void PgoutputDecoder::take_type(ByteCursor& cursor) {
    const std::uint32_t oid = cursor.read_uint32("type oid");
    UserType type;
    type.schema = name_text(cursor.read_zero_ended("schema name"));
    type.name = name_text(cursor.read_zero_ended("type name"));
    if (types_.size() >= max_described && !types_.contains(oid))
        throw_malformed_message("more types than a session may describe", cursor.offset());
    types_[oid] = std::move(type);
}

const event::Relation& PgoutputDecoder::read_relation_id(ByteCursor& cursor) const {
    const std::size_t start = cursor.offset();
    const std::uint32_t id = cursor.read_uint32("relation oid");
    const auto relation = relations_.find(id);
    if (relation == relations_.end())
        throw_malformed_message("unknown relation " + std::to_string(id), start);
    return relation->second;
}

void PgoutputDecoder::read_row(ByteCursor& cursor, const event::Relation& relation, std::vector<Value>& row) {
    if (cursor.read_uint16("count of values") != relation.columns.size())
        throw_malformed_message("row of table " + quoted_name(relation) + " with another number of values than columns",
                                cursor.offset());
    row.clear();
    for (const event::Column& column : relation.columns) {
        const std::size_t start = cursor.offset();
        const char kind = static_cast<char>(cursor.read_byte("kind of a value"));
        if (kind == 'n') {
            row.emplace_back();
        } else if (kind == 'u') {
            row.push_back(value_of_kind(Value::Kind::unchanged_toast));
        } else if (kind == 't' || kind == 'b') {
            const std::string_view bytes = cursor.read_bytes(cursor.read_uint32("length of a value"), "value");
            const auto value = kind == 't' ? read_text_value(bytes, column, row_memory_)
                                           : read_binary_value(bytes, column, row_memory_, start);
            if (!value)
                throw_malformed_message("text that is none of type " + column.type + " for column \"" + column.name +
                                            "\" of table " + quoted_name(relation),
                                        start);
            row.push_back(*value);
        } else {
            throw_malformed_message("unknown kind of value", start);
        }
    }
}

// A key has NULL for the columns that are not in it. With a NULL within, it is that of an index that is gone.
void PgoutputDecoder::read_old_row(char kind, ByteCursor& cursor, const event::Relation& relation) {
    const bool is_full = relation.identity == event::ReplicaIdentity::full;
    if (is_full != (kind == 'O'))
        throw_malformed_message("old row that is not what the table's replica identity logs", cursor.offset());
    read_row(cursor, relation, old_row_);
    if (!is_full && (relation.key.empty() || std::ranges::any_of(relation.key, [this](std::uint32_t position) {
                         return old_row_[position].is_null();
                     })))
        old_row_.clear();
}

void PgoutputDecoder::take_row(char tag, ByteCursor& cursor, event::Lsn start, event::EventHandler& handler) {
    const event::Relation& relation = read_relation_id(cursor);
    row_memory_.release();
    new_row_.clear();
    old_row_.clear();
    char kind = static_cast<char>(cursor.read_byte("kind of a row"));
    const bool has_old = (kind == 'K' || kind == 'O') && tag != 'I';
    if (has_old) {
        read_old_row(kind, cursor, relation);
        kind = tag == 'U' ? static_cast<char>(cursor.read_byte("kind of a row")) : 'N';
    }
    if (kind != 'N' || (tag == 'D' && !has_old))
        throw_malformed_message("row of another kind than its change has", cursor.offset());
    if (tag != 'D')
        read_row(cursor, relation, new_row_);
    event::RowChange change;
    change.operation = tag == 'I'   ? event::Operation::insert
                       : tag == 'U' ? event::Operation::update
                                    : event::Operation::delete_;
    change.transaction = &tell_transaction(handler);
    change.relation = &relation;
    change.id = position_.next(start);
    change.new_row = new_row_;
    change.old_row = old_row_;
    handler.row(change);
}

void PgoutputDecoder::take_truncate(ByteCursor& cursor, event::Lsn start, event::EventHandler& handler) {
    const std::uint32_t count = cursor.read_uint32("count of relations");
    const std::uint8_t flags = cursor.read_byte("truncate flags");
    if (count > cursor.left() / 4)
        throw_malformed_message("truncate that ends before its relations", cursor.offset());
    event::Truncate truncate;
    truncate.cascade = (flags & flag_cascade) != 0;
    truncate.restart_identity = (flags & flag_restart_identity) != 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        truncate.relation = &read_relation_id(cursor);
        truncate.transaction = &tell_transaction(handler);
        truncate.id = position_.next(start);
        handler.truncate(truncate);
    }
}

void PgoutputDecoder::take_message(ByteCursor& cursor, event::EventHandler& handler) {
    const std::uint8_t flags = cursor.read_byte("message flags");
    event::LogicalMessage message;
    message.lsn = read_lsn(cursor, "message LSN");
    message.prefix = cursor.read_zero_ended("message prefix");
    message.content = cursor.read_bytes(cursor.read_uint32("length of a message"), "message content");
    if ((flags & flag_is_transactional) != 0)
        message.transaction = &tell_transaction(handler);
    handler.message(message);
}

void PgoutputDecoder::take_origin(ByteCursor& cursor) {
    cursor.read_uint64("origin LSN");
    cursor.read_zero_ended("origin name");
}

void PgoutputDecoder::take_stream_start(ByteCursor& cursor) {
    const std::uint32_t xid = cursor.read_uint32("xid");
    const bool is_first = cursor.read_byte("first segment") == 1;
    if (transaction_ || !streamed_.begin_chunk(xid, is_first))
        throw_malformed_message("stream that begins where it cannot", 0);
}

void PgoutputDecoder::take_stream_stop() {
    if (!streamed_.is_in_chunk())
        throw_malformed_message("end of a stream that has not begun", 0);
    streamed_.end_chunk();
}

// In a stream each message names the subtransaction it is of.
void PgoutputDecoder::keep(char tag, ByteCursor& cursor, event::Lsn start) {
    if (std::string_view("RYIUDTMO").find(tag) == std::string_view::npos)
        throw_malformed_message("message that cannot be in a stream", 0);
    // An origin is no change, and has no xid.
    if (tag == 'O')
        return take_origin(cursor);
    const std::uint32_t subxid = cursor.read_uint32("xid");
    streamed_.add({.subxid = subxid, .tag = tag, .start = start, .bytes = cursor.read_rest()});
}

void PgoutputDecoder::take_stream_commit(ByteCursor& cursor, event::EventHandler& handler) {
    event::Transaction transaction;
    transaction.xid = cursor.read_uint32("xid");
    cursor.read_byte("flags of a commit");
    transaction.commit_lsn = read_lsn(cursor, "commit LSN");
    transaction.end_lsn = read_lsn(cursor, "end LSN");
    transaction.commit_time_us = cursor.read_int64("commit time");
    if (transaction_ || transaction.end_lsn < transaction.commit_lsn)
        throw_malformed_message("commit of a stream that cannot be", cursor.offset());
    event::Transaction begun = transaction;
    begun.end_lsn = {};
    transaction_ = begun;
    is_told_ = false;
    position_.begin_transaction();
    // Descriptions count, whoever made them: the plugin sends them once per transaction.
    const bool is_known = streamed_.replay(transaction.xid, [&](const StreamedTransactions::Piece& piece) {
        if (streamed_.is_aborted(piece.subxid) && piece.tag != 'R' && piece.tag != 'Y')
            return;
        ByteCursor message(piece.bytes);
        take(piece.tag, message, piece.start, handler);
        if (!message.at_end())
            throw_malformed_message("more bytes than the message has elements", message.offset());
    });
    if (!is_known)
        throw_malformed_message("commit of a stream that has not begun", cursor.offset());
    end_transaction(transaction, handler);
}

// Streams that are applied in parallel tell more of an abort.
void PgoutputDecoder::take_stream_abort(ByteCursor& cursor) {
    const std::uint32_t xid = cursor.read_uint32("xid");
    const std::uint32_t subxid = cursor.read_uint32("xid");
    if (!cursor.at_end()) {
        cursor.read_uint64("abort LSN");
        cursor.read_uint64("abort time");
    }
    streamed_.abort(xid, subxid);
}

}  // namespace glassflow::decode
