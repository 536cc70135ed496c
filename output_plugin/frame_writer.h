// Records into bounded frames, frames to the server.
//
// A frame holds whole records only. It is written when it has reached frame_bytes and at the end of a unit
// (transaction, non-transactional message): the server confirms a transaction when its commit callback returns, so
// bytes that are still here then would be lost in a crash.
//
// Beside it, what a receiver checks itself by is added up: the bytes of the records since start_sum(), and their
// CRC32C, computed over whole runs of them when a frame leaves, not record by record.
#pragma once

#include "frame_buffer.h"

namespace glassflow {

// Of a run of records, which may span frames.
struct RecordSum {
    std::uint64_t bytes = 0;
    pg_crc32c crc = initial_crc;  // not inverted yet: see checksum()

    std::uint32_t checksum() const { return crc ^ initial_crc; }

    static constexpr pg_crc32c initial_crc = 0xFFFFFFFF;
};

class FrameWriter {
public:
    FrameWriter(MemoryContext context, std::size_t frame_bytes);

    // Between these two a record is torn. An ERROR may leave it so: discard_torn_record() at the next callback.
    FrameBuffer& begin_record(wire::Tag tag, std::size_t element_count);
    void finish_record() { whole_bytes_ = buffer_.size(); }
    void discard_torn_record() { buffer_.truncate(whole_bytes_); }
    // A record that was encoded before.
    void append_record(std::string_view record);

    // Whether value_bytes more may go into the record that is begun. A value that does not fit is sent as its size.
    bool fits(std::size_t value_bytes) const {
        return value_bytes <= max_record_bytes - Min(max_record_bytes, buffer_.size() - whole_bytes_);
    }

    bool is_full() const { return whole_bytes_ >= frame_bytes_; }
    // last_write: nothing else will be written for this LSN (see OutputPluginWrite).
    void flush(LogicalDecodingContext* ctx, bool last_write);

    // From the next record on, sum being that of the records of the same run that came before.
    void start_sum(const RecordSum& sum) {
        sum_ = sum;
        summed_bytes_ = whole_bytes_;
    }
    // Up to the last whole record.
    const RecordSum& sum() {
        add_to_sum();
        return sum_;
    }

    FrameBuffer& buffer() { return buffer_; }

private:
    // A full frame and the largest record must fit one server allocation with the walsender's header; the fixed-size
    // values of 2 x 1600 columns, which do not ask fits(), are within the rest.
    static constexpr std::size_t max_record_bytes = MaxAllocSize - 32 * 1024 * 1024;

    void add_to_sum();

    FrameBuffer buffer_;
    std::size_t frame_bytes_;
    std::size_t initial_bytes_;
    std::size_t whole_bytes_ = 0;
    RecordSum sum_;
    std::size_t summed_bytes_ = 0;  // of buffer_: in sum_, or of no run
};
static_assert(std::is_trivially_destructible_v<FrameWriter>);

}  // namespace glassflow
