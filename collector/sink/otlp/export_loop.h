// Payloads -> requests under way -> verdicts -> reports: everything one OTLP sink does, turn by turn, in one thread.
//
// A payload keeps its place in its channel until it is delivered or refused, so order holds across retries. A request
// that failed may have stored a beginning of its records; the next one begins with the same records again.
#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "retry/retry_policy.h"
#include "sink/http/loop_thread.h"
#include "sink/http/pacing.h"
#include "sink/http/transfer_pool.h"
#include "sink/otlp/channels.h"
#include "sink/otlp/encoder.h"
#include "sink/otlp/pipeline_map.h"
#include "sink/otlp/request.h"
#include "sink/otlp/response.h"
#include "sink/otlp/settings.h"
#include "sink/sink.h"

namespace glassflow::sink {

class ExportLoop final : public Loop {
public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // Throws SinkError on settings that make no request.
    explicit ExportLoop(const OtlpSettings& settings);

    const std::vector<std::string>& pipeline_ids() const { return pipelines_.ids(); }

    void add(std::vector<Payload>&& payloads) override;
    bool turn(DeliveryListener& listener) override;
    void wait(TimePoint wake_at) override;
    void wake() override { transfers_.wake(); }
    std::size_t left() const override { return added_.size() + channels_.size() + delivered_.size(); }

private:
    struct ChannelState {
        retry::RetryPolicy policy;
        TimePoint due;                    // not before
        TimePoint waiting_since;          // since when there is something to send
        std::uint32_t server_errors = 0;  // in a row
    };
    struct UnderWay {
        std::size_t channel = 0;
        Pacing::Epoch epoch = 0;
        std::string body;
    };

    bool admit(DeliveryListener& listener);
    std::optional<std::string> why_too_large(const Payload& payload) const;
    // Takes its largest values from it, if that is what settings say. nullopt: it is small enough now.
    std::optional<std::string> shorten(Payload& payload, std::string reason) const;
    void start_requests(TimePoint now);
    void start(std::size_t index);
    // When the channel may begin its next request; nullopt: it has nothing to send, or one is under way.
    std::optional<TimePoint> ready_at(std::size_t index);
    bool collect(DeliveryListener& listener);
    // Why nothing more can be delivered, if that is so.
    std::optional<std::string> end(const TransferPool::Ended& ended, TimePoint now, DeliveryListener& listener);
    OtlpVerdict verdict_of(const TransferPool::Ended& ended) const;
    void accepted(const UnderWay& request);
    std::optional<std::string> refuse(const UnderWay& request, const std::string& reason, DeliveryListener& listener);
    void retry_channel(const UnderWay& request, const OtlpVerdict& verdict, TimePoint now, DeliveryListener& listener);
    void retry_destination(const UnderWay& request, const OtlpVerdict& verdict, TimePoint now,
                           DeliveryListener& listener);
    double random() { return uniform_(generator_); }

    OtlpSettings settings_;
    OtlpRequest request_;
    PipelineMap pipelines_;
    OtlpEncoder encoder_;
    std::vector<CurlHeaders> headers_;  // by pipeline
    TransferPool transfers_;
    std::vector<UnderWay> under_way_;  // by number of the transfer

    std::vector<Payload> added_;  // not yet in a channel
    Channels channels_;
    std::vector<ChannelState> states_;  // by channel
    std::size_t next_channel_ = 0;      // where to look first: each channel gets its turn
    Pacing pacing_;
    std::uint32_t refused_in_a_row_ = 0;
    std::vector<Payload> delivered_;  // of one turn
    std::mt19937_64 generator_{std::random_device{}()};
    std::uniform_real_distribution<double> uniform_{0.0, 1.0};
};

}  // namespace glassflow::sink
