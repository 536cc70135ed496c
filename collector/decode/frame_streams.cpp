// Transactions that are streamed while they are in progress: their blocks are kept as they came, and decoded when the
// commit says that they count.
//
// A block says itself what it needs to be read: where its positions count from, which subtransaction a change is of,
// what its tables are. Descriptions in blocks hold there alone, so they have ids of their own towards the handler, and
// it is told of them when a row that counts needs one; what a rolled back subtransaction described is never told.
#include "decode/decode_error.h"
#include "decode/frame_decoder.h"
#include "decode/relation_record.h"
#include "wire_format.h"

namespace glassflow::decode {

namespace {

constexpr std::uint64_t max_uint32 = ~std::uint32_t{0};
constexpr std::uint64_t max_uint64 = ~std::uint64_t{0};
// Set in what the handler knows a block's relation by; the plugin counts its ids from 1.
constexpr std::uint32_t block_relation_bit = std::uint32_t{1} << 31;

void require(std::uint32_t& elements, std::uint32_t known, std::string_view what, std::size_t start) {
    if (elements < known)
        throw_malformed(std::string(what) + " record with too few elements", start);
    elements -= known;
}

event::Lsn read_lsn(FrameCursor& cursor, std::string_view what) {
    return event::Lsn{cursor.read_unsigned(what, max_uint64)};
}

std::uint32_t read_xid(FrameCursor& cursor) {
    return static_cast<std::uint32_t>(cursor.read_unsigned("xid", max_uint32));
}

struct RecordHead {
    std::uint64_t tag;
    std::uint32_t elements;  // after the tag
};

RecordHead read_head(FrameCursor& cursor) {
    const std::size_t start = cursor.offset();
    const std::uint32_t length = cursor.read_array("record");
    if (length == 0)
        throw_malformed("record without a tag", start);
    return {cursor.read_unsigned("record tag", max_uint64), length - 1};
}

bool is_change(wire::Tag tag) {
    return tag == wire::Tag::insert || tag == wire::Tag::update || tag == wire::Tag::delete_ ||
           tag == wire::Tag::truncate || tag == wire::Tag::message || tag == wire::Tag::ddl ||
           tag == wire::Tag::update_of_columns;
}

}  // namespace

void FrameDecoder::decode_stream_start(FrameCursor& cursor, std::uint32_t elements, std::size_t start) {
    require(elements, 3, "stream start", start);
    if (transaction_)
        throw_malformed("stream start record inside a transaction", start);
    const std::uint32_t xid = read_xid(cursor);
    read_lsn(cursor, "LSN of a block");
    const bool is_first = cursor.read_boolean("first block");
    if (!streamed_.begin_chunk(xid, is_first))
        throw_malformed("block of a transaction that begins where it cannot", start);
    Stream& stream = streams_[xid];
    if (elements > 0) {
        --elements;
        stream.origin = read_origin_name(cursor);
    }
    cursor.skip(elements);
    open_stream_ = &stream;
    keep_block(cursor, start);
}

// Up to the end of the block or of the frame; start is where what was not kept yet begins.
void FrameDecoder::keep_block(FrameCursor& cursor, std::size_t start) {
    bool has_ended = false;
    while (!has_ended && !cursor.at_end()) {
        const std::size_t record_start = cursor.offset();
        const auto [tag_number, elements] = read_head(cursor);
        const auto tag = tag_number <= 255 ? static_cast<wire::Tag>(tag_number) : static_cast<wire::Tag>(255);
        if (is_change(tag))
            ++open_stream_->arrived.change_count;
        else if (tag == wire::Tag::stream_stop)
            has_ended = true;
        else if (tag != wire::Tag::relation && tag != wire::Tag::subtransaction)
            throw_malformed("record that cannot be in a block, tag " + std::to_string(tag_number), record_start);
        cursor.skip(elements);
    }
    const std::string_view block = frame_.substr(start, cursor.offset() - start);
    open_stream_->arrived.sum.add(block);
    streamed_.add({.subxid = 0, .tag = 0, .start = {}, .bytes = block});
    if (has_ended) {
        streamed_.end_chunk();
        open_stream_ = nullptr;
    }
}

void FrameDecoder::decode_stream_abort(FrameCursor& cursor, std::uint32_t elements) {
    const std::size_t start = cursor.offset();
    require(elements, 3, "stream abort", start);
    const std::uint32_t xid = read_xid(cursor);
    const std::uint32_t subxid = read_xid(cursor);
    read_lsn(cursor, "LSN of an abort");
    cursor.skip(elements);
    if (!streamed_.abort(xid, subxid))
        throw_malformed("abort of a transaction that no block was of", start);
    if (xid == subxid)
        streams_.erase(xid);
}

void FrameDecoder::decode_stream_commit(FrameCursor& cursor, std::uint32_t elements, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    require(elements, 4, "stream commit", start);
    const std::uint32_t xid = read_xid(cursor);
    const auto stream = streams_.find(xid);
    if (transaction_ || stream == streams_.end())
        throw_malformed("commit of a transaction that no block was of", start);
    event::Transaction transaction;
    transaction.xid = xid;
    transaction.commit_lsn = read_lsn(cursor, "commit LSN");
    const event::Lsn end_lsn = read_lsn(cursor, "end LSN");
    if (end_lsn < transaction.commit_lsn)
        throw_malformed("commit record that ends before it begins", start);
    transaction.commit_time_us = cursor.read_signed("commit time");
    check_measures(cursor, elements, stream->second.arrived, start);
    origin_ = stream->second.origin;
    transaction.origin = origin_;
    if (elements > 0) {
        --elements;
        transaction.origin_lsn = read_lsn(cursor, "origin LSN");
    }
    cursor.skip(elements);
    streams_.erase(stream);

    transaction_ = transaction;
    handler.begin(*transaction_);
    is_replaying_ = true;
    streamed_.replay(xid, [&](const StreamedTransactions::Piece& piece) { replay_block(piece.bytes, handler); });
    is_replaying_ = false;
    transaction.end_lsn = end_lsn;
    transaction_.reset();
    handler.commit(transaction);
    handler.relations_change();
    block_relations_.clear();
}

// Or a part of one: descriptions, position and subtransaction go on from the part before.
void FrameDecoder::replay_block(std::string_view block, event::EventHandler& handler) {
    FrameCursor cursor(block);
    while (!cursor.at_end())
        replay_record(cursor, block, handler);
}

void FrameDecoder::replay_record(FrameCursor& cursor, std::string_view block, event::EventHandler& handler) {
    const std::size_t start = cursor.offset();
    const auto [tag, elements] = read_head(cursor);
    switch (static_cast<wire::Tag>(tag)) {  // keep_block has let in no others
        case wire::Tag::stream_start:
            return replay_stream_start(cursor, elements);
        case wire::Tag::subtransaction: {
            std::uint32_t left = elements;
            require(left, 1, "subtransaction", start);
            subxid_ = read_xid(cursor);
            return cursor.skip(left);
        }
        case wire::Tag::relation:
            return replay_relation(cursor, elements, block, start, handler);
        case wire::Tag::insert:
            return decode_row(cursor, event::Operation::insert, elements, handler);
        case wire::Tag::update:
            return decode_row(cursor, event::Operation::update, elements, handler);
        case wire::Tag::delete_:
            return decode_row(cursor, event::Operation::delete_, elements, handler);
        case wire::Tag::truncate:
            return decode_truncate(cursor, elements, handler);
        case wire::Tag::message:
            return decode_message(cursor, elements, handler);
        case wire::Tag::update_of_columns:
            return decode_update_of_columns(cursor, elements, handler);
        case wire::Tag::ddl:
            return is_rolled_back() ? cursor.skip(elements) : decode_ddl(cursor, elements, handler);
        default:
            return cursor.skip(elements);
    }
}

void FrameDecoder::replay_stream_start(FrameCursor& cursor, std::uint32_t elements) {
    subxid_ = read_xid(cursor);
    previous_ = {.lsn = read_lsn(cursor, "LSN of a block"), .index = 0};
    has_previous_change_ = false;
    ++block_;
    cursor.skip(elements - 2);
}

// Most blocks repeat what the one before said: then it stays as it is.
void FrameDecoder::replay_relation(FrameCursor& cursor, std::uint32_t elements, std::string_view block,
                                   std::size_t start, event::EventHandler& handler) {
    event::Relation relation = read_relation(cursor, elements);
    if ((relation.id & block_relation_bit) != 0)
        throw_malformed("relation id that is too large", start);
    const std::string_view record = block.substr(start, cursor.offset() - start);
    BlockRelation& known = block_relations_[relation.id];
    known.block = block_;
    if (known.record == record)
        return;
    if (known.is_told)
        handler.relations_change();
    known.record = record;
    known.is_told = false;
    relation.id |= block_relation_bit;
    known.relation = std::move(relation);
}

const event::Relation& FrameDecoder::find_block_relation(std::uint32_t id, std::size_t start) {
    const auto relation = block_relations_.find(id);
    if (relation == block_relations_.end() || relation->second.block != block_)
        throw_malformed("relation id " + std::to_string(id) + " that its block does not describe", start);
    found_ = &relation->second;
    return found_->relation;
}

// Of the relation that was found last: a change that counts is of it.
void FrameDecoder::tell_block_relation(event::EventHandler& handler) {
    if (!is_replaying_ || std::exchange(found_->is_told, true))
        return;
    handler.relation(found_->relation);
}

}  // namespace glassflow::decode
