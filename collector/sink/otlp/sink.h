// The sink that sends OTLP logs over HTTP to GlassFlow's receiver: many records per request, order kept per lane.
//
// A request that is not answered, or with an error, may have stored a beginning of its records, and is sent again:
// records may arrive more than once, never out of order within a lane at their first arrival. The attribute event_id
// tells.
#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "sink/http/loop_thread.h"
#include "sink/otlp/export_loop.h"
#include "sink/otlp/settings.h"
#include "sink/sink.h"

namespace glassflow::sink {

class OtlpSink final : public Sink {
public:
    // Throws SinkError on settings that cannot make a request. Needs no network.
    explicit OtlpSink(OtlpSettings settings);

    const std::string& name() const override { return settings_.name; }
    std::string_view type() const override { return "otlp"; }
    // Asks the receiver for its health, and with a request without records whether it knows each pipeline.
    void check() override;
    // With one request at a time per pipeline everything of a table is in order anyway.
    Order order() const override { return settings_.concurrent_requests > 1 ? Order::lane : Order::push; }
    void start(DeliveryListener& listener, const std::string& stream) override;
    void push(std::vector<Payload>&& payloads) override { thread_.push(std::move(payloads)); }
    bool finish(std::chrono::steady_clock::time_point deadline) override { return thread_.finish(deadline); }

private:
    void check_health(const OtlpRequest& request, const std::string& url) const;
    void check_pipeline(const OtlpRequest& request, const std::string& id) const;
    [[noreturn]] void refuse(const std::string& what, const std::string& hint) const;

    OtlpSettings settings_;
    ExportLoop loop_;
    LoopThread thread_;  // last: ends before what it turns
};

}  // namespace glassflow::sink
