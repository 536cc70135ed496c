// Everything behind a held payload is held, too; held ones are admitted in order, so order among all of them is kept.
#include "sink/otlp/channels.h"

#include <algorithm>
#include <utility>

namespace glassflow::sink {

Channels::Channels(std::size_t pipelines, std::size_t channels_per_pipeline, std::size_t run_bytes)
    : per_pipeline_(channels_per_pipeline), run_bytes_(run_bytes), channels_(pipelines * channels_per_pipeline + 1) {}

void Channels::push(QueuedPayload&& queued, std::size_t pipeline) {
    const auto index = channel_for(queued.payload, pipeline);
    if (index != none && held_.empty() && channels_.back().empty()) {
        channels_[index].push(std::move(queued));
        return;
    }
    held_.push_back({std::move(queued), pipeline});
    admit_held();
}

std::size_t Channels::pipeline_of(std::size_t index) const {
    return index + 1 == channels_.size() ? run_pipeline_ : index / per_pipeline_;
}

void Channels::admit_held() {
    while (!held_.empty() && channels_.back().empty()) {
        auto& next = held_.front();
        const auto index = channel_for(next.queued.payload, next.pipeline);
        if (index != none) {
            channels_[index].push(std::move(next.queued));
            held_.pop_front();
        } else if (are_channels_empty()) {
            admit_run();
        } else {
            return;
        }
    }
}

std::size_t Channels::size() const {
    auto size = held_.size();
    for (const auto& channel : channels_) {
        size += channel.size();
    }
    return size;
}

std::size_t Channels::channel_for(const Payload& payload, std::size_t pipeline) const {
    if (payload.is_barrier) {
        return none;
    }
    const auto channel_of = [&](std::size_t lane) {
        return pipeline * per_pipeline_ + payload.lanes[lane] % per_pipeline_;
    };
    if (payload.lane_count == 0) {
        return pipeline * per_pipeline_;
    }
    const bool has_two = payload.lane_count == 2 && channel_of(0) != channel_of(1);
    return has_two ? none : channel_of(0);
}

bool Channels::are_channels_empty() const {
    return std::all_of(channels_.begin(), channels_.end(), [](const Channel& channel) { return channel.empty(); });
}

void Channels::admit_run() {
    auto& run = channels_.back();
    run_pipeline_ = held_.front().pipeline;
    const bool is_barrier = held_.front().queued.payload.is_barrier;
    do {
        run.push(std::move(held_.front().queued));
        held_.pop_front();
    } while (!is_barrier && !held_.empty() && held_.front().pipeline == run_pipeline_ &&
             !held_.front().queued.payload.is_barrier && run.queued_bytes() < run_bytes_);
}

}  // namespace glassflow::sink
