// A turn: start, perform, collect. Deliveries of one turn are reported together, before a halt of the same turn.
#include "sink/glassflow_http/request_loop.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sink/glassflow_http/response.h"

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_wait{60'000};

}  // namespace

RequestLoop::RequestLoop(const GlassflowHttpSettings& settings)
    : settings_(settings),
      request_(make_request(settings)),
      headers_(make_headers(request_.headers)),
      transfers_(std::max(settings.concurrent_requests, 1u), request_.endpoint, request_.events_url,
                 settings.request_timeout),
      under_way_(std::max(settings.concurrent_requests, 1u),
                 UnderWay{0, retry::RetryPolicy(settings.retry_initial, settings.retry_max), 0}),
      pacing_(settings.concurrent_requests, settings.retry_initial, settings.retry_max) {}

void RequestLoop::add(std::vector<Payload>&& payloads) {
    for (auto& payload : payloads) {
        lanes_.push(std::move(payload));
    }
}

bool RequestLoop::turn(DeliveryListener& listener) {
    start_requests(std::chrono::steady_clock::now());
    transfers_.perform();
    return collect(listener);
}

void RequestLoop::start_requests(TimePoint now) {
    while (transfers_.has_idle() && pacing_.may_start(now, transfers_.under_way())) {
        if (!retries_.empty() && retries_.top().due <= now) {
            auto retry = retries_.top();
            retries_.pop();
            start(retry.slot, retry.policy);
        } else if (auto slot = lanes_.next()) {
            start(*slot, retry::RetryPolicy(settings_.retry_initial, settings_.retry_max));
        } else {
            return;
        }
    }
}

void RequestLoop::start(LaneQueue::Slot slot, const retry::RetryPolicy& policy) {
    auto number = transfers_.start(lanes_.payload(slot).body, headers_.get());
    under_way_[number] = {slot, policy, pacing_.epoch()};
}

bool RequestLoop::collect(DeliveryListener& listener) {
    std::optional<std::string> halt_reason;
    auto now = std::chrono::steady_clock::now();
    while (auto ended = transfers_.next_ended()) {
        auto& request = under_way_[ended->number];
        auto verdict = verdict_of(*ended);
        switch (verdict.outcome) {
            case Outcome::delivered:
                pacing_.answered(request.epoch);
                delivered_.push_back(lanes_.done(request.slot));
                break;
            case Outcome::refused:
                pacing_.answered(request.epoch);
                listener.refused(lanes_.done(request.slot), verdict.reason);
                break;
            case Outcome::retry_payload:
                retry_payload(request, verdict, now, listener);
                break;
            case Outcome::retry_destination:
                retry_destination(request, verdict, now, listener);
                break;
            case Outcome::halt:
                halt_reason = verdict.reason;
                break;
        }
    }
    if (!delivered_.empty()) {
        listener.delivered(delivered_);
        delivered_.clear();
    }
    if (halt_reason) {
        listener.halted(*halt_reason);
    }
    return !halt_reason;
}

Verdict RequestLoop::verdict_of(const TransferPool::Ended& ended) const {
    auto verdict = ended.code == CURLE_OK
                       ? classify_response(ended.answer.status, ended.answer.body, ended.answer.retry_after)
                       : classify_failure(ended.code, request_.endpoint.destination);
    verdict.reason = without_token(std::move(verdict.reason));
    return verdict;
}

void RequestLoop::retry_payload(UnderWay& request, const Verdict& verdict, TimePoint now, DeliveryListener& listener) {
    if (pacing_.payload_failed()) {
        retry_destination(request, verdict, now, listener);
        return;
    }
    auto delay = request.policy.next_delay(random(), verdict.retry_after);
    retries_.push({now + delay, request.slot, request.policy});
    listener.retrying(verdict.reason, delay);
}

void RequestLoop::retry_destination(UnderWay& request, const Verdict& verdict, TimePoint now,
                                    DeliveryListener& listener) {
    auto delay = pacing_.destination_failed(now, request.epoch, random(), verdict.retry_after);
    retries_.push({now + delay, request.slot, request.policy});
    listener.retrying(verdict.reason, delay);
}

void RequestLoop::wait(TimePoint wake_at) {
    auto now = std::chrono::steady_clock::now();
    wake_at = std::min(wake_at, now + longest_wait);
    // The next thing that can be started without anything coming in: a due retry, or anything when a pause ends. When
    // all connections are busy or the window is full, an answer comes first and ends the wait.
    if (transfers_.has_idle() && (lanes_.has_next() || !retries_.empty())) {
        auto next = lanes_.has_next() ? now : retries_.top().due;
        next = std::max(next, pacing_.paused_until());
        if (pacing_.may_start(std::max(next, now), transfers_.under_way())) {
            wake_at = std::min(wake_at, next);
        }
    }
    if (wake_at <= now) {
        return;  // what has just ended made room: the next turn fills it
    }
    transfers_.wait(std::chrono::ceil<std::chrono::milliseconds>(wake_at - now));
}

// A destination may repeat the token in the text of its answer.
std::string RequestLoop::without_token(std::string reason) const {
    for (auto found = reason.find(settings_.access_token); found != std::string::npos;
         found = reason.find(settings_.access_token, found)) {
        reason.replace(found, settings_.access_token.size(), "***");
        found += 3;
    }
    return reason;
}

}  // namespace glassflow::sink
