// Records -> librdkafka, without copying what they carry: the event stays where it is until its delivery report came.
// One producer, its topics, and the transaction calls; every call but wake() belongs to one thread.
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sink/kafka/client.h"
#include "sink/kafka/outbox.h"

namespace glassflow::sink::kafka {

class Producer {
public:
    using Milliseconds = std::chrono::milliseconds;

    struct Fatal {
        rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
        std::string text;
    };

    Producer(const ClientFactory& factory, ClientListener& listener);
    ~Producer();
    Producer(const Producer&) = delete;
    Producer& operator=(const Producer&) = delete;

    // The record is not copied. NO_ERROR: its delivery report will come, with the record as Carried.
    rd_kafka_resp_err_t send(Record& record, const std::string& topic);
    rd_kafka_resp_err_t send_tombstone(Record& record, const std::string& topic);
    // Copied; its delivery report carries nothing.
    rd_kafka_resp_err_t send_copy(const std::string& topic, const std::string& key, const std::string& value);

    // Serves delivery reports and errors; returns early when woken.
    void poll(Milliseconds timeout) { rd_kafka_poll(client_.handle(), static_cast<int>(timeout.count())); }
    // The same, and nothing lingers meanwhile.
    void flush(Milliseconds timeout) { rd_kafka_flush(client_.handle(), static_cast<int>(timeout.count())); }
    void purge(int flags) { rd_kafka_purge(client_.handle(), flags); }
    void wake() { rd_kafka_queue_yield(queue_); }  // thread-safe
    std::optional<Fatal> fatal() const;

    ClientError init_transactions(Milliseconds timeout);
    ClientError begin_transaction();
    ClientError commit_transaction(Milliseconds timeout);
    ClientError abort_transaction(Milliseconds timeout);

private:
    rd_kafka_topic_t* topic(const std::string& name);
    rd_kafka_resp_err_t produce(Record& record, const std::string& topic, std::optional<std::string_view> value);

    Client client_;
    rd_kafka_queue_t* queue_;
    const bool has_headers_;
    std::unordered_map<std::string, rd_kafka_topic_t*> topics_;
    const std::string* last_name_ = nullptr;
    rd_kafka_topic_t* last_topic_ = nullptr;
};

}  // namespace glassflow::sink::kafka
