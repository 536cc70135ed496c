// One HTTP request on libcurl, its whole answer back. The only file of this room that touches a socket.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace glassflow::etl {

struct HttpRequest {
    std::string method = "GET";
    std::string url;
    std::optional<std::string> body;
    std::vector<std::string> headers;  // "Name: value"; may hold secrets
    std::chrono::milliseconds timeout{30'000};
    bool is_any_certificate_good = false;
};

struct HttpAnswer {
    long status = 0;
    std::string body;
};

// No answer, or not a whole one: the request may have been carried out or not.
class HttpError : public std::runtime_error {
public:
    HttpError(const std::string& what, std::string partial_body)
        : std::runtime_error(what), partial_body_(std::move(partial_body)) {}
    const std::string& partial_body() const { return partial_body_; }

private:
    std::string partial_body_;
};

// Throws HttpError. Answers of more than 1 GiB are cut off, as an error.
HttpAnswer call(const HttpRequest& request);

// "http://host:port" of a URL, for messages: no path, no credentials. Empty when it is no http(s) URL.
std::string origin_of(const std::string& url);

}  // namespace glassflow::etl
