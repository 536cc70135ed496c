// Payloads for tests of sinks, each in a small memory of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "sink/payload.h"

namespace glassflow::sink {

// What a payload is to say; the rest of its fields can be set on what make_payload() returns.
struct PayloadText {
    std::string body;
    std::string event_id;
    std::string key = {};
    Table table = {.schema = "public", .name = "t"};
};

inline Payload make_payload(PayloadText text) {
    auto memory = std::make_shared<const PayloadText>(std::move(text));
    Payload payload;
    payload.body = memory->body;
    payload.event_id = memory->event_id;
    payload.key = memory->key;
    payload.table = &memory->table;
    payload.operation = 'c';
    payload.memory = std::move(memory);
    return payload;
}

inline Payload make_payload(std::uint64_t ticket, std::vector<std::uint64_t> lanes = {}) {
    Payload payload = make_payload(PayloadText{.body = "{\"n\":" + std::to_string(ticket) + "}",
                                               .event_id = "0/" + std::to_string(ticket) + "-0"});
    payload.ticket = ticket;
    payload.transaction = ticket;
    payload.lane_count = static_cast<std::uint8_t>(lanes.size());
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        payload.lanes[i] = lanes[i];
    }
    return payload;
}

// The same payload with another body.
inline Payload with_body(const Payload& payload, std::string body) {
    Payload changed = make_payload(PayloadText{
        .body = std::move(body), .event_id = std::string(payload.event_id), .key = std::string(payload.key)});
    changed.ticket = payload.ticket;
    changed.transaction = payload.transaction;
    changed.lanes = payload.lanes;
    changed.lane_count = payload.lane_count;
    return changed;
}

inline std::vector<Payload> make_payloads(std::uint64_t first, std::uint64_t count) {
    std::vector<Payload> payloads;
    for (auto ticket = first; ticket < first + count; ++ticket) {
        payloads.push_back(make_payload(ticket, {ticket}));
    }
    return payloads;
}

}  // namespace glassflow::sink
