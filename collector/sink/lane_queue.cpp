// The lists of LaneQueue: each lane's payloads are linked through their entries, a payload that is first in all of its
// lanes is in ready_. An entry is in at most two lists and every list operation is at an end, hence O(1).
#include "sink/lane_queue.h"

#include <utility>

namespace glassflow::sink {

namespace {

// An emptied queue gives memory back when it had grown beyond this.
constexpr std::size_t kept_entries = 4096;

std::uint8_t distinct_lanes(const Payload& payload) {
    if (payload.lane_count == 2 && payload.lanes[0] == payload.lanes[1]) {
        return 1;  // or it would wait for itself
    }
    return payload.lane_count;
}

}  // namespace

void LaneQueue::push(Payload&& payload) {
    if (barrier_) {
        held_.push_back(std::move(payload));
    } else {
        admit(std::move(payload));
    }
}

std::optional<LaneQueue::Slot> LaneQueue::next() {
    if (ready_.empty()) {
        return std::nullopt;
    }
    auto slot = ready_.front();
    ready_.pop_front();
    return slot;
}

Payload LaneQueue::done(Slot slot) {
    auto& entry = entries_[slot];
    if (barrier_ != slot) {
        for (std::uint8_t position = 0; position < distinct_lanes(entry.payload); ++position) {
            leave_lane(slot, position);
        }
    }
    auto payload = std::move(entry.payload);
    free(slot);
    --admitted_;

    if (barrier_ == slot) {
        barrier_.reset();
        admit_held();
    } else if (barrier_ && admitted_ == 1) {
        ready_.push_back(*barrier_);
    }
    if (empty() && entries_.size() > kept_entries) {
        *this = LaneQueue();
    }
    return payload;
}

void LaneQueue::admit(Payload&& payload) {
    auto slot = allocate(std::move(payload));
    auto& entry = entries_[slot];
    ++admitted_;
    if (entry.payload.is_barrier) {
        barrier_ = slot;
        if (admitted_ == 1) {
            ready_.push_back(slot);
        }
        return;
    }
    for (std::uint8_t position = 0; position < distinct_lanes(entry.payload); ++position) {
        join_lane(slot, position);
    }
    if (entry.waiting_lanes == 0) {
        ready_.push_back(slot);
    }
}

void LaneQueue::admit_held() {
    while (!held_.empty() && !barrier_) {
        auto payload = std::move(held_.front());
        held_.pop_front();
        admit(std::move(payload));
    }
}

void LaneQueue::join_lane(Slot slot, std::uint8_t position) {
    auto key = entries_[slot].payload.lanes[position];
    auto& lane = lanes_[key];
    if (lane.first == none) {
        lane.first = slot;
    } else {
        entries_[lane.last].behind[position_in(lane.last, key)] = slot;
        ++entries_[slot].waiting_lanes;
    }
    lane.last = slot;
}

void LaneQueue::leave_lane(Slot slot, std::uint8_t position) {
    auto& entry = entries_[slot];
    auto lane = lanes_.find(entry.payload.lanes[position]);
    auto behind = entry.behind[position];
    if (behind == none) {
        lanes_.erase(lane);
        return;
    }
    lane->second.first = behind;
    if (--entries_[behind].waiting_lanes == 0) {
        ready_.push_back(behind);
    }
}

std::uint8_t LaneQueue::position_in(Slot slot, std::uint64_t lane) const {
    return entries_[slot].payload.lanes[0] == lane ? 0 : 1;
}

LaneQueue::Slot LaneQueue::allocate(Payload&& payload) {
    if (free_.empty()) {
        entries_.emplace_back();
        free_.push_back(static_cast<Slot>(entries_.size() - 1));
    }
    auto slot = free_.back();
    free_.pop_back();
    auto& entry = entries_[slot];
    entry.payload = std::move(payload);
    entry.behind = {none, none};
    entry.waiting_lanes = 0;
    return slot;
}

void LaneQueue::free(Slot slot) {
    free_.push_back(slot);
}

}  // namespace glassflow::sink
