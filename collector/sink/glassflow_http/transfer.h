// One request at a time on one reusable libcurl handle: body out, status and the beginning of the answer back.
//
// Used by one thread. The body is not copied: it must stay where it is until the request has ended.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "retry/retry_policy.h"
#include "sink/glassflow_http/pacing.h"
#include "sink/glassflow_http/request.h"
#include "sink/glassflow_http/response.h"
#include "sink/lane_queue.h"

namespace glassflow::sink {

struct CurlHeadersFree {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};
using CurlHeaders = std::unique_ptr<curl_slist, CurlHeadersFree>;

struct CurlHandleCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using CurlHandle = std::unique_ptr<CURL, CurlHandleCleanup>;

CurlHeaders make_headers(const GlassflowRequest& request);

// What a handle needs whatever it is used for: protocols, TLS, no redirects, no signals.
void set_common_options(CURL* handle, const GlassflowRequest& request, std::chrono::milliseconds timeout);

class Transfer {
public:
    // request and headers outlive the transfer.
    Transfer(const GlassflowRequest& request, curl_slist* headers, const GlassflowHttpSettings& settings);
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    CURL* handle() const { return handle_.get(); }
    static Transfer& of(CURL* handle);

    void prepare(std::string_view body);
    Verdict verdict(CURLcode code) const;  // after it has ended

    // What is under way on it; kept here by the request loop.
    LaneQueue::Slot slot = 0;
    retry::RetryPolicy retry;
    Pacing::Epoch epoch = 0;
    bool is_under_way = false;

private:
    static std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* self);

    const GlassflowRequest& request_;
    CurlHandle handle_;
    std::string answer_;
};

}  // namespace glassflow::sink
