// Options are set once per handle; per request only body and headers change.
#include "sink/http/transfer.h"

#include <algorithm>
#include <new>

#include "sink/sink.h"

namespace glassflow::sink {

namespace {

constexpr std::size_t kept_answer_bytes = 4096;  // what is needed to quote the reason of a refusal
constexpr std::chrono::milliseconds longest_connect_timeout{10'000};

}  // namespace

void initialise_libcurl() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        throw SinkError(std::string("libcurl could not be initialised: ") + curl_easy_strerror(code), "");
    }
}

CurlHeaders make_headers(const std::vector<std::string>& lines) {
    CurlHeaders headers;
    for (const auto& line : lines) {
        auto* longer = curl_slist_append(headers.get(), line.c_str());
        if (longer == nullptr) {
            throw std::bad_alloc();
        }
        static_cast<void>(headers.release());  // is part of longer now
        headers.reset(longer);
    }
    return headers;
}

void set_common_options(CURL* handle, const Endpoint& endpoint, std::chrono::milliseconds timeout) {
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(timeout.count()));
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(timeout, longest_connect_timeout).count()));
    // A name server that does not answer must not hold up the end of the program.
    curl_easy_setopt(handle, CURLOPT_QUICK_EXIT, 1L);
    if (endpoint.is_loopback) {
        curl_easy_setopt(handle, CURLOPT_NOPROXY, "*");  // http_proxy in the environment is for the outside
    }
}

Transfer::Transfer(std::size_t number, const Endpoint& endpoint, const std::string& url,
                   std::chrono::milliseconds timeout)
    : number_(number), handle_(curl_easy_init()) {
    if (!handle_) {
        throw std::bad_alloc();
    }
    auto* handle = handle_.get();
    set_common_options(handle, endpoint, timeout);
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle, CURLOPT_PRIVATE, this);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &Transfer::receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    answer_.reserve(kept_answer_bytes);  // nothing is allocated while requests run
}

Transfer& Transfer::of(CURL* handle) {
    char* self = nullptr;
    curl_easy_getinfo(handle, CURLINFO_PRIVATE, &self);
    return *reinterpret_cast<Transfer*>(self);
}

void Transfer::prepare(std::string_view body, curl_slist* headers) {
    answer_.clear();
    curl_easy_setopt(handle_.get(), CURLOPT_POST, 1L);
    curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(handle_.get(), CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
}

void Transfer::prepare_get(curl_slist* headers) {
    answer_.clear();
    curl_easy_setopt(handle_.get(), CURLOPT_HTTPGET, 1L);
    curl_easy_setopt(handle_.get(), CURLOPT_HTTPHEADER, headers);
}

Answer Transfer::answer() const {
    Answer answer;
    curl_off_t retry_after_s = 0;  // libcurl reads both forms, seconds and date; 0 when there is none
    curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &answer.status);
    curl_easy_getinfo(handle_.get(), CURLINFO_RETRY_AFTER, &retry_after_s);
    if (retry_after_s > 0) {
        answer.retry_after = std::chrono::seconds(retry_after_s);
    }
    answer.body = answer_;
    return answer;
}

std::size_t Transfer::receive(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& answer = static_cast<Transfer*>(self)->answer_;
    auto received = size * count;
    answer.append(bytes, std::min(received, kept_answer_bytes - answer.size()));
    return received;  // the rest is read and dropped, so that the connection can be used again
}

}  // namespace glassflow::sink
