// The sink that publishes to GlassFlow's HTTP events API: one request per payload, many at once, order kept per lane.
//
// The API has no idempotency key: after an ambiguous failure (a timeout, a lost connection) a payload is sent again and
// may arrive twice, directly after itself within its lanes; the event id in the body tells.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sink/glassflow_http/request_loop.h"
#include "sink/glassflow_http/settings.h"
#include "sink/sink.h"

namespace glassflow::sink {

class GlassflowHttpSink final : public Sink {
public:
    // Throws SinkError on settings that cannot make a request. Needs no network.
    explicit GlassflowHttpSink(GlassflowHttpSettings settings);
    ~GlassflowHttpSink() override;  // without finish(): what is under way is aborted

    const std::string& name() const override { return settings_.name; }
    std::string_view type() const override { return "glassflow"; }
    void check() override;
    void start(DeliveryListener& listener, const std::string& stream) override;
    void push(std::vector<Payload>&& payloads) override;
    bool finish(std::chrono::steady_clock::time_point deadline) override;

private:
    using TimePoint = std::chrono::steady_clock::time_point;

    void run(DeliveryListener& listener);
    bool turn(DeliveryListener& listener);

    GlassflowHttpSettings settings_;
    RequestLoop loop_;  // of the thread; only wake() is called from outside
    std::thread thread_;

    std::mutex mutex_;  // guards what follows
    std::vector<Payload> inbox_;
    bool is_finishing_ = false;
    TimePoint deadline_ = TimePoint::max();
    std::size_t left_ = 0;  // unreported when the thread ended
};

}  // namespace glassflow::sink
