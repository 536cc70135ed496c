#include "delivery/payload_block.h"

#include <cstring>

namespace glassflow::delivery {

PayloadBlock::PayloadBlock(ByteBudget& budget, std::uint64_t bytes)
    : budget_(budget), bytes_(bytes), text_(new char[bytes]), end_(text_.get()) {}

PayloadBlock::~PayloadBlock() {
    text_.reset();
    budget_.release(bytes_);
}

std::string_view PayloadBlock::keep(std::string_view text) {
    std::memcpy(end_, text.data(), text.size());
    const std::string_view kept(end_, text.size());
    end_ += text.size();
    return kept;
}

}  // namespace glassflow::delivery
