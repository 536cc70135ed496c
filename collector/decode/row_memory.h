// Where the decoder keeps what a row's values are made of: the parts of nested values, and text that it composes.
//
// Valid until release(), which the decoder calls before each row. Rows without such values take nothing from here; the
// first kept_bytes of a row come from a buffer that is kept, so that rows of ordinary size do not allocate either.
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>

#include "event/value.h"

namespace glassflow::decode {

class RowMemory {
public:
    // A value for each of count, all of them null.
    std::span<event::Value> values(std::size_t count) {
        is_used_ = true;
        std::pmr::polymorphic_allocator<event::Value> allocator(&arena_);
        event::Value* const first = allocator.allocate(count);
        std::uninitialized_value_construct_n(first, count);
        return {first, count};
    }

    std::string_view keep(std::string_view text) {
        is_used_ = true;
        std::pmr::polymorphic_allocator<char> allocator(&arena_);
        char* const copy = allocator.allocate(text.size());
        std::ranges::copy(text, copy);
        return {copy, text.size()};
    }

    // An empty string to compose a text in before it is kept.
    std::string& scratch() {
        if (scratch_.capacity() > kept_bytes)
            scratch_ = {};
        scratch_.clear();
        return scratch_;
    }

    void release() {
        if (is_used_)
            arena_.release();
        is_used_ = false;
    }

private:
    static constexpr std::size_t kept_bytes = 64 << 10;

    std::unique_ptr<std::byte[]> buffer_ = std::make_unique<std::byte[]>(kept_bytes);
    std::pmr::monotonic_buffer_resource arena_{buffer_.get(), kept_bytes};
    std::string scratch_;
    bool is_used_ = false;
};

}  // namespace glassflow::decode
