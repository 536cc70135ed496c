// librdkafka's own mock brokers, inside the test: real requests over real sockets, and errors when asked for.
#pragma once

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <string>
#include <vector>

#include "sink/patience.h"

namespace glassflow::sink::kafka {

// Numbers of requests in Kafka's protocol.
constexpr std::int16_t produce_request = 0;
constexpr std::int16_t init_producer_id_request = 22;
constexpr std::int16_t add_partitions_request = 24;
constexpr std::int16_t end_transaction_request = 26;

struct MockRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::int64_t timestamp_ms = 0;
    std::string key;
    std::string value;
    bool has_value = false;
};

class MockBrokers {
public:
    explicit MockBrokers(int count = 1) {
        auto* const configuration = rd_kafka_conf_new();
        rd_kafka_conf_set_log_cb(configuration, nullptr);
        char problem[256];
        owner_ = rd_kafka_new(RD_KAFKA_PRODUCER, configuration, problem, sizeof problem);
        cluster_ = rd_kafka_mock_cluster_new(owner_, count);
    }
    ~MockBrokers() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(owner_);
    }
    MockBrokers(const MockBrokers&) = delete;
    MockBrokers& operator=(const MockBrokers&) = delete;

    std::string bootstrap() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
    void create_topic(const std::string& topic, int partitions, int replicas = 1) {
        rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, replicas);
    }
    // The next requests of this kind are answered so, one after the other; NO_ERROR lets one through.
    void answer(std::int16_t request, std::initializer_list<rd_kafka_resp_err_t> errors) {
        rd_kafka_mock_push_request_errors_array(cluster_, request, errors.size(), errors.begin());
    }
    void lead(const std::string& topic, int partition, int broker) {
        rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker);
    }
    void set_down(int broker) { rd_kafka_mock_broker_set_down(cluster_, broker); }
    void set_up(int broker) { rd_kafka_mock_broker_set_up(cluster_, broker); }
    void set_round_trip(int broker, std::chrono::milliseconds time) {
        rd_kafka_mock_broker_set_rtt(cluster_, broker, static_cast<int>(time.count()));
    }

    // All that is in a topic, partition by partition.
    std::vector<MockRecord> read(const std::string& topic, int partitions) const {
        auto* const configuration = rd_kafka_conf_new();
        char problem[256];
        rd_kafka_conf_set(configuration, "bootstrap.servers", bootstrap().c_str(), problem, sizeof problem);
        rd_kafka_conf_set(configuration, "enable.partition.eof", "true", problem, sizeof problem);
        rd_kafka_conf_set(configuration, "fetch.wait.max.ms", "10", problem, sizeof problem);
        auto* const reader = rd_kafka_new(RD_KAFKA_CONSUMER, configuration, problem, sizeof problem);
        auto* const handle = rd_kafka_topic_new(reader, topic.c_str(), nullptr);
        std::vector<MockRecord> records;
        for (std::int32_t partition = 0; partition < partitions; ++partition) {
            rd_kafka_consume_start(handle, partition, RD_KAFKA_OFFSET_BEGINNING);
            for (bool is_at_end = false; !is_at_end;) {
                auto* const message = rd_kafka_consume(handle, partition, 10'000 * patience);
                is_at_end = message == nullptr || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
                EXPECT_NE(message, nullptr) << "the end of partition " << partition << " did not come";
                if (!is_at_end && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                    records.push_back({partition, message->offset, rd_kafka_message_timestamp(message, nullptr),
                                       text(message->key, message->key_len), text(message->payload, message->len),
                                       message->payload != nullptr});
                }
                if (message != nullptr) {
                    rd_kafka_message_destroy(message);
                }
            }
            rd_kafka_consume_stop(handle, partition);
        }
        rd_kafka_topic_destroy(handle);
        rd_kafka_destroy(reader);
        return records;
    }

private:
    static std::string text(const void* bytes, std::size_t size) {
        return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
    }

    rd_kafka_t* owner_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace glassflow::sink::kafka
