// A turn: admit, start, perform, collect. Deliveries of one turn are reported together, before a halt of the same turn.
#include "sink/otlp/export_loop.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "sink/oversize.h"

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_wait{60'000};
// GlassFlow's receiver takes 50 at once, of everyone.
constexpr std::size_t most_requests_under_way = 32;
// Against a receiver that keeps failing, with the pauses growing to 30 s: some minutes.
constexpr std::uint32_t most_server_errors = 16;
// So many refusals without a delivery between them are no bad rows: something else is wrong.
constexpr std::uint32_t most_refused_in_a_row = 20;
// What the receiver makes of a record must fit into one message of NATS, whose limit is 1 MiB with its headers.
constexpr std::size_t most_flattened_bytes = 1'040'000;
constexpr std::uint64_t least_event_bytes = 1024;

std::size_t channel_count(const OtlpSettings& settings, const PipelineMap& pipelines) {
    return pipelines.ids().size() * std::max(settings.concurrent_requests, 1u) + 1;
}

std::size_t transfer_count(const OtlpSettings& settings, const PipelineMap& pipelines) {
    return std::min(channel_count(settings, pipelines), most_requests_under_way);
}

}  // namespace

ExportLoop::ExportLoop(const OtlpSettings& settings)
    : settings_(settings),
      request_(make_otlp_request(settings)),
      pipelines_(settings),
      encoder_(settings.encoding, settings.resource),
      transfers_(transfer_count(settings, pipelines_), request_.endpoint, request_.logs_url, settings.request_timeout),
      under_way_(transfer_count(settings, pipelines_)),
      channels_(pipelines_.ids().size(), std::max(settings.concurrent_requests, 1u), settings.max_request_bytes),
      states_(channels_.count(),
              ChannelState{retry::RetryPolicy(settings.retry_initial, settings.retry_max), {}, {}, 0}),
      pacing_(static_cast<std::uint32_t>(transfer_count(settings, pipelines_)), settings.retry_initial,
              settings.retry_max) {
    for (const auto& id : pipelines_.ids()) {
        headers_.push_back(make_headers(otlp_headers(settings, id)));
    }
}

void ExportLoop::add(std::vector<Payload>&& payloads) {
    if (added_.empty()) {
        added_ = std::move(payloads);
    } else {
        std::move(payloads.begin(), payloads.end(), std::back_inserter(added_));
    }
}

bool ExportLoop::turn(DeliveryListener& listener) {
    if (!admit(listener)) {
        return false;
    }
    start_requests(std::chrono::steady_clock::now());
    transfers_.perform();
    return collect(listener);
}

// From what was added into channels. False when a table has no pipeline.
bool ExportLoop::admit(DeliveryListener& listener) {
    static const std::optional<std::string> no_pipeline = "logical message has no pipeline: pipeline_id is not set";
    const auto now = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < states_.size() && !added_.empty(); ++i) {
        if (channels_.channel(i).empty()) {
            states_[i].waiting_since = now;
        }
    }
    for (auto& payload : added_) {
        const auto pipeline = pipelines_.pipeline_of(payload.table);
        if (!pipeline && payload.table != nullptr) {
            listener.halted("table " + payload.table->schema + "." + payload.table->name +
                            " has no pipeline; add it to pipelines or set pipeline_id");
            return false;
        }
        auto reason = pipeline ? why_too_large(payload) : no_pipeline;
        if (reason && pipeline) {
            reason = shorten(payload, std::move(*reason));
        }
        if (reason) {
            listener.refused(payload, *reason);
            payload = {};
            continue;
        }
        const auto bytes = encoder_.record_bytes(payload);
        channels_.push({std::move(payload), bytes}, *pipeline);
    }
    added_.clear();
    return true;
}

std::optional<std::string> ExportLoop::why_too_large(const Payload& payload) const {
    const auto bytes = payload.body.size();
    const auto text = "event of " + std::to_string(bytes) + " bytes is too large: ";
    if (bytes > settings_.max_event_bytes) {
        return text + "max_event_bytes is " + std::to_string(settings_.max_event_bytes);
    }
    // A byte becomes six at most: what is small needs no counting.
    if (bytes > most_flattened_bytes / 8 && encoder_.flattened_bytes(payload) > most_flattened_bytes) {
        return text + "with its quotes escaped the receiver could not hand it on, whose messages have 1 MiB";
    }
    if (encoder_.envelope_bytes() + encoder_.record_bytes(payload) > settings_.max_request_bytes) {
        return text + "max_request_bytes is " + std::to_string(settings_.max_request_bytes);
    }
    return std::nullopt;
}

// The limit that is exceeded may be one of bytes that each byte of the event becomes several of: less is tried until it
// fits.
std::optional<std::string> ExportLoop::shorten(Payload& payload, std::string reason) const {
    if (settings_.oversize != "truncate" || payload.table == nullptr) {
        return reason;
    }
    const auto shape = shape_of(settings_.form);
    for (auto limit = settings_.max_event_bytes; limit >= least_event_bytes; limit /= 2) {
        auto body = without_largest_values(payload.body, payload.key, shape, limit);
        if (!body) {
            break;
        }
        struct Shortened {
            std::string body;
            std::shared_ptr<const void> memory;
        };
        const auto shortened = std::make_shared<const Shortened>(Shortened{std::move(*body), payload.memory});
        Payload candidate = payload;
        candidate.body = shortened->body;
        candidate.memory = shortened;
        if (!why_too_large(candidate)) {
            payload = std::move(candidate);
            return std::nullopt;
        }
    }
    return reason + ", also without its largest values";
}

void ExportLoop::start_requests(TimePoint now) {
    for (std::size_t looked = 0; looked < channels_.count(); ++looked) {
        if (!transfers_.has_idle() || !pacing_.may_start(now, transfers_.under_way())) {
            return;
        }
        const auto channel = next_channel_;
        next_channel_ = (next_channel_ + 1) % channels_.count();
        if (const auto at = ready_at(channel); at && *at <= now) {
            start(channel);
        }
    }
}

std::optional<ExportLoop::TimePoint> ExportLoop::ready_at(std::size_t index) {
    const auto& channel = channels_.channel(index);
    const auto& state = states_[index];
    if (channel.empty() || channel.is_under_way()) {
        return std::nullopt;
    }
    const bool is_full = channel.queued_bytes() >= settings_.max_request_bytes;
    return is_full ? state.due : std::max(state.due, state.waiting_since + settings_.batch_delay);
}

void ExportLoop::start(std::size_t index) {
    const auto payloads = channels_.channel(index).start(settings_.max_request_bytes - encoder_.envelope_bytes());
    auto& request = under_way_[transfers_.next_idle()];
    request.channel = index;
    request.epoch = pacing_.epoch();
    encoder_.encode(payloads, request.body);
    transfers_.start(request.body, headers_[channels_.pipeline_of(index)].get());
}

bool ExportLoop::collect(DeliveryListener& listener) {
    std::optional<std::string> halt_reason;
    const auto now = std::chrono::steady_clock::now();
    while (auto ended = transfers_.next_ended()) {
        if (auto reason = end(*ended, now, listener)) {
            halt_reason = std::move(reason);
        }
    }
    channels_.admit_held();
    if (!delivered_.empty()) {
        listener.delivered(delivered_);
        delivered_.clear();
    }
    if (halt_reason) {
        listener.halted(*halt_reason);
    }
    return !halt_reason;
}

std::optional<std::string> ExportLoop::end(const TransferPool::Ended& ended, TimePoint now,
                                           DeliveryListener& listener) {
    const auto& request = under_way_[ended.number];
    auto& channel = channels_.channel(request.channel);
    const auto verdict = verdict_of(ended);
    switch (verdict.outcome) {
        case OtlpOutcome::delivered:
            accepted(request);
            refused_in_a_row_ = 0;
            channel.delivered(delivered_);
            return std::nullopt;
        case OtlpOutcome::refused:
            accepted(request);
            return refuse(request, verdict.reason, listener);
        case OtlpOutcome::lost:
            channel.lost();
            retry_channel(request, verdict, now, listener);
            return std::nullopt;
        case OtlpOutcome::busy:
            channel.failed();
            retry_destination(request, verdict, now, listener);
            return std::nullopt;
        case OtlpOutcome::failed:
            channel.failed();
            if (++states_[request.channel].server_errors > most_server_errors) {
                return verdict.reason + ", " + std::to_string(most_server_errors + 1) + " times in a row";
            }
            retry_channel(request, verdict, now, listener);
            return std::nullopt;
        case OtlpOutcome::halt:
            break;
    }
    channel.failed();
    return verdict.reason;
}

OtlpVerdict ExportLoop::verdict_of(const TransferPool::Ended& ended) const {
    if (ended.code != CURLE_OK) {
        return classify_otlp_failure(ended.code, request_.endpoint.destination);
    }
    return classify_otlp_response(settings_.encoding, ended.answer.status, ended.answer.body, ended.answer.retry_after);
}

// The receiver works, whatever it thinks of the records.
void ExportLoop::accepted(const UnderWay& request) {
    pacing_.answered(request.epoch);
    states_[request.channel].policy.succeeded();
    states_[request.channel].server_errors = 0;
}

std::optional<std::string> ExportLoop::refuse(const UnderWay& request, const std::string& reason,
                                              DeliveryListener& listener) {
    const auto payload = channels_.channel(request.channel).refused();
    if (!payload) {
        return std::nullopt;
    }
    listener.refused(*payload, reason);
    if (++refused_in_a_row_ < most_refused_in_a_row) {
        return std::nullopt;
    }
    return "the last " + std::to_string(refused_in_a_row_) +
           " records were all refused, which is no matter of rows: " + reason;
}

void ExportLoop::retry_channel(const UnderWay& request, const OtlpVerdict& verdict, TimePoint now,
                               DeliveryListener& listener) {
    if (pacing_.payload_failed()) {
        retry_destination(request, verdict, now, listener);
        return;
    }
    auto& state = states_[request.channel];
    const auto delay = state.policy.next_delay(random(), verdict.retry_after);
    state.due = now + delay;
    listener.retrying(verdict.reason, delay);
}

void ExportLoop::retry_destination(const UnderWay& request, const OtlpVerdict& verdict, TimePoint now,
                                   DeliveryListener& listener) {
    const auto delay = pacing_.destination_failed(now, request.epoch, random(), verdict.retry_after);
    listener.retrying(verdict.reason, delay);  // the pause holds every channel back
}

void ExportLoop::wait(TimePoint wake_at) {
    const auto now = std::chrono::steady_clock::now();
    wake_at = std::min(wake_at, now + longest_wait);
    // When all transfers are busy or the window is full, an answer comes first and ends the wait.
    for (std::size_t index = 0; transfers_.has_idle() && index < channels_.count(); ++index) {
        if (const auto ready = ready_at(index)) {
            const auto next = std::max(*ready, pacing_.paused_until());
            if (pacing_.may_start(std::max(next, now), transfers_.under_way())) {
                wake_at = std::min(wake_at, next);
            }
        }
    }
    if (wake_at > now) {
        transfers_.wait(std::chrono::ceil<std::chrono::milliseconds>(wake_at - now));
    }
}

}  // namespace glassflow::sink
