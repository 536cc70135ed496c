#include "delivery/payload_block.h"

#include <cstring>
#include <utility>

namespace glassflow::delivery {

std::shared_ptr<PayloadBlock> BlockPool::try_make(std::uint64_t bytes) {
    return budget_.try_acquire(bytes) ? std::make_shared<PayloadBlock>(*this, bytes) : nullptr;
}

std::shared_ptr<PayloadBlock> BlockPool::make(std::uint64_t bytes) {
    return budget_.acquire(bytes) ? std::make_shared<PayloadBlock>(*this, bytes) : nullptr;
}

std::unique_ptr<char[]> BlockPool::take_buffer(std::uint64_t bytes) {
    if (bytes == PayloadBlock::usual_bytes) {
        const std::lock_guard lock(mutex_);
        if (!buffers_.empty()) {
            std::unique_ptr<char[]> buffer = std::move(buffers_.back());
            buffers_.pop_back();
            return buffer;
        }
    }
    return std::unique_ptr<char[]>(new char[bytes]);
}

void BlockPool::give_back(std::unique_ptr<char[]> buffer, std::uint64_t bytes) {
    if (bytes == PayloadBlock::usual_bytes) {
        const std::lock_guard lock(mutex_);
        if (buffers_.size() < kept_buffers)
            buffers_.push_back(std::move(buffer));
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
    std::memcpy(end_, text.data(), text.size());
    const std::string_view kept(end_, text.size());
    end_ += text.size();
    return kept;
}

}  // namespace glassflow::delivery
