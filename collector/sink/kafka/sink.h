// The sink that produces to Kafka: a record per payload, many under way at once, order kept per key.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sink/kafka/client.h"
#include "sink/kafka/inbox.h"
#include "sink/kafka/route_to_topic.h"
#include "sink/kafka/settings.h"
#include "sink/sink.h"

namespace glassflow::sink {

class KafkaSink final : public Sink {
public:
    // Throws SinkError on settings that no producer can be made of. Needs no network.
    explicit KafkaSink(const KafkaSettings& settings);
    ~KafkaSink() override;  // without finish(): what is not delivered stays unreported

    const std::string& name() const override { return factory_.settings().name; }
    std::string_view type() const override { return "kafka"; }
    void check() override;
    Order order() const override { return Order::key; }
    // The record, and what librdkafka allocates for the message, its key, its headers and its requests; measured.
    std::size_t payload_overhead_bytes() const override { return 2'000; }
    void start(DeliveryListener& listener, const std::string& stream) override;
    void push(std::vector<Payload>&& payloads) override;
    bool finish(std::chrono::steady_clock::time_point deadline) override;

private:
    void run(DeliveryListener& listener, const std::string& stream);
    void check_topics();

    kafka::ClientFactory factory_;
    kafka::TopicRoutes routes_;
    kafka::Inbox inbox_;
    std::thread thread_;
    std::size_t left_ = 0;  // unreported when the thread ended; read after it was joined
};

}  // namespace glassflow::sink
