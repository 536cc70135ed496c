// The URL that a person gave -> what requests to it and messages about it need. Everything unexpected in it is refused.
#pragma once

#include <string>
#include <string_view>

namespace glassflow::sink {

struct Endpoint {
    std::string url;          // scheme://host:port/path without a slash at its end; paths are appended to it
    std::string destination;  // scheme://host:port, for messages; holds no secret
    bool is_loopback = false;
    bool is_encrypted = false;
};

// Throws SinkError, which does not repeat the URL: not http(s), no host, a user or password, a query or fragment.
Endpoint parse_endpoint(std::string_view sink_name, const std::string& url, std::string_view example);

}  // namespace glassflow::sink
