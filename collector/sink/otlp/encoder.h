// Payloads -> the body of one OTLP logs request, in order: one log record per change.
//
//   resource.attributes  where the changes come from, the same for all
//   scope.name           schema.table; changes of one table that follow each other share a scope, so a request keeps
//   the
//                        order of the stream. A logical message has a scope without a name
//   record               time_unix_nano: commit time; severity_text: INSERT, UPDATE, DELETE, TRUNCATE, MESSAGE or
//   SNAPSHOT;
//                        body: the event in its form; attributes: event_id, lsn (a decimal number), op, schema, table
#pragma once

#include <google/protobuf/arena.h>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sink/otlp/settings.h"
#include "sink/payload.h"

namespace glassflow::sink {

class OtlpEncoder {
public:
    OtlpEncoder(OtlpEncoding encoding, std::vector<std::pair<std::string, std::string>> resource);

    // Replaces what is in request; its memory is used again. Throws std::runtime_error when it cannot be encoded.
    void encode(std::span<const Payload* const> payloads, std::string& request);

    // Never less than what the payload adds to a request.
    std::size_t record_bytes(const Payload& payload) const;
    // Never less than what a request has beside its records.
    std::size_t envelope_bytes() const { return envelope_bytes_; }
    // Never less than the JSON object that the receiver makes of the record, and must be able to hand on.
    std::size_t flattened_bytes(const Payload& payload) const;

private:
    OtlpEncoding encoding_;
    std::vector<std::pair<std::string, std::string>> resource_;
    std::size_t envelope_bytes_ = 0;
    std::vector<char> first_block_;  // of the arena: batches of usual size allocate little beside it
    google::protobuf::Arena arena_;
};

// The size of text in a JSON string as Go's encoding/json writes it: it escapes < > & and U+2028, too.
std::size_t escaped_bytes(std::string_view text);

}  // namespace glassflow::sink
