// The sink that publishes to GlassFlow's HTTP events API: one request per payload, many at once, order kept per lane.
//
// The API has no idempotency key: after an ambiguous failure (a timeout, a lost connection) a payload is sent again and
// may arrive twice, directly after itself within its lanes; the event id in the body tells.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "sink/glassflow_http/request_loop.h"
#include "sink/glassflow_http/settings.h"
#include "sink/http/loop_thread.h"
#include "sink/sink.h"

namespace glassflow::sink {

class GlassflowHttpSink final : public Sink {
public:
    // Throws SinkError on settings that cannot make a request. Needs no network.
    explicit GlassflowHttpSink(GlassflowHttpSettings settings);

    const std::string& name() const override { return settings_.name; }
    std::string_view type() const override { return "glassflow"; }
    void check() override;
    void start(DeliveryListener& listener, const std::string& stream) override;
    void push(std::vector<Payload>&& payloads) override { thread_.push(std::move(payloads)); }
    bool finish(std::chrono::steady_clock::time_point deadline) override { return thread_.finish(deadline); }

private:
    GlassflowHttpSettings settings_;
    RequestLoop loop_;
    LoopThread thread_;  // last: ends before what it turns
};

}  // namespace glassflow::sink
