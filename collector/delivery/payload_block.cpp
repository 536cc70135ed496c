#include "delivery/payload_block.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>
#include <utility>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(start, bytes) (static_cast<void>(start), static_cast<void>(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(start, bytes) (static_cast<void>(start), static_cast<void>(bytes))
#endif

namespace glassflow::delivery {

namespace {

// AddressSanitizer knows nothing of pages of our own: it is told what no payload may read, so that it sees who reads on
// after a block has gone. No code in a build without it.
void forbid(char* start, std::uint64_t bytes) {
    ASAN_POISON_MEMORY_REGION(start, bytes);
}

void allow(char* start, std::uint64_t bytes) {
    ASAN_UNPOISON_MEMORY_REGION(start, bytes);
}

// Throws std::bad_alloc.
BlockBuffer map_pages(std::uint64_t bytes) {
    void* const start = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED)
        throw std::bad_alloc();
    forbid(static_cast<char*>(start), bytes);
    return BlockBuffer(static_cast<char*>(start), Unmap{bytes});
}

}  // namespace

void Unmap::operator()(char* start) const {
    allow(start, bytes);  // whoever gets these pages next
    ::munmap(start, bytes);
}

std::shared_ptr<PayloadBlock> BlockPool::try_make(std::uint64_t bytes) {
    return budget_.try_acquire(bytes) ? std::make_shared<PayloadBlock>(*this, bytes) : nullptr;
}

std::shared_ptr<PayloadBlock> BlockPool::make(std::uint64_t bytes) {
    return budget_.acquire(bytes) ? std::make_shared<PayloadBlock>(*this, bytes) : nullptr;
}

BlockBuffer BlockPool::take_buffer(std::uint64_t bytes) {
    {
        const std::lock_guard lock(mutex_);
        ++blocks_;
        if (bytes != PayloadBlock::usual_bytes) {
            // What waits is not in the budget: it makes room for what is.
            const std::size_t as_much = (bytes - 1) / PayloadBlock::usual_bytes + 1;
            buffers_.resize(buffers_.size() - std::min(buffers_.size(), as_much));
        } else if (!buffers_.empty()) {
            BlockBuffer buffer = std::move(buffers_.back());
            buffers_.pop_back();
            return buffer;
        }
    }
    return map_pages(bytes);
}

void BlockPool::give_back(BlockBuffer buffer, std::uint64_t bytes) {
    forbid(buffer.get(), bytes);
    {
        const std::lock_guard lock(mutex_);
        --blocks_;
        if (bytes == PayloadBlock::usual_bytes)
            buffers_.push_back(std::move(buffer));
        buffers_.resize(std::min(buffers_.size(), std::max(kept_buffers, kept_per_block * blocks_)));
    }
    buffer.reset();
    budget_.release(bytes);
}

PayloadBlock::PayloadBlock(BlockPool& pool, std::uint64_t bytes)
    : pool_(pool), bytes_(bytes), text_(pool.take_buffer(bytes)), end_(text_.get()) {}

PayloadBlock::~PayloadBlock() {
    pool_.give_back(std::move(text_), bytes_);
}

std::string_view PayloadBlock::keep(std::string_view text) {
    allow(end_, text.size());
    const std::string_view kept(end_, text.size());
    end_ = std::copy(text.begin(), text.end(), end_);  // of nothing: memcpy() wants a pointer even then
    return kept;
}

}  // namespace glassflow::delivery
