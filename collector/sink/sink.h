// A destination: takes payloads, delivers them durably, and reports each of them exactly once.
//
// A sink knows payloads, not LSNs and not Postgres. It owns its thread and its connections. It keeps payloads that
// share a lane in order: a payload may be under way only when no earlier payload of any of its lanes is. It never drops
// one: what it cannot deliver now it retries, what is refused for good it reports as refused, and what makes every
// delivery pointless (wrong credential, unknown pipeline, disk full for good) it reports once as halted and then stops.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sink/payload.h"

namespace glassflow::sink {

// What a sink tells; implemented by delivery. All calls are thread-safe and may block on a disk write, not longer.
class DeliveryListener {
public:
    virtual ~DeliveryListener() = default;

    virtual void delivered(std::span<const Payload> payloads) = 0;
    // Refused for good by the destination; when the call returns it is in the dead letter store, fsynced.
    virtual void refused(const Payload& payload, std::string_view reason) = 0;
    // Will be tried again after delay. For logs and metrics.
    virtual void retrying(std::string_view reason, std::chrono::milliseconds delay) = 0;
    // Nothing more will be delivered by this sink; undelivered payloads stay unreported.
    virtual void halted(std::string_view reason) = 0;
};

// Thrown by check(): what is wrong, and what to do about it as a full sentence (may be empty).
class SinkError : public std::runtime_error {
public:
    SinkError(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    const std::string& hint() const { return hint_; }

private:
    std::string hint_;
};

// Another process has what this one needs alone; worth another try when that one may end.
class SinkBusyError : public SinkError {
public:
    using SinkError::SinkError;
};

class Sink {
public:
    virtual ~Sink() = default;

    virtual const std::string& name() const = 0;
    virtual std::string_view type() const = 0;
    // Can it be delivered to? (credential, path, reachability.) Called before start, without side effects on data.
    virtual void check() = 0;
    // What keeps its payloads in order.
    enum class Order : std::uint8_t {
        push,  // all of them are, as they were pushed: lanes mean nothing to it
        key,   // those with a key by the key alone; lanes are told of the others, and of those that concern two keys
        lane,  // lanes
    };
    virtual Order order() const { return Order::lane; }
    // What a payload takes of memory beside its text until it is reported: itself, and what the sink keeps with it.
    virtual std::size_t payload_overhead_bytes() const { return 256; }
    // The listener outlives the sink's thread. stream names the history that payloads come from ("<system
    // identifier>/<timeline>"): what a destination remembers of another stream says nothing about this one.
    virtual void start(DeliveryListener& listener, const std::string& stream) = 0;
    // Hands payloads over, in order. Never blocks: memory is bounded by the caller's budget.
    virtual void push(std::vector<Payload>&& payloads) = 0;
    // Delivers all that was pushed, then stops the thread. False when the deadline passed first (the thread is stopped
    // then, too, and what is left stays unreported).
    virtual bool finish(std::chrono::steady_clock::time_point deadline) = 0;
};

}  // namespace glassflow::sink
