// Checks the credential, starts the thread that turns the request loop.
#include "sink/glassflow_http/sink.h"

#include <algorithm>
#include <utility>

#include "log/log.h"
#include "sink/http/transfer.h"

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_check{10'000};

GlassflowHttpSettings with_libcurl(GlassflowHttpSettings settings) {
    initialise_libcurl();
    return settings;
}

}  // namespace

GlassflowHttpSink::GlassflowHttpSink(GlassflowHttpSettings settings)
    : settings_(with_libcurl(std::move(settings))), loop_(settings_), thread_(loop_) {}

void GlassflowHttpSink::check() {
    auto request = make_request(settings_);
    auto headers = make_headers(request.headers);
    Transfer transfer(0, request.endpoint, request.credential_url, std::min(settings_.request_timeout, longest_check));
    transfer.prepare_get(headers.get());

    auto refuse = [&](const std::string& what, const std::string& hint) {
        throw SinkError("sink \"" + settings_.name + "\" " + what, hint);
    };
    auto code = curl_easy_perform(transfer.handle());
    if (code != CURLE_OK) {
        refuse("cannot reach " + request.endpoint.destination + ": " + curl_easy_strerror(code),
               "Check url, and that this machine may connect there.");
    }
    const long status = transfer.answer().status;
    if (status == 401) {
        refuse("was refused by " + request.endpoint.destination + ": the access token is not valid (HTTP 401)",
               "Set access_token to the token of pipeline " + settings_.pipeline_id + ".");
    }
    if (status == 404) {
        refuse("found no pipeline " + settings_.pipeline_id + " at " + request.endpoint.destination + " (HTTP 404)",
               "Check pipeline_id, and that url has the path of the API, such as /v1.");
    }
    if (status >= 300 && status < 400) {
        refuse("was redirected by " + request.endpoint.destination + " (HTTP " + std::to_string(status) + ")",
               "Set url to the address of the API itself; redirects are not followed with an access token.");
    }
    if (status != 200) {
        refuse(
            "got an unexpected answer from " + request.endpoint.destination + " (HTTP " + std::to_string(status) + ")",
            "Check url; if it is right, try again later.");
    }
}

void GlassflowHttpSink::start(DeliveryListener& listener, const std::string&) {
    auto request = make_request(settings_);
    if (!request.endpoint.is_encrypted && !request.endpoint.is_loopback) {
        log::warning("events and access token travel unencrypted, use https",
                     {{"sink", settings_.name}, {"destination", request.endpoint.destination}});
    }
    thread_.start("sink-" + settings_.name, listener);
}

}  // namespace glassflow::sink
