// Keeps what a format wrote.
#pragma once

#include <string>
#include <vector>

#include "format/event_format.h"

namespace glassflow::format {

struct RecordedPayload {
    std::string body;
    std::string event_id;
    std::string key;
    KeyScope scope = KeyScope::new_key;
    char operation = 0;
};

class PayloadRecorder final : public PayloadWriter {
public:
    void add(const Payload& payload) override {
        payloads.push_back({.body = std::string(payload.body),
                            .event_id = std::string(payload.event_id),
                            .key = std::string(payload.key),
                            .scope = payload.scope,
                            .operation = payload.operation});
    }

    std::vector<RecordedPayload> payloads;
};

}  // namespace glassflow::format
