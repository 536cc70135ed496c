// libcurl's errors by what they say about the next request, and the bounds of what a destination may make us do or
// show.
#include "sink/http/verdict.h"

#include <curl/curl.h>

#include <algorithm>

namespace glassflow::sink {

namespace {

// Longest pause a destination can ask for: beyond that it is a mistake on its side, or hostile.
constexpr std::chrono::seconds longest_retry_after{3600};
constexpr std::size_t longest_text = 200;

}  // namespace

Verdict classify_failure(int curl_code, std::string_view destination) {
    auto code = static_cast<CURLcode>(curl_code);
    std::string reason = std::string(destination) + ": " + curl_easy_strerror(code);
    switch (code) {
        case CURLE_URL_MALFORMAT:
            return {Outcome::halt, "no request can be made to " + reason, {}};
        case CURLE_UNSUPPORTED_PROTOCOL:  // what libcurl calls an answer without an HTTP status line
            return {Outcome::retry_destination, "answer of " + std::string(destination) + " is not HTTP", {}};
        // One connection broke, or one request took too long: the next may do better.
        case CURLE_OPERATION_TIMEDOUT:
        case CURLE_GOT_NOTHING:
        case CURLE_SEND_ERROR:
        case CURLE_RECV_ERROR:
        case CURLE_PARTIAL_FILE:
        case CURLE_HTTP2_STREAM:
        case CURLE_WEIRD_SERVER_REPLY:
            return {Outcome::retry_payload, "no answer from " + reason, {}};
        default:
            return {Outcome::retry_destination, "could not reach " + reason, {}};
    }
}

std::optional<std::chrono::milliseconds> bounded_retry_after(std::optional<std::chrono::seconds> retry_after) {
    if (!retry_after) {
        return std::nullopt;
    }
    return std::clamp(*retry_after, std::chrono::seconds(0), longest_retry_after);
}

std::string printable(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) {
        text.remove_suffix(1);
    }
    std::string shown(text.substr(0, longest_text));
    std::replace_if(
        shown.begin(), shown.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
    return shown;
}

}  // namespace glassflow::sink
