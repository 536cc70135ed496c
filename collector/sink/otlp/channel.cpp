// Halving towards a refused record takes as many requests as its number has bits: of the suspects the first half goes;
// when it is taken the culprit is in the other half, when it is not it is in this one.
#include "sink/otlp/channel.h"

#include <algorithm>
#include <utility>

namespace glassflow::sink {

void Channel::push(QueuedPayload&& queued) {
    queued_bytes_ += queued.record_bytes;
    queue_.push_back(std::move(queued));
}

std::vector<const Payload*> Channel::start(std::size_t request_bytes) {
    auto most = std::min(most_records_, queue_.size());
    if (suspects_ > 0) {
        most = std::min(most, std::max<std::size_t>(suspects_ / 2, 1));
    }
    std::vector<const Payload*> payloads;
    std::size_t bytes = 0;
    for (auto queued = queue_.begin(); payloads.size() < most; ++queued) {
        bytes += queued->record_bytes;
        if (bytes > request_bytes && !payloads.empty()) {
            break;
        }
        payloads.push_back(&queued->payload);
    }
    under_way_ = payloads.size();
    return payloads;
}

void Channel::delivered(std::vector<Payload>& into) {
    suspects_ -= std::min(suspects_, under_way_);
    most_records_ = std::min(most_records_, any_number / 2) * 2;
    for (; under_way_ > 0; --under_way_) {
        into.push_back(take_first());
    }
}

void Channel::lost() {
    most_records_ = std::max<std::size_t>(under_way_ / 2, 1);
    under_way_ = 0;
}

void Channel::failed() {
    under_way_ = 0;
}

std::optional<Payload> Channel::refused() {
    suspects_ = std::exchange(under_way_, 0);
    if (suspects_ > 1) {
        return std::nullopt;
    }
    suspects_ = 0;
    return take_first();
}

Payload Channel::take_first() {
    auto payload = std::move(queue_.front().payload);
    queued_bytes_ -= queue_.front().record_bytes;
    queue_.pop_front();
    return payload;
}

}  // namespace glassflow::sink
