// Questions to the brokers, and topics made: everything beside producing. Each call makes a connection of its own,
// waits for it, and throws what went wrong; meant for a start and for a table's first event.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "sink/kafka/client.h"
#include "sink/sink.h"

namespace glassflow::sink::kafka {

// Something that the brokers did not answer or refused.
class ClusterError : public SinkError {
public:
    ClusterError(rd_kafka_resp_err_t code, const std::string& what, std::string hint)
        : SinkError(what, std::move(hint)), code_(code) {}
    rd_kafka_resp_err_t code() const { return code_; }

private:
    rd_kafka_resp_err_t code_;
};

// How a topic is to be made. 0: what the brokers do.
struct NewTopic {
    std::string name;
    std::uint32_t partitions = 0;
    std::uint32_t replication_factor = 0;
    std::map<std::string, std::string> configuration = {};
};

class Cluster final : private ClientListener {
public:
    using Milliseconds = std::chrono::milliseconds;

    // is_stopped is asked now and then; when it says so, a call gives up.
    Cluster(const ClientFactory& factory, std::function<bool()> is_stopped);

    // Topic -> number of its partitions; of those that the user may see. Throws ClusterError.
    std::map<std::string, int> topics(Milliseconds timeout);
    std::optional<int> partitions_of(const std::string& topic, Milliseconds timeout);  // nullopt: there is none
    // Makes it unless it is there; true when it was made. Throws ClusterError.
    bool ensure(const NewTopic& topic, Milliseconds timeout);
    // The value of a topic's setting; nullopt when the user may not ask.
    std::optional<std::string> setting_of(const std::string& topic, const std::string& setting, Milliseconds timeout);

private:
    void client_error(rd_kafka_resp_err_t error, const std::string& text) override;
    const struct rd_kafka_metadata* ask(rd_kafka_topic_t* topic, Milliseconds timeout);
    rd_kafka_event_t* wait_for(rd_kafka_queue_t* queue, Milliseconds timeout);
    [[noreturn]] void give_up(rd_kafka_resp_err_t code);

    const ClientFactory& factory_;
    const std::function<bool()> is_stopped_;
    rd_kafka_resp_err_t first_error_ = RD_KAFKA_RESP_ERR_NO_ERROR;
    std::string first_text_;
    Client client_;  // last: its callbacks use what is above
};

}  // namespace glassflow::sink::kafka
