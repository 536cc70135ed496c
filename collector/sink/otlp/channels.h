// Payloads in the order they came -> channels, so that what must stay in order is never under way twice at once. Pure.
//
// Each pipeline has a number of channels. A lane belongs to one of them, so its payloads follow each other in one line
// of requests. A payload that stands in lanes of two channels, and a barrier, cannot go into any: it is held back, with
// all behind it, until everything earlier is delivered; then it goes alone (a barrier) or with those right behind it.
//
//     pushed:    a1 b1 a2 | (a+b)3 a4 b4 | b5 ...
//     channels:  a1 a2
//                b1                              then 3 4 4 in one line, then b5 into its channel
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "sink/otlp/channel.h"

namespace glassflow::sink {

class Channels {
public:
    // run_bytes: how much may go together behind a payload of two channels.
    Channels(std::size_t pipelines, std::size_t channels_per_pipeline, std::size_t run_bytes);

    void push(QueuedPayload&& queued, std::size_t pipeline);

    // Of the channels 0 to count() - 1 each may have a request under way. To be called after payloads left a channel.
    std::size_t count() const { return channels_.size(); }
    Channel& channel(std::size_t index) { return channels_[index]; }
    std::size_t pipeline_of(std::size_t index) const;
    void admit_held();

    std::size_t size() const;  // payloads in channels and held back

private:
    struct Held {
        QueuedPayload queued;
        std::size_t pipeline = 0;
    };

    // The only channel for it; none when it has two, or is a barrier.
    static constexpr std::size_t none = SIZE_MAX;
    std::size_t channel_for(const Payload& payload, std::size_t pipeline) const;
    bool are_channels_empty() const;
    void admit_run();

    std::size_t per_pipeline_;
    std::size_t run_bytes_;
    std::vector<Channel> channels_;  // of each pipeline in turn; the last is for what cannot go into any of these
    std::size_t run_pipeline_ = 0;   // whose the last channel is now
    std::deque<Held> held_;
};

}  // namespace glassflow::sink
