// The contract's table of answers, in its order. Where it is silent: what speaks about the content of the request
// refuses a record of it, what speaks about the way to the receiver stops delivery, and what may pass is tried again.
#include "sink/otlp/response.h"

#include <google/protobuf/util/json_util.h>

#include <utility>

#include "sink/http/verdict.h"
#include "sink/otlp/logs.pb.h"

namespace glassflow::sink {

namespace {

using std::chrono::milliseconds;

// Texts of the receiver that tell one HTTP 400 or 500 from another.
constexpr std::string_view missing_header = "missing x-glassflow-pipeline-id header";
constexpr std::string_view unknown_pipeline = "no active pipeline found";
constexpr std::string_view empty_dedup_value = "dedup value is empty";
constexpr std::string_view too_large_for_nats = "maximum payload exceeded";

bool holds(std::string_view text, std::string_view wanted) {
    return text.find(wanted) != std::string_view::npos;
}

// Behind a double quote a decoder repeats what it could not read, which is a row: nothing is quoted from there on.
std::string describe(std::string_view what, long status, std::string_view body) {
    auto text = std::string(what) + " (HTTP " + std::to_string(status);
    auto quoted = printable(body.substr(0, body.find('"')));
    if (!quoted.empty()) {
        text += ": " + quoted;
    }
    return text + ")";
}

OtlpVerdict halt(std::string_view what, long status, std::string_view body) {
    return {OtlpOutcome::halt, describe(what, status, body), {}};
}

std::optional<glassflow::otlp::ExportLogsServiceResponse> parse_answer(OtlpEncoding encoding, std::string_view body) {
    glassflow::otlp::ExportLogsServiceResponse answer;
    if (encoding == OtlpEncoding::protobuf) {
        return answer.ParseFromArray(body.data(), static_cast<int>(body.size())) ? std::optional(answer) : std::nullopt;
    }
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    const auto status = google::protobuf::util::JsonStringToMessage({body.data(), body.size()}, &answer, options);
    return status.ok() ? std::optional(answer) : std::nullopt;
}

OtlpVerdict classify_success(OtlpEncoding encoding, long status, std::string_view body) {
    const auto answer = parse_answer(encoding, body);
    if (!answer) {
        return halt("answer is none of an OTLP receiver; check url", status, {});
    }
    // GlassFlow's receiver never says so. One that does has dropped records: it is asked again for less, until it is
    // known which.
    if (answer->partial_success().rejected_log_records() > 0) {
        return {OtlpOutcome::refused,
                describe("record was rejected", status, answer->partial_success().error_message()),
                {}};
    }
    return {};
}

OtlpVerdict classify_client_error(long status, std::string_view body, std::optional<milliseconds> retry_after) {
    switch (status) {
        case 400:
            if (holds(body, missing_header)) {
                return halt("header x-glassflow-pipeline-id did not arrive; check what stands between", status, body);
            }
            return {OtlpOutcome::refused, describe("record was refused", status, body), {}};
        case 413:
        case 422:
            return {OtlpOutcome::refused, describe("record was refused", status, body), {}};
        case 408:
        case 425:
        case 429:
            return {OtlpOutcome::busy, describe("asked to slow down", status, body), retry_after};
        default:  // 401 and 403 of a proxy, 404 and 405 of another server, 415
            return halt("request was refused; check url and what stands between", status, body);
    }
}

OtlpVerdict classify_server_error(long status, std::string_view body, std::optional<milliseconds> retry_after) {
    if (status == 500 && holds(body, unknown_pipeline)) {
        return halt("pipeline was not found; check pipeline_id and pipelines", status, body);
    }
    if (status == 500 && holds(body, empty_dedup_value)) {
        return halt("pipeline deduplicates by a field that is empty in these events; make its key attributes.event_id",
                    status, body);
    }
    if (status == 500 && holds(body, too_large_for_nats)) {
        return {OtlpOutcome::refused, describe("record is too large for the receiver", status, body), {}};
    }
    if (status == 502 || status == 503 || status == 504 || retry_after) {
        return {OtlpOutcome::busy, describe("receiver is unavailable", status, body), retry_after};
    }
    return {OtlpOutcome::failed, describe("receiver failed", status, body), {}};
}

}  // namespace

OtlpVerdict classify_otlp_response(OtlpEncoding encoding, long status, std::string_view body,
                                   std::optional<std::chrono::seconds> retry_after) {
    const auto pause = bounded_retry_after(retry_after);
    if (status == 200) {
        return classify_success(encoding, status, body);
    }
    if (status >= 400 && status < 500) {
        return classify_client_error(status, body, pause);
    }
    if (status >= 500 && status < 600) {
        return classify_server_error(status, body, pause);
    }
    if (status >= 300 && status < 400) {
        return halt("url redirects elsewhere; set url to the address of the receiver itself", status, {});
    }
    return halt("answer is none of an OTLP receiver; check url", status, {});
}

OtlpVerdict classify_otlp_failure(int curl_code, std::string_view destination) {
    auto verdict = classify_failure(curl_code, destination);
    const auto outcome = verdict.outcome == Outcome::retry_payload       ? OtlpOutcome::lost
                         : verdict.outcome == Outcome::retry_destination ? OtlpOutcome::busy
                                                                         : OtlpOutcome::halt;
    return {outcome, std::move(verdict.reason), {}};
}

}  // namespace glassflow::sink
