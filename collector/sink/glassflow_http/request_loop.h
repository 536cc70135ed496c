// Payloads -> requests under way -> verdicts -> reports: everything one HTTP sink does, turn by turn, in one thread.
//
// A payload keeps its place in the lane queue until it is delivered or refused, so order holds across retries. Only
// wake() may be called from another thread.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "sink/glassflow_http/pacing.h"
#include "sink/glassflow_http/request.h"
#include "sink/glassflow_http/settings.h"
#include "sink/glassflow_http/transfer.h"
#include "sink/lane_queue.h"
#include "sink/sink.h"

namespace glassflow::sink {

class RequestLoop {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Throws SinkError on settings that make no request. All references outlive the loop.
    explicit RequestLoop(const GlassflowHttpSettings& settings);
    ~RequestLoop();
    RequestLoop(const RequestLoop&) = delete;
    RequestLoop& operator=(const RequestLoop&) = delete;

    void add(std::vector<Payload>&& payloads);

    // Starts what may start, moves what is under way, reports what has ended. False when delivery has halted: what is
    // left stays unreported and no turn may follow.
    bool turn(DeliveryListener& listener);

    // Returns when another turn has something to do, at wake_at at the latest.
    void wait(TimePoint wake_at);
    void wake() { curl_multi_wakeup(multi_.get()); }
    std::size_t left() const { return lanes_.size() + delivered_.size(); }  // not reported yet

private:
    struct Retry {
        TimePoint due;
        LaneQueue::Slot slot = 0;
        retry::RetryPolicy policy;

        bool operator>(const Retry& other) const { return due > other.due; }
    };
    struct CurlMultiCleanup {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };

    void start_requests(TimePoint now);
    void start(LaneQueue::Slot slot, const retry::RetryPolicy& policy);
    void perform();
    bool collect(DeliveryListener& listener);
    void end(Transfer& transfer);
    void retry_payload(Transfer& transfer, const Verdict& verdict, TimePoint now, DeliveryListener& listener);
    void retry_destination(Transfer& transfer, const Verdict& verdict, TimePoint now, DeliveryListener& listener);
    double random() { return uniform_(generator_); }
    std::string without_token(std::string reason) const;

    GlassflowHttpSettings settings_;
    GlassflowRequest request_;
    CurlHeaders headers_;
    std::unique_ptr<CURLM, CurlMultiCleanup> multi_;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::vector<Transfer*> idle_;

    LaneQueue lanes_;
    std::priority_queue<Retry, std::vector<Retry>, std::greater<>> retries_;  // earliest first
    Pacing pacing_;
    std::vector<Payload> delivered_;  // of one turn
    std::mt19937_64 generator_{std::random_device{}()};
    std::uniform_real_distribution<double> uniform_{0.0, 1.0};
};

}  // namespace glassflow::sink
