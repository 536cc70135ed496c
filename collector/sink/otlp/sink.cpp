// Checks the receiver and its pipelines, starts the thread that turns the export loop.
#include "sink/otlp/sink.h"

#include <google/protobuf/stubs/logging.h>

#include <algorithm>

#include "log/log.h"
#include "sink/http/transfer.h"
#include "sink/http/verdict.h"

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_check{20'000};

// It speaks of a text that is not UTF-8, once per text: what becomes of the record is for the receiver's answer to
// tell.
void log_protobuf(google::protobuf::LogLevel, const char*, int, const std::string& message) {
    log::debug("protobuf complains", {{"message", printable(message)}});
}

OtlpSettings with_libraries(OtlpSettings settings) {
    initialise_libcurl();
    google::protobuf::SetLogHandler(&log_protobuf);
    return settings;
}

}  // namespace

OtlpSink::OtlpSink(OtlpSettings settings)
    : settings_(with_libraries(std::move(settings))), loop_(settings_), thread_(loop_) {}

void OtlpSink::check() {
    const auto request = make_otlp_request(settings_);
    check_health(request, request.health_url);
    check_health(request, request.ready_url);
    for (const auto& id : loop_.pipeline_ids()) {
        check_pipeline(request, id);
    }
}

void OtlpSink::check_health(const OtlpRequest& request, const std::string& url) const {
    Transfer transfer(0, request.endpoint, url, std::min(settings_.request_timeout, longest_check));
    transfer.prepare_get(nullptr);
    const auto code = curl_easy_perform(transfer.handle());
    if (code != CURLE_OK) {
        refuse("cannot reach " + request.endpoint.destination + ": " + curl_easy_strerror(code),
               "Check url, and that this machine may connect there.");
    }
    const auto answer = transfer.answer();
    if (answer.status != 200) {
        refuse("got HTTP " + std::to_string(answer.status) + " from " + url + ": " + printable(answer.body),
               answer.status == 503 ? "The receiver is up and not healthy; look at it and at its NATS."
                                    : "Check url: it is that of GlassFlow's OTLP receiver, without /v1/logs.");
    }
}

// An export without records is answered like any other, and stores nothing.
void OtlpSink::check_pipeline(const OtlpRequest& request, const std::string& id) const {
    const auto headers = make_headers(otlp_headers(settings_, id));
    const std::string_view nothing = settings_.encoding == OtlpEncoding::protobuf ? "" : "{}";
    Transfer transfer(0, request.endpoint, request.logs_url, std::min(settings_.request_timeout, longest_check));
    transfer.prepare(nothing, headers.get());
    const auto code = curl_easy_perform(transfer.handle());
    const auto answer = transfer.answer();
    const auto verdict = code == CURLE_OK ? classify_otlp_response(settings_.encoding, answer.status, answer.body, {})
                                          : classify_otlp_failure(code, request.endpoint.destination);
    switch (verdict.outcome) {
        case OtlpOutcome::delivered:
            return;
        case OtlpOutcome::busy:
        case OtlpOutcome::lost:
        case OtlpOutcome::failed:
            refuse("could not ask for pipeline " + id + ": " + verdict.reason, "Try again later.");
        case OtlpOutcome::refused:
        case OtlpOutcome::halt:
            refuse("was refused for pipeline " + id + ": " + verdict.reason,
                   "Create the pipeline, with a source of type otlp.logs, or correct its id.");
    }
}

void OtlpSink::refuse(const std::string& what, const std::string& hint) const {
    throw SinkError("sink \"" + settings_.name + "\" " + what, hint);
}

void OtlpSink::start(DeliveryListener& listener, const std::string&) {
    const auto request = make_otlp_request(settings_);
    if (!request.endpoint.is_encrypted && !request.endpoint.is_loopback) {
        log::warning("events travel unencrypted, use https where the network is not yours alone",
                     {{"sink", settings_.name}, {"destination", request.endpoint.destination}});
    }
    thread_.start("sink-" + settings_.name, listener);
}

}  // namespace glassflow::sink
