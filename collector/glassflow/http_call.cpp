#include "glassflow/http_call.h"

#include <curl/curl.h>

#include <new>

namespace glassflow::etl {

namespace {

constexpr std::size_t answer_bytes_max = std::size_t{1} << 30;
constexpr std::chrono::milliseconds connect_timeout_max{10'000};

struct HandleCleanup {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct HeadersFree {
    void operator()(curl_slist* headers) const { curl_slist_free_all(headers); }
};
struct UrlCleanup {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

std::size_t receive(char* bytes, std::size_t size, std::size_t count, void* body) {
    auto& text = *static_cast<std::string*>(body);
    if (text.size() + size * count > answer_bytes_max)
        return 0;
    text.append(bytes, size * count);
    return size * count;
}

std::string part_of(CURLU* url, CURLUPart part) {
    char* text = nullptr;
    if (curl_url_get(url, part, &text, 0) != CURLUE_OK)
        return {};
    std::string copy = text;
    curl_free(text);
    return copy;
}

}  // namespace

std::string origin_of(const std::string& url) {
    const std::unique_ptr<CURLU, UrlCleanup> parsed(curl_url());
    if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK)
        return {};
    const std::string scheme = part_of(parsed.get(), CURLUPART_SCHEME);
    const std::string port = part_of(parsed.get(), CURLUPART_PORT);
    if (scheme != "http" && scheme != "https")
        return {};
    return scheme + "://" + part_of(parsed.get(), CURLUPART_HOST) + (port.empty() ? "" : ":" + port);
}

HttpAnswer call(const HttpRequest& request) {
    const std::unique_ptr<CURL, HandleCleanup> owner(curl_easy_init());
    if (!owner)
        throw std::bad_alloc();
    CURL* const handle = owner.get();
    std::unique_ptr<curl_slist, HeadersFree> headers;
    for (const std::string& header : request.headers) {
        curl_slist* const longer = curl_slist_append(headers.get(), header.c_str());
        if (longer == nullptr)
            throw std::bad_alloc();
        static_cast<void>(headers.release());  // is part of longer now
        headers.reset(longer);
    }
    HttpAnswer answer;
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, request.is_any_certificate_good ? 0L : 1L);
    curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, request.is_any_certificate_good ? 0L : 2L);
    curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
    curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(request.timeout, connect_timeout_max).count()));
    curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(handle, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &receive);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
    if (request.body) {
        curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body->data());
        curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body->size()));
    }
    const CURLcode code = curl_easy_perform(handle);
    if (code != CURLE_OK)
        throw HttpError(curl_easy_strerror(code), std::move(answer.body));
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &answer.status);
    return answer;
}

}  // namespace glassflow::etl
