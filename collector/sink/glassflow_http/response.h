// What came back -> what to do with the payload. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glassflow::sink {

enum class Outcome : std::uint8_t {
    delivered,
    retry_payload,      // something went wrong with this request; others may well succeed
    retry_destination,  // the destination cannot take any request now: slow down as a whole
    refused,            // will never be accepted
    halt,               // no request will be accepted until a person has changed something
};

struct Verdict {
    Outcome outcome = Outcome::delivered;
    std::string reason;  // empty when delivered
    std::optional<std::chrono::milliseconds> retry_after;
};

// An answer. retry_after is the header's value, already a duration; body is (the beginning of) the answer's body.
Verdict classify_response(long status, std::string_view body, std::optional<std::chrono::seconds> retry_after);

// No answer: curl_code is a CURLcode other than CURLE_OK, destination the scheme://host:port that did not answer.
Verdict classify_failure(int curl_code, std::string_view destination);

// The text of {"detail":"text"}, bounded and printable, so that it can be shown; empty when the body is anything else.
std::string quote_detail(std::string_view body);

}  // namespace glassflow::sink
