// Records in the order the protocol allows them: a session first, changes within a transaction, relations before rows.
#include "decode/frame_decoder.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "decode/ddl_record.h"
#include "decode/relation_record.h"
#include "decode/value_record.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

constexpr std::uint64_t max_uint32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t max_uint64 = std::numeric_limits<std::uint64_t>::max();

// Elements of a record that a reader of this protocol version knows, without the tag. More may follow, fewer may not.
void require_elements(std::uint32_t elements, std::uint32_t known, std::string_view what, std::size_t offset) {
    if (elements < known)
        throw_malformed(std::string(what) + " with too few elements", offset);
}

// A part of a logical message, which anybody may have sent: text, bytes, or too large for a frame (then it is empty
// here, and omitted_bytes is its size).
std::string_view read_message_part(FrameCursor& cursor, std::string_view what, std::uint64_t& omitted_bytes) {
    switch (cursor.next_type()) {
        case FrameCursor::Type::bytes:
            return cursor.read_bytes(what);
        case FrameCursor::Type::extension:
            omitted_bytes = read_too_large(cursor, what);
            return {};
        default:
            return cursor.read_str(what);
    }
}

event::Lsn read_lsn(FrameCursor& cursor, std::string_view what) {
    return event::Lsn{cursor.read_unsigned(what, max_uint64)};
}

// distance is in units of wire::lsn_unit; nullopt when that leads out of the WAL.
std::optional<event::Lsn> moved(event::Lsn lsn, std::int64_t distance) {
    const auto two_complement = static_cast<std::uint64_t>(distance);
    const std::uint64_t magnitude = distance < 0 ? 0 - two_complement : two_complement;
    const std::uint64_t room = distance < 0 ? lsn.value : max_uint64 - lsn.value;
    if (magnitude > room / wire::lsn_unit)
        return std::nullopt;
    const std::uint64_t bytes = magnitude * wire::lsn_unit;
    return event::Lsn{distance < 0 ? lsn.value - bytes : lsn.value + bytes};
}

void check_version(std::uint64_t version, std::size_t offset) {
    if (version == wire::protocol_version)
        return;
    const bool plugin_is_newer = version > wire::protocol_version;
    throw DecodeError(DecodeError::Kind::unsupported_version,
                      "unsupported protocol version: the plugin speaks " + std::to_string(version) +
                          ", this collector speaks " + std::to_string(wire::protocol_version),
                      offset,
                      plugin_is_newer ? "Upgrade glassflow-collector to the release of the plugin."
                                      : "Upgrade the glassflow plugin on the server to the release of the collector.");
}

bool has_bit(std::string_view bits, std::size_t column) {
    return (static_cast<std::uint8_t>(bits[column / 8]) >> (column % 8) & 1) != 0;
}

// One for each column and no more, those of the key set.
bool are_bits_of(std::string_view bits, const event::Relation& relation) {
    const std::size_t count = relation.columns.size();
    if (relation.key.empty() || bits.size() != (count + 7) / 8)
        return false;
    for (std::size_t spare = count; spare < 8 * bits.size(); ++spare) {
        if (has_bit(bits, spare))
            return false;
    }
    return std::ranges::all_of(relation.key, [bits](std::uint32_t position) { return has_bit(bits, position); });
}

}  // namespace

void FrameDecoder::decode(std::string_view frame, event::EventHandler& handler) {
    FrameCursor cursor(frame);
    frame_ = frame;
    summed_ = 0;
    while (!cursor.at_end()) {
        if (open_stream_ != nullptr)
            keep_block(cursor, cursor.offset());
        else
            decode_record(cursor, handler);
    }
    if (transaction_)
        arrived_.sum.add(frame.substr(summed_));
}

void FrameDecoder::reset() {
    has_session_ = false;
    relations_.clear();
    transaction_.reset();
    arrived_ = {};
    streamed_.clear();
    streams_.clear();
    open_stream_ = nullptr;
    is_replaying_ = false;
    block_relations_.clear();
    previous_ = {};
    has_previous_change_ = false;
}

void FrameDecoder::decode_record(FrameCursor& cursor, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    const std::uint32_t length = cursor.read_array("record");
    if (length == 0)
        throw_malformed("record without a tag", start);
    const std::uint64_t tag = cursor.read_unsigned("record tag", max_uint64);
    const std::uint32_t elements = length - 1;
    if (!has_session_ && tag != static_cast<std::uint64_t>(wire::Tag::session))
        throw_malformed("record before the session record", start);
    switch (tag) {
        case static_cast<std::uint64_t>(wire::Tag::session):
            return decode_session(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::relation):
            return decode_relation(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::begin):
            summed_ = start;
            return decode_begin(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::commit):
            arrived_.sum.add(frame_.substr(summed_, start - summed_));
            return decode_commit(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::insert):
            return decode_row(cursor, event::Operation::insert, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::update):
            return decode_row(cursor, event::Operation::update, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::delete_):
            return decode_row(cursor, event::Operation::delete_, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::truncate):
            return decode_truncate(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::message):
            return decode_message(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::update_of_columns):
            return decode_update_of_columns(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::ddl):
            return decode_ddl(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::stream_start):
            return decode_stream_start(cursor, elements, start);
        case static_cast<std::uint64_t>(wire::Tag::stream_abort):
            return decode_stream_abort(cursor, elements);
        case static_cast<std::uint64_t>(wire::Tag::stream_commit):
            return decode_stream_commit(cursor, elements, handler);
        case static_cast<std::uint64_t>(wire::Tag::begin_prepare):
        case static_cast<std::uint64_t>(wire::Tag::prepare):
        case static_cast<std::uint64_t>(wire::Tag::stream_prepare):
        case static_cast<std::uint64_t>(wire::Tag::commit_prepared):
        case static_cast<std::uint64_t>(wire::Tag::rollback_prepared):
            throw DecodeError(
                DecodeError::Kind::unsupported_version,
                "the plugin was asked for transactions when they are prepared, which the collector does not "
                "take",
                start, "Read these frames without the plugin's option two_phase.");
        default:
            throw_malformed("unknown record tag " + std::to_string(tag), start);
    }
}

void FrameDecoder::decode_session(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    if (has_session_)
        throw_malformed("second session record", cursor.offset());
    // The version alone is read before it is checked: another version may have another record.
    require_elements(elements, 1, "session record", cursor.offset());
    const std::size_t version_start = cursor.offset();
    const std::uint64_t version = cursor.read_unsigned("protocol version", max_uint64);
    check_version(version, version_start);
    require_elements(elements, 4, "session record", cursor.offset());
    event::Session session;
    session.protocol_version = static_cast<std::uint32_t>(version);
    session.plugin_version = cursor.read_text("plugin version");
    session.server_version_num = static_cast<std::uint32_t>(cursor.read_unsigned("server version", max_uint32));
    session.server_encoding = cursor.read_text("server encoding");
    cursor.skip(elements - 4);
    has_session_ = true;
    handler.session(session);
}

void FrameDecoder::decode_relation(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    event::Relation relation = read_relation(cursor, elements);
    const auto [known, is_new] = relations_.try_emplace(relation.id);
    event::Relation& described = known->second;
    if (!is_new)
        handler.relations_change();
    described = std::move(relation);
    handler.relation(described);
}

void FrameDecoder::decode_begin(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require_elements(elements, 3, "begin record", start);
    if (transaction_)
        throw_malformed("begin record inside a transaction", start);
    event::Transaction transaction;
    transaction.xid = static_cast<std::uint32_t>(cursor.read_unsigned("xid", max_uint32));
    transaction.commit_lsn = read_lsn(cursor, "commit LSN");
    transaction.commit_time_us = cursor.read_signed("commit time");
    elements -= 3;
    read_origin(cursor, transaction, elements);
    cursor.skip(elements);
    transaction_ = transaction;
    arrived_ = {};
    previous_ = {.lsn = transaction.commit_lsn};
    has_previous_change_ = false;
    handler.begin(*transaction_);
}

void FrameDecoder::decode_commit(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require_elements(elements, 3, "commit record", start);
    if (!transaction_)
        throw_malformed("commit record outside a transaction", start);
    if (read_lsn(cursor, "commit LSN") != transaction_->commit_lsn)
        throw_malformed("commit record of another transaction than the one begun", start);
    transaction_->end_lsn = read_lsn(cursor, "end LSN");
    if (transaction_->end_lsn < transaction_->commit_lsn)
        throw_malformed("commit record that ends before it begins", start);
    elements -= 2;
    check_measures(cursor, elements, arrived_, start);
    cursor.skip(elements);
    const event::Transaction transaction = *transaction_;
    transaction_.reset();
    handler.commit(transaction);
}

// Without one these elements are not there.
void FrameDecoder::read_origin(FrameCursor& cursor, event::Transaction& transaction, std::uint32_t& elements) {
    if (elements < 2)
        return;
    elements -= 2;
    origin_ = read_origin_name(cursor);
    transaction.origin = origin_;
    transaction.origin_lsn = read_lsn(cursor, "origin LSN");
}

std::string FrameDecoder::read_origin_name(FrameCursor& cursor) {
    std::uint64_t omitted_bytes = 0;
    return cursor.read_nil() ? std::string() : std::string(read_message_part(cursor, "origin", omitted_bytes));
}

// Whether all of the transaction has arrived as it was sent: the last line of defence, behind those of the connection.
void FrameDecoder::check_measures(FrameCursor& cursor, std::uint32_t& elements, const Arrived& arrived,
                                  std::size_t start) {
    require_elements(elements, 4, "measures of a transaction", start);
    elements -= 4;
    const std::uint64_t change_count = cursor.read_unsigned("change count", max_uint64);
    if (change_count != arrived.change_count)
        throw_damaged(std::to_string(change_count) + " changes", std::to_string(arrived.change_count), start);
    cursor.read_unsigned("filtered count", max_uint64);
    const std::uint64_t record_bytes = cursor.read_unsigned("record bytes", max_uint64);
    const auto checksum = static_cast<std::uint32_t>(cursor.read_unsigned("checksum", max_uint32));
    if (checks_ == Checks::counts)
        return;
    if (record_bytes != arrived.sum.bytes())
        throw_damaged(std::to_string(record_bytes) + " bytes", std::to_string(arrived.sum.bytes()), start);
    if (checksum != arrived.sum.checksum())
        throw_damaged("checksum " + std::to_string(checksum), std::to_string(arrived.sum.checksum()), start);
}

const event::Relation& FrameDecoder::read_relation_id(FrameCursor& cursor) {
    const std::size_t start = cursor.offset();
    const auto id = static_cast<std::uint32_t>(cursor.read_unsigned("relation id", max_uint32));
    if (is_replaying_)
        return find_block_relation(id, start);
    const auto relation = relations_.find(id);
    if (relation == relations_.end())
        throw_malformed("unknown relation id " + std::to_string(id), start);
    return relation->second;
}

event::ChangeId FrameDecoder::read_position(FrameCursor& cursor) {
    const std::size_t start = cursor.offset();
    std::int64_t distance = 0;
    std::uint64_t index = 0;
    if (cursor.next_type() == FrameCursor::Type::array) {
        const std::uint32_t elements = cursor.read_array("position");
        require_elements(elements, 2, "position", start);
        distance = cursor.read_signed("distance of a position");
        index = cursor.read_unsigned("index of a position", max_uint32);
        cursor.skip(elements - 2);
    } else {
        distance = cursor.read_signed("position");
        if (distance == 0 && !has_previous_change_ && !is_replaying_)
            throw_malformed("position that follows a change, before the first one", start);
        index = distance == 0 && has_previous_change_ ? std::uint64_t{previous_.index} + 1 : 0;
    }
    const std::optional<event::Lsn> lsn = moved(previous_.lsn, distance);
    if (!lsn || index > max_uint32)
        throw_malformed("position is out of range", start);
    previous_ = {.lsn = *lsn, .index = static_cast<std::uint32_t>(index)};
    has_previous_change_ = true;
    return previous_;
}

void FrameDecoder::read_new_row(FrameCursor& cursor, const event::Relation& relation) {
    const std::size_t start = cursor.offset();
    if (cursor.read_array("new row") != relation.columns.size())
        throw_malformed("row of table " + quoted_name(relation) + " with another number of values than columns", start);
    ValueReader values(cursor, relation, row_memory_);
    new_row_.clear();
    for (const event::Column& column : relation.columns)
        new_row_.push_back(values.read(column));
}

// Leaves old_row_ empty when nothing is known, else with one value per column: a key-only row is spread out.
void FrameDecoder::read_old_row(FrameCursor& cursor, const event::Relation& relation) {
    old_row_.clear();
    if (cursor.read_nil())
        return;
    const std::size_t start = cursor.offset();
    const bool is_full = relation.identity == event::ReplicaIdentity::full;
    const std::size_t expected = is_full ? relation.columns.size() : relation.key.size();
    const std::uint32_t length = cursor.read_array("old row");
    if (length != expected)
        throw_malformed(
            "old row of table " + quoted_name(relation) + " with another number of values than its identity", start);
    if (length == 0)
        return;
    ValueReader values(cursor, relation, row_memory_);
    old_row_.resize(relation.columns.size());
    for (std::uint32_t i = 0; i < length; ++i) {
        const std::uint32_t position = is_full ? i : relation.key[i];
        old_row_[position] = values.read(relation.columns[position]);
    }
}

void FrameDecoder::decode_row(FrameCursor& cursor, event::Operation operation, std::uint32_t elements,
                              event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    const bool has_new = operation != event::Operation::delete_;
    const bool has_old = operation != event::Operation::insert;
    const std::uint32_t known = 2u + has_new + has_old;
    require_elements(elements, known, "row record", start);
    if (!transaction_)
        throw_malformed("row outside a transaction", start);
    const event::Relation& relation = read_relation_id(cursor);
    event::RowChange change;
    change.operation = operation;
    change.transaction = &*transaction_;
    change.relation = &relation;
    change.id = read_position(cursor);
    if (is_rolled_back())
        return cursor.skip(elements - 2);
    tell_block_relation(handler);
    row_memory_.release();
    if (has_new) {
        read_new_row(cursor, relation);
        change.new_row = new_row_;
    }
    if (has_old) {
        read_old_row(cursor, relation);
        change.old_row = old_row_;
    }
    cursor.skip(elements - known);
    ++arrived_.change_count;
    handler.row(change);
}

// The others are as they were, which is what a value says that was left in TOAST.
void FrameDecoder::read_columns(FrameCursor& cursor, const event::Relation& relation, std::string_view bits,
                                std::vector<event::Value>& row) {
    const std::size_t start = cursor.offset();
    event::Value unchanged;
    unchanged.kind = event::Value::Kind::unchanged_toast;
    row.assign(relation.columns.size(), unchanged);
    const std::uint32_t length = cursor.read_array("columns of a row");
    ValueReader values(cursor, relation, row_memory_);
    std::uint32_t read = 0;
    for (std::size_t column = 0; column < relation.columns.size(); ++column) {
        if (!has_bit(bits, column))
            continue;
        if (read++ == length)
            break;
        row[column] = values.read(relation.columns[column]);
    }
    if (read != length)
        throw_malformed("row of table " + quoted_name(relation) + " with another number of values than column bits",
                        start);
}

void FrameDecoder::decode_update_of_columns(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require_elements(elements, 5, "update of columns", start);
    if (!transaction_)
        throw_malformed("row outside a transaction", start);
    const event::Relation& relation = read_relation_id(cursor);
    event::RowChange change;
    change.operation = event::Operation::update;
    change.transaction = &*transaction_;
    change.relation = &relation;
    change.id = read_position(cursor);
    if (is_rolled_back())
        return cursor.skip(elements - 2);
    tell_block_relation(handler);
    row_memory_.release();
    const std::string_view bits = cursor.read_bytes("column bits");
    if (relation.identity != event::ReplicaIdentity::full || !are_bits_of(bits, relation))
        throw_malformed("update of columns that table " + quoted_name(relation) + " cannot have", start);
    read_columns(cursor, relation, bits, new_row_);
    read_columns(cursor, relation, bits, old_row_);
    change.new_row = new_row_;
    change.old_row = old_row_;
    cursor.skip(elements - 5);
    ++arrived_.change_count;
    handler.row(change);
}

void FrameDecoder::decode_truncate(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require_elements(elements, 3, "truncate record", start);
    if (!transaction_)
        throw_malformed("truncate outside a transaction", start);
    event::Truncate truncate;
    truncate.transaction = &*transaction_;
    truncate.relation = &read_relation_id(cursor);
    truncate.id = read_position(cursor);
    if (is_rolled_back())
        return cursor.skip(elements - 2);
    tell_block_relation(handler);
    const std::uint64_t flags = cursor.read_unsigned("truncate flags", max_uint32);
    truncate.cascade = (flags & wire::truncate_cascade) != 0;
    truncate.restart_identity = (flags & wire::truncate_restart_identity) != 0;
    cursor.skip(elements - 3);
    ++arrived_.change_count;
    handler.truncate(truncate);
}

void FrameDecoder::decode_message(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require_elements(elements, 4, "message record", start);
    event::LogicalMessage message;
    message.lsn = read_lsn(cursor, "message LSN");
    const bool is_transactional = cursor.read_boolean("transactional flag");
    if (is_transactional && !transaction_)
        throw_malformed("transactional message outside a transaction", start);
    if (is_replaying_ && !is_transactional)
        throw_malformed("message outside a transaction in a block", start);
    if (is_rolled_back())
        return cursor.skip(elements - 2);
    message.prefix = read_message_part(cursor, "message prefix", message.omitted_prefix_bytes);
    message.content = read_message_part(cursor, "message content", message.omitted_content_bytes);
    cursor.skip(elements - 4);
    if (is_transactional) {
        message.transaction = &*transaction_;
        ++arrived_.change_count;
    }
    handler.message(message);
}

// Told as the logical message that it was, with what is in it readable.
void FrameDecoder::decode_ddl(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require_elements(elements, 1, "ddl record", start);
    if (!transaction_)
        throw_malformed("schema change outside a transaction", start);
    event::LogicalMessage message;
    message.lsn = read_lsn(cursor, "ddl LSN");
    read_ddl(cursor, elements - 1, schema_change_);
    message.transaction = &*transaction_;
    message.prefix = ddl_message_prefix;
    message.content = schema_change_;
    ++arrived_.change_count;
    handler.message(message);
}

}  // namespace glassflow::decode
