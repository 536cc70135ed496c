// Everything that goes into a URL or a header is checked here once, so that nothing a person (or a generated
// configuration) writes into pipeline_id or access_token can become another path or another header.
#include "sink/glassflow_http/request.h"

#include <curl/curl.h>

#include <algorithm>
#include <memory>

#include "sink/sink.h"

namespace glassflow::sink {

namespace {

struct CurlUrlCleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using CurlUrl = std::unique_ptr<CURLU, CurlUrlCleanup>;

// Empty when the URL does not have the part.
std::string part_of(const CurlUrl& url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url.get(), part, &text, 0) != CURLUE_OK) {
        return {};
    }
    std::string copy = text;
    curl_free(text);
    return copy;
}

// The URL itself is not quoted in errors: it may hold a password, which is what the error may be about.
CurlUrl parse_url(const GlassflowHttpSettings& settings) {
    auto refuse = [&](const std::string& why) -> void {
        throw SinkError("url of sink \"" + settings.name + "\" " + why,
                        "Give it as http(s)://host[:port]/path, for example https://api.glassflow.dev/v1.");
    };
    CurlUrl url(curl_url());
    if (!url) {
        throw std::bad_alloc();
    }
    if (curl_url_set(url.get(), CURLUPART_URL, settings.url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        refuse("is not a URL");
    }
    auto scheme = part_of(url, CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") {
        refuse("has scheme \"" + scheme + "\", not http or https");
    }
    if (part_of(url, CURLUPART_HOST).empty()) {
        refuse("has no host");
    }
    if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
        refuse("holds a user or password");
    }
    if (!part_of(url, CURLUPART_QUERY).empty() || !part_of(url, CURLUPART_FRAGMENT).empty()) {
        refuse("has a query or fragment");
    }
    return url;
}

void check_pipeline_id(const GlassflowHttpSettings& settings) {
    auto is_allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    const auto& id = settings.pipeline_id;
    if (id.empty() || id.size() > 128 || !std::all_of(id.begin(), id.end(), is_allowed)) {
        throw SinkError("pipeline_id of sink \"" + settings.name + "\" is not a pipeline id",
                        "Copy the id of the pipeline from GlassFlow; it has letters, digits, - and _ only.");
    }
}

void check_access_token(const GlassflowHttpSettings& settings) {
    auto is_allowed = [](char c) { return c > ' ' && c < 0x7f; };
    const auto& token = settings.access_token;
    if (token.empty()) {
        throw SinkError("access_token of sink \"" + settings.name + "\" is empty",
                        "Set it to the access token of the pipeline, for example access_token: ${GLASSFLOW_TOKEN}.");
    }
    if (!std::all_of(token.begin(), token.end(), is_allowed)) {
        throw SinkError("access_token of sink \"" + settings.name + "\" has characters that no token has",
                        "Look for a line break, a space or quotes that came with it.");
    }
}

bool is_loopback_host(const std::string& host) {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

GlassflowRequest make_request(const GlassflowHttpSettings& settings) {
    auto url = parse_url(settings);
    check_pipeline_id(settings);
    check_access_token(settings);

    GlassflowRequest request;
    auto host = part_of(url, CURLUPART_HOST);
    auto port = part_of(url, CURLUPART_PORT);
    auto scheme = part_of(url, CURLUPART_SCHEME);
    request.destination = scheme + "://" + host + (port.empty() ? "" : ":" + port);
    request.is_loopback = is_loopback_host(host);
    request.is_encrypted = scheme == "https";

    auto path = part_of(url, CURLUPART_PATH);
    while (path.ends_with('/')) {
        path.pop_back();
    }
    auto base = request.destination + path + "/pipelines/" + settings.pipeline_id;
    request.events_url = base + "/topics/input/events";
    request.credential_url = base + "/status/access_token";
    request.headers = {
        "X-PIPELINE-ACCESS-TOKEN: " + settings.access_token,
        "Content-Type: application/json",
        "Accept: application/json",
        std::string("User-Agent: glassflow-collector/") + GLASSFLOW_VERSION,
        "Expect:",  // removes libcurl's own, which would cost a round trip for large events
    };
    return request;
}

}  // namespace glassflow::sink
