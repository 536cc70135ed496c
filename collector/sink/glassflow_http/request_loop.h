// Payloads -> requests under way -> verdicts -> reports: everything one HTTP sink does, turn by turn, in one thread.
//
// A payload keeps its place in the lane queue until it is delivered or refused, so order holds across retries.
#pragma once

#include <chrono>
#include <functional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "sink/glassflow_http/request.h"
#include "sink/glassflow_http/settings.h"
#include "sink/http/loop_thread.h"
#include "sink/http/pacing.h"
#include "sink/http/transfer_pool.h"
#include "sink/http/verdict.h"
#include "sink/lane_queue.h"
#include "sink/sink.h"

namespace glassflow::sink {

class RequestLoop final : public Loop {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Throws SinkError on settings that make no request. All references outlive the loop.
    explicit RequestLoop(const GlassflowHttpSettings& settings);

    void add(std::vector<Payload>&& payloads) override;
    bool turn(DeliveryListener& listener) override;
    void wait(TimePoint wake_at) override;
    void wake() override { transfers_.wake(); }
    std::size_t left() const override { return lanes_.size() + delivered_.size(); }

private:
    struct Retry {
        TimePoint due;
        LaneQueue::Slot slot = 0;
        retry::RetryPolicy policy;

        bool operator>(const Retry& other) const { return due > other.due; }
    };
    struct UnderWay {
        LaneQueue::Slot slot = 0;
        retry::RetryPolicy policy;
        Pacing::Epoch epoch = 0;
    };

    void start_requests(TimePoint now);
    void start(LaneQueue::Slot slot, const retry::RetryPolicy& policy);
    bool collect(DeliveryListener& listener);
    Verdict verdict_of(const TransferPool::Ended& ended) const;
    void retry_payload(UnderWay& request, const Verdict& verdict, TimePoint now, DeliveryListener& listener);
    void retry_destination(UnderWay& request, const Verdict& verdict, TimePoint now, DeliveryListener& listener);
    double random() { return uniform_(generator_); }
    std::string without_token(std::string reason) const;

    GlassflowHttpSettings settings_;
    GlassflowRequest request_;
    CurlHeaders headers_;
    TransferPool transfers_;
    std::vector<UnderWay> under_way_;  // by number of the transfer

    LaneQueue lanes_;
    std::priority_queue<Retry, std::vector<Retry>, std::greater<>> retries_;  // earliest first
    Pacing pacing_;
    std::vector<Payload> delivered_;  // of one turn
    std::mt19937_64 generator_{std::random_device{}()};
    std::uniform_real_distribution<double> uniform_{0.0, 1.0};
};

}  // namespace glassflow::sink
