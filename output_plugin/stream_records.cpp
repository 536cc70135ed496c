// Record by record what wire_format.h says. At the ends of streamed and prepared transactions nothing may be looked up:
// texts go as they are.
#include "stream_records.h"

namespace glassflow {

ChangePosition block_start(XLogRecPtr lsn) {
    return {.lsn = lsn - lsn % wire::lsn_unit, .index = PG_UINT32_MAX};
}

void write_stream_start(FrameWriter& frames, ServerText& text, const ReorderBufferTXN* transaction,
                        ChangePosition start, bool is_first) {
    const bool has_origin = transaction->origin_id != InvalidRepOriginId;
    FrameBuffer& buffer = frames.begin_record(wire::Tag::stream_start, has_origin ? 5 : 4);
    pack_unsigned(buffer, transaction->xid);
    pack_unsigned(buffer, start.lsn);
    pack_boolean(buffer, is_first);
    if (has_origin) {
        pack_origin_name(frames, text, transaction->origin_id);
    }
    frames.finish_record();
}

void write_subtransaction(FrameWriter& frames, TransactionId subxid) {
    pack_unsigned(frames.begin_record(wire::Tag::subtransaction, 2), subxid);
    frames.finish_record();
}

void write_stream_stop(FrameWriter& frames) {
    frames.begin_record(wire::Tag::stream_stop, 1);
    frames.finish_record();
}

void write_stream_abort(FrameWriter& frames, TransactionId xid, TransactionId subxid, XLogRecPtr lsn) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::stream_abort, 4);
    pack_unsigned(buffer, xid);
    pack_unsigned(buffer, subxid);
    pack_unsigned(buffer, lsn);
    frames.finish_record();
}

void write_stream_commit(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state,
                         const RecordSum& sum) {
    const bool has_origin = transaction->origin_id != InvalidRepOriginId;
    FrameBuffer& buffer = frames.begin_record(wire::Tag::stream_commit, has_origin ? 10 : 9);
    pack_unsigned(buffer, transaction->xid);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_unsigned(buffer, transaction->end_lsn);
    pack_signed(buffer, pg::commit_time(transaction));
    pack_measures(buffer, state, sum);
    if (has_origin) {
        pack_unsigned(buffer, transaction->origin_lsn);
    }
    frames.finish_record();
}

#if PG_VERSION_NUM >= 140000

void write_begin_prepare(FrameWriter& frames, ServerText& text, const ReorderBufferTXN* transaction) {
    const bool has_origin = transaction->origin_id != InvalidRepOriginId;
    FrameBuffer& buffer = frames.begin_record(wire::Tag::begin_prepare, has_origin ? 7 : 5);
    pack_unsigned(buffer, transaction->xid);
    ServerText::pack_unconverted(buffer, transaction->gid);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_signed(buffer, pg::commit_time(transaction));
    if (has_origin) {
        pack_origin_name(frames, text, transaction->origin_id);
        pack_unsigned(buffer, transaction->origin_lsn);
    }
    frames.finish_record();
}

void write_prepare(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state) {
    const RecordSum sum = frames.sum();
    FrameBuffer& buffer = frames.begin_record(wire::Tag::prepare, 7);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_unsigned(buffer, transaction->end_lsn);
    pack_measures(buffer, state, sum);
    frames.finish_record();
}

void write_stream_prepare(FrameWriter& frames, const ReorderBufferTXN* transaction, const TransactionState& state,
                          const RecordSum& sum) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::stream_prepare, 10);
    pack_unsigned(buffer, transaction->xid);
    ServerText::pack_unconverted(buffer, transaction->gid);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_unsigned(buffer, transaction->end_lsn);
    pack_signed(buffer, pg::commit_time(transaction));
    pack_measures(buffer, state, sum);
    frames.finish_record();
}

void write_commit_prepared(FrameWriter& frames, const ReorderBufferTXN* transaction) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::commit_prepared, 6);
    pack_unsigned(buffer, transaction->xid);
    ServerText::pack_unconverted(buffer, transaction->gid);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_unsigned(buffer, transaction->end_lsn);
    pack_signed(buffer, pg::commit_time(transaction));
    frames.finish_record();
}

void write_rollback_prepared(FrameWriter& frames, const ReorderBufferTXN* transaction, XLogRecPtr prepare_end_lsn,
                             TimestampTz prepare_time) {
    FrameBuffer& buffer = frames.begin_record(wire::Tag::rollback_prepared, 8);
    pack_unsigned(buffer, transaction->xid);
    ServerText::pack_unconverted(buffer, transaction->gid);
    pack_unsigned(buffer, prepare_end_lsn);
    pack_signed(buffer, prepare_time);
    pack_unsigned(buffer, transaction->final_lsn);
    pack_unsigned(buffer, transaction->end_lsn);
    pack_signed(buffer, pg::commit_time(transaction));
    frames.finish_record();
}

#endif

}  // namespace glassflow
