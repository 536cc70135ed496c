// Payloads of one line of requests, in order: one request is under way at a time, and it holds the first of them.
//
// How many the next request may hold follows from how the last ones went. Pure: no clock, no network.
//
//   no answer          half as many, then twice as many with each success: a request that is too much for the receiver
//                      must not come again and again as it was
//   a record refused   half as many, until the one is found that the receiver will not take; it alone is refused
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "sink/payload.h"

namespace glassflow::sink {

struct QueuedPayload {
    Payload payload;
    std::size_t record_bytes = 0;  // upper bound of what it adds to a request
};

class Channel {
public:
    void push(QueuedPayload&& queued);

    bool empty() const { return queue_.empty(); }
    std::size_t size() const { return queue_.size(); }
    std::size_t queued_bytes() const { return queued_bytes_; }
    bool is_under_way() const { return under_way_ > 0; }

    // The payloads of the next request, which is under way from now on: at least one, and as many as fit into
    // request_bytes. They stay where they are until the request has ended.
    std::vector<const Payload*> start(std::size_t request_bytes);

    // How the request under way has ended.
    void delivered(std::vector<Payload>& into);
    void lost();                       // no answer
    void failed();                     // to be sent again as it is
    std::optional<Payload> refused();  // the payload that is refused for good; nullopt: not known yet which

private:
    static constexpr std::size_t any_number = SIZE_MAX / 2;

    Payload take_first();

    std::deque<QueuedPayload> queue_;
    std::size_t queued_bytes_ = 0;
    std::size_t under_way_ = 0;
    std::size_t most_records_ = any_number;
    std::size_t suspects_ = 0;  // so many of the first hold one that will be refused
};

}  // namespace glassflow::sink
