#include "delivery/frame_queue.h"

#include <utility>

namespace glassflow::delivery {

namespace {
constexpr std::uint64_t item_overhead_bytes = 64;  // a queue of keepalives is bounded, too
}

std::uint64_t FrameQueue::bytes_of(const ReceivedItem& item) {
    const auto* frame = std::get_if<postgres::Frame>(&item);
    return item_overhead_bytes + (frame ? frame->bytes().size() : 0);
}

bool FrameQueue::has_room() const {
    std::lock_guard lock(mutex_);
    return has_room_locked();
}

void FrameQueue::push(ReceivedItem item) {
    {
        std::lock_guard lock(mutex_);
        // Keepalives in a row say no more than the last of them.
        const auto* wal_end = std::get_if<WalEnd>(&item);
        auto* last_wal_end = items_.empty() ? nullptr : std::get_if<WalEnd>(&items_.back());
        if (wal_end != nullptr && last_wal_end != nullptr) {
            *last_wal_end = *wal_end;
            return;
        }
        bytes_ += bytes_of(item);
        items_.push_back(std::move(item));
    }
    changed_.notify_one();
}

std::optional<ReceivedItem> FrameQueue::pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !items_.empty() || is_closed_; });
    if (items_.empty())
        return std::nullopt;
    const bool was_full = !has_room_locked();
    bytes_ -= bytes_of(items_.front());
    std::optional<ReceivedItem> item(std::move(items_.front()));
    items_.pop_front();
    const bool has_room_again = was_full && has_room_locked();
    lock.unlock();
    if (has_room_again)
        on_room_();
    return item;
}

bool FrameQueue::is_empty() const {
    std::lock_guard lock(mutex_);
    return items_.empty();
}

void FrameQueue::close() {
    {
        std::lock_guard lock(mutex_);
        is_closed_ = true;
    }
    changed_.notify_all();
}

void FrameQueue::discard() {
    std::lock_guard lock(mutex_);
    items_.clear();
    bytes_ = 0;
}

std::uint64_t FrameQueue::size_bytes() const {
    std::lock_guard lock(mutex_);
    return bytes_;
}

}  // namespace glassflow::delivery
