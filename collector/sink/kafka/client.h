// Settings -> handles of librdkafka. Everything that a client says comes through here: delivery reports and errors to
// the listener, in the thread that polls; log lines to our log, from any thread, without the secrets.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>
#include <string>
#include <vector>

#include "sink/kafka/properties.h"
#include "sink/kafka/settings.h"

namespace glassflow::sink::kafka {

// What librdkafka carries along with a record, and gives back in its delivery report.
struct Carried {
    // Records without a key that share it share a partition; it outlives the record.
    const std::string* order = nullptr;
};

// Told by the thread that polls the client.
class ClientListener {
public:
    virtual void delivery_report(const rd_kafka_message_t&) {}
    virtual void client_error(rd_kafka_resp_err_t, const std::string&) {}

protected:
    ~ClientListener() = default;
};

// An error object of librdkafka, or none.
struct DestroyError {
    void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
using ClientError = std::unique_ptr<rd_kafka_error_t, DestroyError>;

class ClientFactory;

// A handle with what its callbacks need. Not to be moved: librdkafka knows its address.
class Client {
public:
    // Throws SinkError when librdkafka does not take the properties. Needs no network.
    Client(const ClientFactory& factory, rd_kafka_type_t type, const Properties& properties, ClientListener* listener);
    ~Client();
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    rd_kafka_t* handle() const { return handle_; }

private:
    static void report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
    static void tell_error(rd_kafka_t*, int error, const char* reason, void* opaque);
    static void log(const rd_kafka_t* handle, int level, const char* facility, const char* text);

    const ClientFactory& factory_;
    ClientListener* listener_;
    rd_kafka_t* handle_ = nullptr;
};

class ClientFactory {
public:
    // Throws SinkError on properties that are not to be set.
    explicit ClientFactory(const KafkaSettings& settings);

    // What a Client of each kind is made with.
    Properties producer_properties() const;
    Properties inspector_properties() const;  // a producer's, that asks and makes topics
    Properties reader_properties(bool reads_committed) const;

    const KafkaSettings& settings() const { return settings_; }
    const std::string& transactional_id() const { return transactional_id_; }
    std::string without_secrets(std::string text) const;

private:
    Properties common_properties() const;

    KafkaSettings settings_;
    std::string transactional_id_;
    Properties properties_;  // a person's
    std::vector<std::string> secrets_;
};

}  // namespace glassflow::sink::kafka
