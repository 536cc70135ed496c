// Values one by one -> an array in a memory context, which owns it.
#pragma once

#include "pg_headers.h"

#include <span>

namespace glassflow {

template <typename T>
class GrowingArray {
    static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

public:
    explicit GrowingArray(MemoryContext context) : context_(context) {}

    void append(const T& value) {
        if (count_ == room_) {
            grow();
        }
        items_[count_++] = value;
    }
    std::size_t size() const { return count_; }
    std::span<T> items() const { return {items_, count_}; }

private:
    void grow() {
        room_ = room_ == 0 ? 4 : 2 * room_;
        const Size bytes = room_ * sizeof(T);
        items_ = static_cast<T*>(items_ == nullptr ? MemoryContextAlloc(context_, bytes) : repalloc(items_, bytes));
    }

    MemoryContext context_;
    T* items_ = nullptr;
    std::size_t count_ = 0;
    std::size_t room_ = 0;
};

}  // namespace glassflow
