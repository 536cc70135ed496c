#include "sink/kafka/producer.h"

#include <array>
#include <new>
#include <string_view>

namespace glassflow::sink::kafka {

namespace {

struct DestroyHeaders {
    void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using Headers = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

void add_header(rd_kafka_headers_t* headers, std::string_view name, std::string_view value) {
    if (rd_kafka_header_add(headers, name.data(), static_cast<ssize_t>(name.size()), value.data(),
                            static_cast<ssize_t>(value.size())) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::bad_alloc();
    }
}

// op, event_id and lsn: what a reader may want to know without looking into the event.
Headers headers_of(const Payload& payload) {
    Headers headers(rd_kafka_headers_new(3));
    add_header(headers.get(), "op", std::string_view(&payload.operation, 1));
    add_header(headers.get(), "event_id", payload.event_id);
    add_header(headers.get(), "lsn", payload.event_id.substr(0, payload.event_id.rfind('-')));
    return headers;
}

}  // namespace

Producer::Producer(const ClientFactory& factory, ClientListener& listener)
    : client_(factory, RD_KAFKA_PRODUCER, factory.producer_properties(), &listener),
      queue_(rd_kafka_queue_get_main(client_.handle())),
      has_headers_(factory.settings().headers) {}

Producer::~Producer() {
    for (const auto& [name, topic] : topics_) {
        rd_kafka_topic_destroy(topic);
    }
    rd_kafka_queue_destroy(queue_);
}

rd_kafka_topic_t* Producer::topic(const std::string& name) {
    if (last_name_ != &name) {
        auto& handle = topics_[name];
        if (handle == nullptr) {
            handle = rd_kafka_topic_new(client_.handle(), name.c_str(), nullptr);
        }
        last_name_ = &name;
        last_topic_ = handle;
    }
    return last_topic_;
}

rd_kafka_resp_err_t Producer::send(Record& record, const std::string& topic_name) {
    return produce(record, topic_name, record.body());
}

rd_kafka_resp_err_t Producer::send_tombstone(Record& record, const std::string& topic_name) {
    return produce(record, topic_name, std::nullopt);
}

rd_kafka_resp_err_t Producer::produce(Record& record, const std::string& topic_name,
                                      std::optional<std::string_view> value) {
    rd_kafka_topic_t* const handle = topic(topic_name);
    if (handle == nullptr) {
        return rd_kafka_last_error();
    }
    const auto& payload = record.payload;
    Headers headers = has_headers_ ? headers_of(payload) : nullptr;
    // librdkafka takes a writable pointer and, without a flag to copy or free, only reads it.
    char* const text = value ? const_cast<char*>(value->data()) : nullptr;
    const std::size_t bytes = value ? value->size() : 0;
    const auto error =
        rd_kafka_producev(client_.handle(), RD_KAFKA_V_RKT(handle), RD_KAFKA_V_VALUE(text, bytes),
                          RD_KAFKA_V_KEY(payload.key.empty() ? nullptr : payload.key.data(), payload.key.size()),
                          RD_KAFKA_V_TIMESTAMP(payload.commit_time_us / 1000), RD_KAFKA_V_HEADERS(headers.get()),
                          RD_KAFKA_V_OPAQUE(static_cast<Carried*>(&record)), RD_KAFKA_V_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
        static_cast<void>(headers.release());  // they are the message's now
    }
    return error;
}

rd_kafka_resp_err_t Producer::send_copy(const std::string& topic_name, const std::string& key,
                                        const std::string& value) {
    return rd_kafka_producev(client_.handle(), RD_KAFKA_V_TOPIC(topic_name.c_str()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_VALUE(const_cast<char*>(value.data()), value.size()),
                             RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_END);
}

std::optional<Producer::Fatal> Producer::fatal() const {
    std::array<char, 512> text{};
    const auto code = rd_kafka_fatal_error(client_.handle(), text.data(), text.size());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    return Fatal{code, text.data()};
}

ClientError Producer::init_transactions(Milliseconds timeout) {
    return ClientError(rd_kafka_init_transactions(client_.handle(), static_cast<int>(timeout.count())));
}

ClientError Producer::begin_transaction() {
    return ClientError(rd_kafka_begin_transaction(client_.handle()));
}

ClientError Producer::commit_transaction(Milliseconds timeout) {
    return ClientError(rd_kafka_commit_transaction(client_.handle(), static_cast<int>(timeout.count())));
}

ClientError Producer::abort_transaction(Milliseconds timeout) {
    return ClientError(rd_kafka_abort_transaction(client_.handle(), static_cast<int>(timeout.count())));
}

}  // namespace glassflow::sink::kafka
