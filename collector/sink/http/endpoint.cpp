// libcurl parses, so that what is checked is what libcurl will do.
#include "sink/http/endpoint.h"

#include <curl/curl.h>

#include <memory>
#include <new>

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

bool is_loopback_host(const std::string& host) {
    return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

}  // namespace

// The URL itself is not quoted in errors: it may hold a password, which is what the error may be about.
Endpoint parse_endpoint(std::string_view sink_name, const std::string& text, std::string_view example) {
    auto refuse = [&](const std::string& why) -> void {
        throw SinkError("url of sink \"" + std::string(sink_name) + "\" " + why,
                        "Give it as http(s)://host[:port]/path, for example " + std::string(example) + ".");
    };
    CurlUrl url(curl_url());
    if (!url) {
        throw std::bad_alloc();
    }
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
        refuse("is not a URL");
    }
    auto scheme = part_of(url, CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") {
        refuse("has scheme \"" + scheme + "\", not http or https");
    }
    auto host = part_of(url, CURLUPART_HOST);
    if (host.empty()) {
        refuse("has no host");
    }
    if (!part_of(url, CURLUPART_USER).empty() || !part_of(url, CURLUPART_PASSWORD).empty()) {
        refuse("holds a user or password");
    }
    if (!part_of(url, CURLUPART_QUERY).empty() || !part_of(url, CURLUPART_FRAGMENT).empty()) {
        refuse("has a query or fragment");
    }
    auto port = part_of(url, CURLUPART_PORT);
    auto path = part_of(url, CURLUPART_PATH);
    while (path.ends_with('/')) {
        path.pop_back();
    }
    auto destination = scheme + "://" + host + (port.empty() ? "" : ":" + port);
    return {destination + path, destination, is_loopback_host(host), scheme == "https"};
}

}  // namespace glassflow::sink
