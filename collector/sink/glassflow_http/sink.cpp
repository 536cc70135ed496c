// The thread around the request loop: takes what was pushed, turns the loop, stops when asked to.
#include "sink/glassflow_http/sink.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "log/log.h"
#include "sink/worker_thread.h"

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_check{10'000};

// curl_global_init() is to be called once, before anything else of libcurl.
GlassflowHttpSettings with_libcurl(GlassflowHttpSettings settings) {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) {
        throw SinkError(std::string("libcurl could not be initialised: ") + curl_easy_strerror(code), "");
    }
    return settings;
}

std::size_t ignore_answer(char*, std::size_t size, std::size_t count, void*) {
    return size * count;
}

}  // namespace

GlassflowHttpSink::GlassflowHttpSink(GlassflowHttpSettings settings)
    : settings_(with_libcurl(std::move(settings))), loop_(settings_) {}

GlassflowHttpSink::~GlassflowHttpSink() {
    finish(TimePoint::min());
}

void GlassflowHttpSink::check() {
    auto request = make_request(settings_);
    auto headers = make_headers(request);
    CurlHandle handle(curl_easy_init());
    if (!handle) {
        throw std::bad_alloc();
    }
    set_common_options(handle.get(), request, std::min(settings_.request_timeout, longest_check));
    curl_easy_setopt(handle.get(), CURLOPT_URL, request.credential_url.c_str());
    curl_easy_setopt(handle.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(handle.get(), CURLOPT_WRITEFUNCTION, &ignore_answer);

    auto refuse = [&](const std::string& what, const std::string& hint) {
        throw SinkError("sink \"" + settings_.name + "\" " + what, hint);
    };
    auto code = curl_easy_perform(handle.get());
    if (code != CURLE_OK) {
        refuse("cannot reach " + request.destination + ": " + curl_easy_strerror(code),
               "Check url, and that this machine may connect there.");
    }
    long status = 0;
    curl_easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status == 401) {
        refuse("was refused by " + request.destination + ": the access token is not valid (HTTP 401)",
               "Set access_token to the token of pipeline " + settings_.pipeline_id + ".");
    }
    if (status == 404) {
        refuse("found no pipeline " + settings_.pipeline_id + " at " + request.destination + " (HTTP 404)",
               "Check pipeline_id, and that url has the path of the API, such as /v1.");
    }
    if (status >= 300 && status < 400) {
        refuse("was redirected by " + request.destination + " (HTTP " + std::to_string(status) + ")",
               "Set url to the address of the API itself; redirects are not followed with an access token.");
    }
    if (status != 200) {
        refuse("got an unexpected answer from " + request.destination + " (HTTP " + std::to_string(status) + ")",
               "Check url; if it is right, try again later.");
    }
}

void GlassflowHttpSink::start(DeliveryListener& listener, const std::string&) {
    auto request = make_request(settings_);
    if (!request.is_encrypted && !request.is_loopback) {
        log::warning("events and access token travel unencrypted, use https",
                     {{"sink", settings_.name}, {"destination", request.destination}});
    }
    thread_ = start_worker_thread("sink-" + settings_.name, [this, &listener] { run(listener); });
}

void GlassflowHttpSink::push(std::vector<Payload>&& payloads) {
    bool was_empty = false;
    {
        std::lock_guard lock(mutex_);
        was_empty = inbox_.empty();
        if (was_empty) {
            inbox_ = std::move(payloads);
        } else {
            std::move(payloads.begin(), payloads.end(), std::back_inserter(inbox_));
        }
    }
    if (was_empty) {
        loop_.wake();
    }
}

bool GlassflowHttpSink::finish(TimePoint deadline) {
    {
        std::lock_guard lock(mutex_);
        is_finishing_ = true;
        deadline_ = deadline;
    }
    if (thread_.joinable()) {
        loop_.wake();
        thread_.join();
    }
    std::lock_guard lock(mutex_);
    return left_ == 0 && inbox_.empty();
}

void GlassflowHttpSink::run(DeliveryListener& listener) {
    try {
        while (turn(listener)) {
        }
    } catch (const std::exception& error) {
        listener.halted(error.what());
    }
    std::lock_guard lock(mutex_);
    left_ = loop_.left();
}

bool GlassflowHttpSink::turn(DeliveryListener& listener) {
    std::vector<Payload> payloads;
    bool is_finishing = false;
    TimePoint deadline;
    {
        std::lock_guard lock(mutex_);
        payloads.swap(inbox_);
        is_finishing = is_finishing_;
        deadline = deadline_;
    }
    loop_.add(std::move(payloads));
    if (is_finishing && std::chrono::steady_clock::now() >= deadline) {
        return false;
    }
    if (!loop_.turn(listener) || (is_finishing && loop_.left() == 0)) {
        return false;
    }
    loop_.wait(deadline);
    return true;
}

}  // namespace glassflow::sink
