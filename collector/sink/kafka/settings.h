// What a person can set for a sink that produces to Kafka.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::sink {

struct KafkaSettings {
    std::string name;
    std::vector<std::string> brokers;  // host:port
    std::string topic = "{database}.{schema}.{table}";
    std::string message_topic = "{database}.messages";  // of logical messages, which have no table
    bool drop_messages = false;

    bool create_topics = false;
    std::uint32_t partitions = 0;          // of topics made here; 0: what the broker does
    std::uint32_t replication_factor = 0;  // likewise

    std::string compression = "lz4";
    std::chrono::milliseconds linger{5};
    std::uint64_t batch_bytes = 1'000'000;      // librdkafka's own default, below the broker's default limit
    std::uint64_t max_event_bytes = 512 << 10;  // GlassFlow cannot take records of 1 MiB
    std::string oversize = "dead_letter";       // or "truncate"
    bool tombstones = false;
    bool headers = true;

    std::string security_protocol = "plaintext";
    std::string sasl_mechanism = "PLAIN";
    std::string sasl_username;
    std::string sasl_password;  // secret
    std::string tls_ca;         // files
    std::string tls_certificate;
    std::string tls_key;
    std::string tls_key_password;                // secret
    std::vector<std::string> properties;         // NAME=VALUE, of librdkafka
    std::vector<std::string> secret_properties;  // secret

    bool exactly_once = false;
    std::string transactional_id;  // empty: made of slot and sink name
    std::string position_topic = "glassflow-collector-positions";
    std::uint64_t transaction_bytes = 8 << 20;
    std::chrono::milliseconds transaction_age{100};
    std::chrono::milliseconds transaction_timeout{900'000};  // the most that brokers allow by default

    // Of the source and of the sink's format; not set by a person here.
    std::string form = "envelope";
    std::string database;
    std::string slot;
    bool can_describe_topics = true;        // librdkafka's mock brokers cannot
    std::vector<std::string> known_tables;  // "schema\0table" of those that are named in full, for check()
};

}  // namespace glassflow::sink
