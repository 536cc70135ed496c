// One frame is one OutputPluginWrite, which is one send(2) of the walsender or one row of the SQL functions. The frame
// is copied into the server's buffer only here, so that the header the server puts before it carries the right LSN.
#include "frame_writer.h"

namespace glassflow {

namespace {

// After a huge row the server's own output buffer would keep its size for the rest of the session.
constexpr int retained_output_bytes = 64 * 1024 * 1024;

void shrink_output(StringInfo out, MemoryContext context) {
    if (out->maxlen <= retained_output_bytes) {
        return;
    }
    pg::MemoryContextScope scope(context);
    pfree(out->data);
    initStringInfo(out);
    scope.leave();
}

}  // namespace

FrameWriter::FrameWriter(MemoryContext context, std::size_t frame_bytes)
    : buffer_(context, frame_bytes + frame_bytes / 4),
      frame_bytes_(frame_bytes),
      initial_bytes_(frame_bytes + frame_bytes / 4) {}

FrameBuffer& FrameWriter::begin_record(wire::Tag tag, std::size_t element_count) {
    pack_array(buffer_, element_count);
    pack_unsigned(buffer_, static_cast<std::uint64_t>(tag));
    return buffer_;
}

void FrameWriter::append_record(std::string_view record) {
    buffer_.append(record.data(), record.size());
    finish_record();
}

void FrameWriter::add_to_sum() {
    const std::size_t bytes = whole_bytes_ - summed_bytes_;
    COMP_CRC32C(sum_.crc, buffer_.data() + summed_bytes_, bytes);
    sum_.bytes += bytes;
    summed_bytes_ = whole_bytes_;
}

void FrameWriter::flush(LogicalDecodingContext* ctx, bool last_write) {
    if (whole_bytes_ == 0) {
        return;
    }
    add_to_sum();
    OutputPluginPrepareWrite(ctx, last_write);
    appendBinaryStringInfo(ctx->out, buffer_.data(), static_cast<int>(whole_bytes_));
    OutputPluginWrite(ctx, last_write);
    whole_bytes_ = 0;
    summed_bytes_ = 0;
    buffer_.truncate(0);
    buffer_.shrink(initial_bytes_);
    shrink_output(ctx->out, ctx->context);
}

}  // namespace glassflow
