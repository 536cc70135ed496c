// A turn: start, perform, collect. Deliveries of one turn are reported together, before a halt of the same turn.
#include "sink/glassflow_http/request_loop.h"

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_wait{60'000};

void check(CURLMcode code) {
    if (code != CURLM_OK) {
        throw std::runtime_error(std::string("libcurl failed: ") + curl_multi_strerror(code));
    }
}

}  // namespace

RequestLoop::RequestLoop(const GlassflowHttpSettings& settings)
    : settings_(settings),
      request_(make_request(settings)),
      headers_(make_headers(request_)),
      multi_(curl_multi_init()),
      pacing_(settings.concurrent_requests, settings.retry_initial, settings.retry_max) {
    if (!multi_) {
        throw std::bad_alloc();
    }
    auto count = std::max(settings.concurrent_requests, 1u);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(count));
    for (std::uint32_t i = 0; i < count; ++i) {
        transfers_.push_back(std::make_unique<Transfer>(request_, headers_.get(), settings_));
        idle_.push_back(transfers_.back().get());
    }
}

RequestLoop::~RequestLoop() {
    for (auto& transfer : transfers_) {
        if (transfer->is_under_way) {
            curl_multi_remove_handle(multi_.get(), transfer->handle());
        }
    }
}

void RequestLoop::add(std::vector<Payload>&& payloads) {
    for (auto& payload : payloads) {
        lanes_.push(std::move(payload));
    }
}

bool RequestLoop::turn(DeliveryListener& listener) {
    start_requests(std::chrono::steady_clock::now());
    perform();
    return collect(listener);
}

void RequestLoop::start_requests(TimePoint now) {
    while (!idle_.empty() && pacing_.may_start(now, transfers_.size() - idle_.size())) {
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
    auto& transfer = *idle_.back();
    transfer.slot = slot;
    transfer.retry = policy;
    transfer.epoch = pacing_.epoch();
    transfer.prepare(lanes_.payload(slot).body);
    check(curl_multi_add_handle(multi_.get(), transfer.handle()));
    transfer.is_under_way = true;
    idle_.pop_back();
}

void RequestLoop::perform() {
    int running = 0;
    check(curl_multi_perform(multi_.get(), &running));
}

bool RequestLoop::collect(DeliveryListener& listener) {
    std::optional<std::string> halt_reason;
    int remaining = 0;
    auto now = std::chrono::steady_clock::now();
    while (auto* ended = curl_multi_info_read(multi_.get(), &remaining)) {
        if (ended->msg != CURLMSG_DONE) {
            continue;
        }
        auto& transfer = Transfer::of(ended->easy_handle);
        auto verdict = transfer.verdict(ended->data.result);
        verdict.reason = without_token(std::move(verdict.reason));
        end(transfer);  // ended is invalid from here on
        switch (verdict.outcome) {
            case Outcome::delivered:
                pacing_.answered(transfer.epoch);
                delivered_.push_back(lanes_.done(transfer.slot));
                break;
            case Outcome::refused:
                pacing_.answered(transfer.epoch);
                listener.refused(lanes_.done(transfer.slot), verdict.reason);
                break;
            case Outcome::retry_payload:
                retry_payload(transfer, verdict, now, listener);
                break;
            case Outcome::retry_destination:
                retry_destination(transfer, verdict, now, listener);
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

void RequestLoop::end(Transfer& transfer) {
    check(curl_multi_remove_handle(multi_.get(), transfer.handle()));
    transfer.is_under_way = false;
    idle_.push_back(&transfer);
}

void RequestLoop::retry_payload(Transfer& transfer, const Verdict& verdict, TimePoint now, DeliveryListener& listener) {
    if (pacing_.payload_failed()) {
        retry_destination(transfer, verdict, now, listener);
        return;
    }
    auto delay = transfer.retry.next_delay(random(), verdict.retry_after);
    retries_.push({now + delay, transfer.slot, transfer.retry});
    listener.retrying(verdict.reason, delay);
}

void RequestLoop::retry_destination(Transfer& transfer, const Verdict& verdict, TimePoint now,
                                    DeliveryListener& listener) {
    auto delay = pacing_.destination_failed(now, transfer.epoch, random(), verdict.retry_after);
    retries_.push({now + delay, transfer.slot, transfer.retry});
    listener.retrying(verdict.reason, delay);
}

void RequestLoop::wait(TimePoint wake_at) {
    auto now = std::chrono::steady_clock::now();
    wake_at = std::min(wake_at, now + longest_wait);
    auto under_way = transfers_.size() - idle_.size();
    // The next thing that can be started without anything coming in: a due retry, or anything when a pause ends. When
    // all connections are busy or the window is full, an answer comes first and ends the wait.
    if (!idle_.empty() && (lanes_.has_next() || !retries_.empty())) {
        auto next = lanes_.has_next() ? now : retries_.top().due;
        next = std::max(next, pacing_.paused_until());
        if (pacing_.may_start(std::max(next, now), under_way)) {
            wake_at = std::min(wake_at, next);
        }
    }
    if (wake_at <= now) {
        return;  // what has just ended made room: the next turn fills it
    }
    auto timeout = std::chrono::ceil<std::chrono::milliseconds>(wake_at - now);
    check(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(timeout.count()), nullptr));
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
