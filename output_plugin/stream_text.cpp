// The lines of transactions that are not sent whole at their commit: streamed in blocks, or prepared.
#include "frame_text.h"
#include "time_text.h"
#include "value_text.h"

namespace glassflow {

void FrameText::xid(FrameReader& frame, const char* name, StringInfo line) {
    const std::uint32_t xid = frame.read_unsigned32(name);
    if (has_positions_) {
        appendStringInfo(line, " %s=%u", name, xid);
    }
}

void FrameText::lsn(FrameReader& frame, const char* name, StringInfo line) {
    const XLogRecPtr lsn = frame.read_unsigned(name);
    if (has_positions_) {
        appendStringInfo(line, " %s=%X/%X", name, static_cast<std::uint32_t>(lsn >> 32),
                         static_cast<std::uint32_t>(lsn));
    }
}

void FrameText::time(FrameReader& frame, const char* name, StringInfo line) {
    const std::int64_t time_us = frame.read_signed(name);
    if (has_positions_) {
        appendStringInfo(line, " %s=", name);
        append_timestamp(line, time_us, true);
    }
}

void FrameText::gid(FrameReader& frame, StringInfo line) {
    appendStringInfoString(line, " gid=");
    append_text(line, frame);
}

void FrameText::count_from(XLogRecPtr lsn) {
    forget_position();
    lsn_ = lsn;
    knows_lsn_ = true;
}

void FrameText::stream_start(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 3);
    appendStringInfoString(line, "stream start");
    xid(frame, "xid", line);
    const XLogRecPtr start = frame.read_unsigned("block LSN");
    appendStringInfoString(line, frame.read_boolean("first block") ? " first" : "");
    if (remaining > 0) {
        frame.require(remaining, 1);
        appendStringInfoString(line, " origin=");
        append_text(line, frame);
    }
    open(block_);
    count_from(start);
}

void FrameText::stream_stop(StringInfo line) {
    appendStringInfoString(line, "stream stop");
    close(block_);
    forget_position();
}

void FrameText::stream_abort(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 3);
    const std::uint32_t xid = frame.read_unsigned32("xid");
    const std::uint32_t subxid = frame.read_unsigned32("subxid");
    appendStringInfo(line, "stream abort%s", xid == subxid ? "" : " subtransaction");
    if (has_positions_) {
        appendStringInfo(line, " xid=%u subxid=%u", xid, subxid);
    }
    lsn(frame, "at", line);
}

void FrameText::stream_commit(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 5);
    appendStringInfoString(line, "stream commit");
    xid(frame, "xid", line);
    lsn(frame, "commit", line);
    lsn(frame, "end", line);
    time(frame, "at", line);
    measures(frame, remaining, line);
    if (remaining > 0) {
        frame.require(remaining, 1);
        lsn(frame, "origin", line);
    }
}

void FrameText::subtransaction(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 1);
    appendStringInfoString(line, "subtransaction");
    xid(frame, "xid", line);
}

void FrameText::begin_prepare(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 4);
    appendStringInfoString(line, "begin prepare");
    xid(frame, "xid", line);
    gid(frame, line);
    const XLogRecPtr prepare_lsn = frame.read_unsigned("prepare LSN");
    count_from(prepare_lsn);
    if (has_positions_) {
        appendStringInfo(line, " prepare=%X/%X", static_cast<std::uint32_t>(prepare_lsn >> 32),
                         static_cast<std::uint32_t>(prepare_lsn));
    }
    time(frame, "at", line);
    origin(frame, remaining, line);
}

void FrameText::prepare(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 3);
    appendStringInfoString(line, "prepare");
    lsn(frame, "prepare", line);
    lsn(frame, "end", line);
    measures(frame, remaining, line);
    forget_position();
}

void FrameText::stream_prepare(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 6);
    appendStringInfoString(line, "stream prepare");
    xid(frame, "xid", line);
    gid(frame, line);
    lsn(frame, "prepare", line);
    lsn(frame, "end", line);
    time(frame, "at", line);
    measures(frame, remaining, line);
}

void FrameText::commit_prepared(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 5);
    appendStringInfoString(line, "commit prepared");
    xid(frame, "xid", line);
    gid(frame, line);
    lsn(frame, "commit", line);
    lsn(frame, "end", line);
    time(frame, "at", line);
}

void FrameText::rollback_prepared(FrameReader& frame, std::uint32_t& remaining, StringInfo line) {
    frame.require(remaining, 7);
    appendStringInfoString(line, "rollback prepared");
    xid(frame, "xid", line);
    gid(frame, line);
    lsn(frame, "prepare_end", line);
    time(frame, "prepared", line);
    lsn(frame, "rollback", line);
    lsn(frame, "end", line);
    time(frame, "at", line);
}

}  // namespace glassflow
