// Record by record. Numbers that differ from run to run (LSN, xid, time, oid, versions) are left out unless positions
// are asked for, so that the lines can stand in an expected file.
#include "frame_text.h"

#include "ddl_text.h"
#include "escaped_text.h"
#include "time_text.h"
#include "value_text.h"

namespace glassflow {

namespace {

void append_lsn(StringInfo line, XLogRecPtr lsn) {
    appendStringInfo(line, "%X/%X", static_cast<std::uint32_t>(lsn >> 32), static_cast<std::uint32_t>(lsn));
}

}  // namespace

FrameText::FrameText(MemoryContext context, bool has_positions) : context_(context), has_positions_(has_positions) {
    forget_relations();
}

void FrameText::open(Relations& relations) {
    close(relations);
    relations.context = AllocSetContextCreate(context_, "glassflow decode", ALLOCSET_DEFAULT_SIZES);
    HASHCTL control = {};
    control.keysize = sizeof(std::uint32_t);
    control.entrysize = sizeof(RelationText);
    control.hcxt = relations.context;
    relations.by_id = hash_create("glassflow decode relations", 32, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

void FrameText::close(Relations& relations) {
    if (relations.context != nullptr) {
        MemoryContextDelete(relations.context);
        relations = {};
    }
}

void FrameText::forget_relations() {
    close(block_);
    open(session_);
}

void FrameText::forget_position() {
    knows_lsn_ = false;
    lsn_ = InvalidXLogRecPtr;
    has_changes_ = false;
    index_ = 0;
}

const RelationText* FrameText::find(std::uint32_t relation_id) const {
    return static_cast<const RelationText*>(hash_search(relations().by_id, &relation_id, HASH_FIND, nullptr));
}

char* FrameText::next_line(FrameReader& frame) {
    StringInfoData line;
    initStringInfo(&line);
    std::uint32_t remaining = frame.read_array("record");
    frame.require(remaining, 1);
    const std::uint64_t tag_number = frame.read_unsigned("record tag");
    const auto tag = static_cast<wire::Tag>(Min(tag_number, std::uint64_t{255}));
    switch (tag) {
        case wire::Tag::session:
            session(frame, remaining, &line);
            break;
        case wire::Tag::relation:
            relation(frame, remaining, &line);
            break;
        case wire::Tag::begin:
            begin(frame, remaining, &line);
            break;
        case wire::Tag::commit:
            commit(frame, remaining, &line);
            break;
        case wire::Tag::insert:
        case wire::Tag::update:
        case wire::Tag::delete_:
            row(frame, remaining, tag, &line);
            break;
        case wire::Tag::update_of_columns:
            changed_columns(frame, remaining, &line);
            break;
        case wire::Tag::truncate:
            truncate(frame, remaining, &line);
            break;
        case wire::Tag::message:
            message(frame, remaining, &line);
            break;
        case wire::Tag::ddl:
            ddl(frame, remaining, &line);
            break;
        case wire::Tag::stream_start:
            stream_start(frame, remaining, &line);
            break;
        case wire::Tag::stream_stop:
            stream_stop(&line);
            break;
        case wire::Tag::stream_abort:
            stream_abort(frame, remaining, &line);
            break;
        case wire::Tag::stream_commit:
            stream_commit(frame, remaining, &line);
            break;
        case wire::Tag::subtransaction:
            subtransaction(frame, remaining, &line);
            break;
        case wire::Tag::begin_prepare:
            begin_prepare(frame, remaining, &line);
            break;
        case wire::Tag::prepare:
            prepare(frame, remaining, &line);
            break;
        case wire::Tag::stream_prepare:
            stream_prepare(frame, remaining, &line);
            break;
        case wire::Tag::commit_prepared:
            commit_prepared(frame, remaining, &line);
            break;
        case wire::Tag::rollback_prepared:
            rollback_prepared(frame, remaining, &line);
            break;
        default:
            frame.refuse("record tag is unknown");
    }
    frame.skip(remaining);
    return line.data;
}

void FrameText::session(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 4);
    const std::uint64_t protocol_version = frame.read_unsigned("protocol version");
    if (protocol_version != wire::protocol_version) {
        frame.refuse(psprintf("protocol version is %llu, this server's extension reads %u",
                              static_cast<unsigned long long>(protocol_version), wire::protocol_version));
    }
    const std::string_view plugin = frame.read_text("plugin version");
    const std::uint32_t server = frame.read_unsigned32("server version");
    const std::string_view encoding = frame.read_text("server encoding");
    appendStringInfo(line, "session protocol=%u encoding=", wire::protocol_version);
    append_name(line, encoding);
    if (has_positions_) {
        appendStringInfo(line, " server=%u plugin=", server);
        append_quoted(line, plugin);
    }
    forget_relations();
    forget_position();
}

void FrameText::relation(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 7);
    const std::uint32_t id = frame.read_unsigned32("relation id");
    bool found = false;
    auto* relation = static_cast<RelationText*>(hash_search(relations().by_id, &id, HASH_ENTER, &found));
    if (found) {
        MemoryContextDelete(relation->context);
    }
    *relation = RelationText{};
    relation->id = id;
    relation->context = AllocSetContextCreate(relations().context, "glassflow decode relation", ALLOCSET_SMALL_SIZES);
    read_relation(frame, *relation, line, has_positions_);
}

void FrameText::begin(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 3);
    const std::uint32_t xid = frame.read_unsigned32("xid");
    forget_position();
    lsn_ = frame.read_unsigned("commit LSN");
    knows_lsn_ = true;
    const std::int64_t commit_time_us = frame.read_signed("commit time");
    appendStringInfoString(line, "begin");
    if (has_positions_) {
        appendStringInfo(line, " xid=%u commit=", xid);
        append_lsn(line, lsn_);
        appendStringInfoString(line, " at=");
        append_timestamp(line, commit_time_us, true);
    }
    origin(frame, remaining, line);
}

void FrameText::commit(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 3);
    const XLogRecPtr commit_lsn = frame.read_unsigned("commit LSN");
    const XLogRecPtr end_lsn = frame.read_unsigned("end LSN");
    appendStringInfoString(line, "commit");
    measures(frame, remaining, line);
    if (has_positions_) {
        appendStringInfoString(line, " commit=");
        append_lsn(line, commit_lsn);
        appendStringInfoString(line, " end=");
        append_lsn(line, end_lsn);
    }
    forget_position();
}

// " origin='name' 0/15446F8", when there is one.
void FrameText::origin(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    if (remaining < 2) {
        return;
    }
    frame.require(remaining, 2);
    appendStringInfoString(line, " origin=");
    append_text(line, frame);
    const XLogRecPtr origin_lsn = frame.read_unsigned("origin LSN");
    if (has_positions_) {
        appendStringInfoChar(line, ' ');
        append_lsn(line, origin_lsn);
    }
}

// " changes=2 filtered=1 bytes=80 crc32c=01234567". Bytes differ from run to run, as LSNs do.
void FrameText::measures(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    const std::uint64_t change_count = frame.read_unsigned("change count");
    appendStringInfo(line, " changes=%llu", static_cast<unsigned long long>(change_count));
    if (remaining < 3) {
        return;
    }
    frame.require(remaining, 3);
    const std::uint64_t filtered_count = frame.read_unsigned("filtered count");
    const std::uint64_t record_bytes = frame.read_unsigned("record bytes");
    const std::uint32_t checksum = frame.read_unsigned32("checksum");
    if (filtered_count > 0) {
        appendStringInfo(line, " filtered=%llu", static_cast<unsigned long long>(filtered_count));
    }
    if (has_positions_) {
        appendStringInfo(line, " bytes=%llu crc32c=%08x", static_cast<unsigned long long>(record_bytes), checksum);
    }
}

void FrameText::position(FrameReader& frame) {
    const WireValue position = frame.read();
    const bool has_index = position.kind == WireValue::Kind::array;
    std::uint32_t remaining = 0;
    std::int64_t distance = 0;
    if (has_index) {
        remaining = position.element_count;
        frame.require(remaining, 2);
        distance = frame.read_signed("distance");
    } else {
        distance = frame.signed_of(position, "position");
    }
    const std::uint64_t bytes = static_cast<std::uint64_t>(distance < 0 ? -(distance + 1) : distance);
    if (bytes >= PG_UINT64_MAX / wire::lsn_unit / 2) {
        frame.refuse("distance is larger than the WAL");
    }
    const XLogRecPtr lsn = lsn_ + static_cast<std::uint64_t>(distance) * wire::lsn_unit;
    if (knows_lsn_ && (distance < 0) != (lsn < lsn_) && distance != 0) {
        frame.refuse("position is outside the WAL");
    }
    lsn_ = lsn;
    if (has_index) {
        index_ = frame.read_unsigned32("index");
        frame.skip(remaining);
    } else if (distance != 0 || !has_changes_) {
        index_ = 0;
    } else if (index_ == PG_UINT32_MAX) {
        frame.refuse("index does not fit 32 bits");
    } else {
        ++index_;
    }
    has_changes_ = true;
}

// "insert public.t 0/15446F8-0:"; the relation is nullptr when no frame described it.
const RelationText* FrameText::relation_and_position(FrameReader& frame, const char* verb, StringInfo line) {
    const std::uint32_t relation_id = frame.read_unsigned32("relation id");
    position(frame);
    const RelationText* relation = find(relation_id);

    appendStringInfo(line, "%s ", verb);
    if (relation != nullptr) {
        appendStringInfoString(line, relation->name);
    } else {
        appendStringInfo(line, "relation %u", relation_id);
    }
    if (has_positions_) {
        appendStringInfoChar(line, ' ');
        if (knows_lsn_) {
            append_lsn(line, lsn_);
        } else {
            appendStringInfoChar(line, '?');
        }
        appendStringInfo(line, "-%u", index_);
    } else if (index_ > 0) {
        appendStringInfo(line, " #%u", index_);
    }
    return relation;
}

void FrameText::row(FrameReader& frame, std::uint32_t& remaining, wire::Tag tag, StringInfo line) {
    frame.require(remaining, tag == wire::Tag::update ? 4 : 3);
    const char* verb = tag == wire::Tag::insert ? "insert" : tag == wire::Tag::update ? "update" : "delete";
    const RelationText* relation = relation_and_position(frame, verb, line);
    appendStringInfoChar(line, ':');
    if (tag != wire::Tag::delete_) {
        new_row(frame, relation, line);
    }
    if (tag != wire::Tag::insert) {
        old_row(frame, relation, tag, line);
    }
}

void FrameText::new_row(FrameReader& frame, const RelationText* relation, StringInfo line) {
    const std::uint32_t count = frame.read_array("new row");
    if (relation != nullptr && count != relation->column_count) {
        frame.refuse(psprintf("row has %u values, its relation %u columns", count, relation->column_count));
    }
    for (std::uint32_t i = 0; i < count; ++i) {
        if (relation == nullptr) {
            appendStringInfoChar(line, ' ');
            append_value(line, frame);
        } else {
            appendStringInfo(line, " %s=", relation->columns[i].name);
            append_value(line, frame, relation->columns[i].type);
        }
    }
}

// An update without an old row has kept its key, or its relation has none; a delete without one has lost its row.
void FrameText::old_row(FrameReader& frame, const RelationText* relation, wire::Tag tag, StringInfo line) {
    const WireValue old = frame.read();
    if (old.kind == WireValue::Kind::nil) {
        appendStringInfoString(line, tag == wire::Tag::delete_ ? " old row not logged" : "");
        return;
    }
    if (old.kind != WireValue::Kind::array) {
        frame.refuse("old row is neither nil nor an array");
    }
    const bool is_whole = relation != nullptr && relation->identity == 'f';
    const std::uint32_t wanted_count = relation == nullptr ? old.element_count
                                       : is_whole          ? relation->column_count
                                                           : relation->key_count;
    if (old.element_count != wanted_count) {
        frame.refuse(psprintf("old row has %u values instead of %u", old.element_count, wanted_count));
    }
    appendStringInfoString(line, " old:");
    for (std::uint32_t i = 0; i < old.element_count; ++i) {
        if (relation == nullptr) {
            appendStringInfoChar(line, ' ');
            append_value(line, frame);
        } else {
            const RelationText::Column& column = relation->columns[is_whole ? i : relation->key[i]];
            appendStringInfo(line, " %s=", column.name);
            append_value(line, frame, column.type);
        }
    }
}

void FrameText::columns_of(FrameReader& frame, const RelationText* relation, std::string_view bits, StringInfo line) {
    const std::uint32_t count = frame.read_array("columns of a row");
    std::uint32_t read = 0;
    for (std::uint32_t column = 0; column < 8 * bits.size(); ++column) {
        if ((bits[column / 8] >> (column % 8) & 1) == 0) {
            continue;
        }
        if (read++ == count || (relation != nullptr && column >= relation->column_count)) {
            frame.refuse("column bits and values disagree");
        }
        appendStringInfoChar(line, ' ');
        if (relation == nullptr) {
            append_value(line, frame);
        } else {
            appendStringInfo(line, "%s=", relation->columns[column].name);
            append_value(line, frame, relation->columns[column].type);
        }
    }
    if (read != count) {
        frame.refuse("column bits and values disagree");
    }
}

void FrameText::changed_columns(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 5);
    const RelationText* relation = relation_and_position(frame, "update of columns", line);
    const std::string_view bits = frame.read_text("column bits");
    if (bits.size() > 200) {
        frame.refuse("there are more column bits than a table has columns");
    }
    appendStringInfoChar(line, ':');
    columns_of(frame, relation, bits, line);
    appendStringInfoString(line, " old:");
    columns_of(frame, relation, bits, line);
}

void FrameText::truncate(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 3);
    relation_and_position(frame, "truncate", line);
    const std::uint64_t flags = frame.read_unsigned("truncate flags");
    appendStringInfoString(line, (flags & wire::truncate_cascade) != 0 ? " cascade" : "");
    appendStringInfoString(line, (flags & wire::truncate_restart_identity) != 0 ? " restart identity" : "");
}

void FrameText::message(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 4);
    const XLogRecPtr lsn = frame.read_unsigned("message LSN");
    const bool is_transactional = frame.read_boolean("transactional flag");
    appendStringInfo(line, "message%s", is_transactional ? "" : " not transactional");
    if (has_positions_) {
        appendStringInfoChar(line, ' ');
        append_lsn(line, lsn);
    }
    appendStringInfoString(line, " prefix=");
    append_text(line, frame);
    appendStringInfoString(line, " content=");
    append_content(line, frame);
}

void FrameText::ddl(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 7);
    const XLogRecPtr lsn = frame.read_unsigned("ddl LSN");
    appendStringInfoString(line, "ddl");
    if (has_positions_) {
        appendStringInfoChar(line, ' ');
        append_lsn(line, lsn);
    }
    append_ddl(line, frame);
}

}  // namespace glassflow
