// The contract's table of statuses. Where it is silent the rule is: a status that speaks about the row refuses the row,
// one that speaks about the way to the API stops delivery, and anything that may pass is tried again.
#include "sink/glassflow_http/response.h"

#include <rapidjson/document.h>

namespace glassflow::sink {

namespace {

constexpr std::size_t longest_detail_body = 4096;

std::string describe(std::string_view what, long status, std::string_view body) {
    auto text = std::string(what) + " (HTTP " + std::to_string(status);
    auto detail = quote_detail(body);
    if (!detail.empty()) {
        text += ": " + detail;
    }
    return text + ")";
}

Verdict classify_redirection(long status, std::string_view body) {
    return {
        Outcome::halt, describe("url redirects elsewhere; set url to the address of the API itself", status, body), {}};
}

Verdict classify_client_error(long status, std::string_view body,
                              std::optional<std::chrono::milliseconds> retry_after) {
    switch (status) {
        case 401:
            return {Outcome::halt, describe("access token was refused; check access_token", status, body), {}};
        case 404:
            return {Outcome::halt, describe("pipeline was not found; check url and pipeline_id", status, body), {}};
        case 407:  // a proxy's answer, never the API's
            return {Outcome::halt, describe("proxy wants authentication; check the proxy settings", status, body), {}};
        case 408:
        case 425:
            return {retry_after ? Outcome::retry_destination : Outcome::retry_payload,
                    describe("event was not taken yet", status, body), retry_after};
        case 429:
            return {Outcome::retry_destination, describe("asked to slow down", status, body), retry_after};
        default:
            return {Outcome::refused, describe("event was refused", status, body), {}};
    }
}

Verdict classify_server_error(long status, std::string_view body,
                              std::optional<std::chrono::milliseconds> retry_after) {
    bool is_unavailable = status == 502 || status == 503 || status == 504 || retry_after;
    return {is_unavailable ? Outcome::retry_destination : Outcome::retry_payload,
            describe(is_unavailable ? "destination is unavailable" : "destination failed", status, body), retry_after};
}

}  // namespace

Verdict classify_response(long status, std::string_view body, std::optional<std::chrono::seconds> retry_after) {
    const auto pause = bounded_retry_after(retry_after);
    if (status >= 200 && status <= 204) {
        return {};  // 200 is the contract; 201 to 204 say as plainly that the event was taken
    }
    if (status >= 300 && status < 400) {
        return classify_redirection(status, body);
    }
    if (status >= 400 && status < 500) {
        return classify_client_error(status, body, pause);
    }
    if (status >= 500 && status < 600) {
        return classify_server_error(status, body, pause);
    }
    // 207 and the like may mean that something was taken and something not: neither delivered nor refused can be said.
    return {Outcome::halt, describe("answer is none of the events API; check url", status, body), {}};
}

std::string quote_detail(std::string_view body) {
    if (body.empty() || body.size() > longest_detail_body) {
        return {};
    }
    rapidjson::Document document;
    // Iterative: the nesting of a hostile answer must not use up the stack.
    document.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
    if (document.HasParseError() || !document.IsObject()) {
        return {};
    }
    auto detail = document.FindMember("detail");
    if (detail == document.MemberEnd() || !detail->value.IsString()) {
        return {};
    }
    return printable({detail->value.GetString(), detail->value.GetStringLength()});
}

}  // namespace glassflow::sink
