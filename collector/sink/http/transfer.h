// One request at a time on one reusable libcurl handle: body out, status and the beginning of the answer back.
//
// Used by one thread. The body is not copied: it must stay where it is until the request has ended.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sink/http/endpoint.h"

namespace glassflow::sink {

struct CurlHeadersFree {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};
using CurlHeaders = std::unique_ptr<curl_slist, CurlHeadersFree>;

struct CurlHandleCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleCleanup>;

// curl_global_init() is to be called once, before anything else of libcurl. Throws SinkError.
void initialise_libcurl();

CurlHeaders make_headers(const std::vector<std::string>& lines);  // "Name: value"

// What a handle needs whatever it is used for: protocols, TLS, no redirects, no signals.
void set_common_options(CURL* handle, const Endpoint& endpoint, std::chrono::milliseconds timeout);

struct Answer {
    long status = 0;
    std::string_view body;  // its first 4 KiB; valid until the transfer is used again
    std::optional<std::chrono::seconds> retry_after;
};

class Transfer {
public:
    // number names the transfer to its owner.
    Transfer(std::size_t number, const Endpoint& endpoint, const std::string& url, std::chrono::milliseconds timeout);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    std::size_t number() const { return number_; }
    CURL* handle() const { return handle_.get(); }
    static Transfer& of(CURL* handle);

    // A POST. The headers, too, must stay until it has ended.
    void prepare(std::string_view body, curl_slist* headers);
    // A GET instead.
    void prepare_get(curl_slist* headers);
    Answer answer() const;  // after it has ended with CURLE_OK

private:
    static std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* self);

    std::size_t number_;
    CurlHandle handle_;
    std::string answer_;
};

}  // namespace glassflow::sink
