// What an OTLP receiver answered -> what to do with the records of the request. Pure.
//
// More lenient than OTLP's own rules, which call HTTP 500 final: GlassFlow's receiver says 500 for what may pass, and
// tells apart by the text of the body what may not.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sink/otlp/settings.h"

namespace glassflow::sink {

enum class OtlpOutcome : std::uint8_t {
    delivered,
    busy,     // no request can be taken now: slow down as a whole
    lost,     // no answer: the request may have been too much, try again with less
    failed,   // something is wrong at the receiver; tried again, but not for ever
    refused,  // a record of this request will never be accepted
    halt,     // no request will be accepted until a person has changed something
};

struct OtlpVerdict {
    OtlpOutcome outcome = OtlpOutcome::delivered;
    std::string reason;  // empty when delivered
    std::optional<std::chrono::milliseconds> retry_after;
};

// An answer. retry_after is the header's value, already a duration; body is (the beginning of) the answer's body.
OtlpVerdict classify_otlp_response(OtlpEncoding encoding, long status, std::string_view body,
                                   std::optional<std::chrono::seconds> retry_after);

// No answer: curl_code is a CURLcode other than CURLE_OK, destination the scheme://host:port that did not answer.
OtlpVerdict classify_otlp_failure(int curl_code, std::string_view destination);

}  // namespace glassflow::sink
