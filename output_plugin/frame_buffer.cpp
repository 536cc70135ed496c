// How a frame buffer grows and gives back: by doubling, up to what one server allocation may hold.
#include "frame_buffer.h"

namespace glassflow {

void FrameBuffer::grow(std::size_t needed_bytes) {
    const std::size_t wanted_bytes = size_ + needed_bytes;
    if (wanted_bytes > MaxAllocSize) {
        // FrameWriter's record limit keeps rows below this; only a relation record could come here, and it never does.
        ereport(ERROR,
                (errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED), errmsg("frame is larger than %zu bytes", MaxAllocSize)));
    }
    std::size_t capacity = capacity_;
    while (capacity < wanted_bytes) {
        capacity = capacity > MaxAllocSize / 2 ? MaxAllocSize : capacity * 2;
    }
    data_ = static_cast<char*>(repalloc(data_, capacity));
    capacity_ = capacity;
}

void FrameBuffer::shrink(std::size_t wanted_bytes) {
    if (size_ != 0 || capacity_ <= wanted_bytes) {
        return;
    }
    pfree(data_);
    data_ = static_cast<char*>(MemoryContextAlloc(context_, wanted_bytes));
    capacity_ = wanted_bytes;
}

}  // namespace glassflow
