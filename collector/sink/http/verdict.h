// How a request over HTTP went -> what to do next, as far as that is the same for every destination. Pure.
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

// No answer: curl_code is a CURLcode other than CURLE_OK, destination the scheme://host:port that did not answer.
Verdict classify_failure(int curl_code, std::string_view destination);

// The pause that a destination asked for, never longer than an hour.
std::optional<std::chrono::milliseconds> bounded_retry_after(std::optional<std::chrono::seconds> retry_after);

// Text of a destination as it can be shown: at most 200 characters, `?` for what is not printable ASCII, and without
// the line end that closes it.
std::string printable(std::string_view text);

}  // namespace glassflow::sink
