// A broker that refuses a credential closes the connection, and librdkafka goes on trying: that is told by an error
// event, while the question just gets no answer. So questions are asked in short slices, with a look at what was told
// between.
#include "sink/kafka/cluster.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>

#include "log/log.h"
#include "sink/kafka/outcome.h"

namespace glassflow::sink::kafka {

namespace {

using std::chrono::steady_clock;
using Metadata = const struct rd_kafka_metadata;
constexpr std::chrono::milliseconds slice{500};

struct Destroy {
    void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
    void operator()(Metadata* metadata) const { rd_kafka_metadata_destroy(metadata); }
    void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
    void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
    void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
    void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
    void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
};
template <typename T>
using Handle = std::unique_ptr<T, Destroy>;

Handle<rd_kafka_AdminOptions_t> admin_options(rd_kafka_t* client, rd_kafka_admin_op_t operation,
                                              std::chrono::milliseconds timeout) {
    Handle<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client, operation));
    std::array<char, 256> problem{};
    rd_kafka_AdminOptions_set_request_timeout(options.get(), static_cast<int>(timeout.count()), problem.data(),
                                              problem.size());
    return options;
}

std::string hint_for(rd_kafka_resp_err_t code) {
    switch (code) {
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return "Check security_protocol, sasl_mechanism, sasl_username and sasl_password.";
        case RD_KAFKA_RESP_ERR__SSL:
            return "Check security_protocol, tls_ca, tls_certificate and tls_key, and the name in the broker's "
                   "certificate.";
        case RD_KAFKA_RESP_ERR__RESOLVE:
            return "Check the host names in brokers.";
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return "Allow the user to do it, or let somebody else make the topics.";
        default:
            return "Check brokers and security_protocol, that the brokers run, and that this machine may connect to "
                   "the addresses that they advertise.";
    }
}

}  // namespace

Cluster::Cluster(const ClientFactory& factory, std::function<bool()> is_stopped)
    : factory_(factory),
      is_stopped_(std::move(is_stopped)),
      client_(factory, RD_KAFKA_PRODUCER, factory.inspector_properties(), this) {}

// The first that says something about the way there; that then all brokers are down is no news.
void Cluster::client_error(rd_kafka_resp_err_t error, const std::string& text) {
    const bool says_more = error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
    if (first_error_ == RD_KAFKA_RESP_ERR_NO_ERROR || (says_more && error != RD_KAFKA_RESP_ERR__TRANSPORT)) {
        first_error_ = error;
        first_text_ = text;
    }
}

void Cluster::give_up(rd_kafka_resp_err_t code) {
    const auto shown = first_error_ != RD_KAFKA_RESP_ERR_NO_ERROR ? first_error_ : code;
    std::string brokers;
    for (const auto& broker : factory_.settings().brokers) {
        brokers += (brokers.empty() ? "" : ", ") + broker;
    }
    const std::string why =
        first_text_.empty() ? std::string(rd_kafka_err2str(code)) : factory_.without_secrets(first_text_);
    const bool is_refused = shown == RD_KAFKA_RESP_ERR__AUTHENTICATION;
    auto hint = hint_for(shown);
    if (factory_.settings().security_protocol.ends_with("ssl") && shown != RD_KAFKA_RESP_ERR__SSL && !is_refused) {
        hint += " A broker that misses or does not trust tls_certificate may just end the connection.";
    }
    throw ClusterError(shown, (is_refused ? "was refused by " : "got no answer from ") + brokers + ": " + why, hint);
}

Metadata* Cluster::ask(rd_kafka_topic_t* topic, Milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout;
    auto code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    while (!is_stopped_() && steady_clock::now() < deadline) {
        Metadata* metadata = nullptr;
        code = rd_kafka_metadata(client_.handle(), topic == nullptr ? 1 : 0, topic, &metadata,
                                 static_cast<int>(slice.count()));
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            return metadata;
        }
        rd_kafka_poll(client_.handle(), 0);
        if (first_error_ == RD_KAFKA_RESP_ERR__AUTHENTICATION || first_error_ == RD_KAFKA_RESP_ERR__SSL) {
            break;
        }
        if (code != RD_KAFKA_RESP_ERR__TIMED_OUT) {
            rd_kafka_poll(client_.handle(), static_cast<int>(slice.count()));  // it did not wait by itself
        }
    }
    give_up(code);
}

std::map<std::string, int> Cluster::topics(Milliseconds timeout) {
    const Handle<Metadata> metadata(ask(nullptr, timeout));
    std::map<std::string, int> topics;
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        topics[metadata->topics[i].topic] = metadata->topics[i].partition_cnt;
    }
    return topics;
}

std::optional<int> Cluster::partitions_of(const std::string& topic, Milliseconds timeout) {
    const Handle<rd_kafka_topic_t> handle(rd_kafka_topic_new(client_.handle(), topic.c_str(), nullptr));
    const Handle<Metadata> metadata(ask(handle.get(), timeout));
    if (metadata->topic_cnt != 1) {
        return std::nullopt;
    }
    const auto& found = metadata->topics[0];
    switch (found.err) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
            return found.partition_cnt;
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return std::nullopt;
        default:
            throw ClusterError(found.err, describe(found.err, topic), hint_for(found.err));
    }
}

rd_kafka_event_t* Cluster::wait_for(rd_kafka_queue_t* queue, Milliseconds timeout) {
    const auto deadline = steady_clock::now() + timeout + slice;  // the request has a timeout of its own
    while (!is_stopped_() && steady_clock::now() < deadline) {
        if (auto* const event = rd_kafka_queue_poll(queue, static_cast<int>(slice.count()))) {
            return event;
        }
        rd_kafka_poll(client_.handle(), 0);
    }
    give_up(RD_KAFKA_RESP_ERR__TIMED_OUT);
}

bool Cluster::ensure(const NewTopic& topic, Milliseconds timeout) {
    if (const auto partitions = partitions_of(topic.name, timeout)) {
        if (topic.partitions != 0 && static_cast<std::uint32_t>(*partitions) != topic.partitions) {
            log::info("topic is there with another number of partitions, and stays as it is",
                      {{"sink", factory_.settings().name}, {"topic", topic.name}, {"partitions", *partitions}});
        }
        return false;
    }
    std::array<char, 512> problem{};
    const int partitions = topic.partitions == 0 ? -1 : static_cast<int>(topic.partitions);
    const int replicas = topic.replication_factor == 0 ? -1 : static_cast<int>(topic.replication_factor);
    const Handle<rd_kafka_NewTopic_t> wanted(
        rd_kafka_NewTopic_new(topic.name.c_str(), partitions, replicas, problem.data(), problem.size()));
    if (!wanted) {
        throw ClusterError(RD_KAFKA_RESP_ERR__INVALID_ARG, "topic " + topic.name + " cannot be made: " + problem.data(),
                           "");
    }
    for (const auto& [name, value] : topic.configuration) {
        rd_kafka_NewTopic_set_config(wanted.get(), name.c_str(), value.c_str());
    }
    const auto options = admin_options(client_.handle(), RD_KAFKA_ADMIN_OP_CREATETOPICS, timeout);
    const Handle<rd_kafka_queue_t> answers(rd_kafka_queue_new(client_.handle()));
    auto* all = wanted.get();
    rd_kafka_CreateTopics(client_.handle(), &all, 1, options.get(), answers.get());
    const Handle<rd_kafka_event_t> event(wait_for(answers.get(), timeout));
    if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw ClusterError(error,
                           "topic " + topic.name + " could not be made: " + rd_kafka_event_error_string(event.get()),
                           hint_for(error));
    }
    std::size_t count = 0;
    const auto* const results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    const auto error = count == 1 ? rd_kafka_topic_result_error(results[0]) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
        return false;  // somebody was faster
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* const text = rd_kafka_topic_result_error_string(results[0]);
        throw ClusterError(error,
                           "topic " + topic.name +
                               " could not be made: " + (text != nullptr ? text : rd_kafka_err2str(error)) + " (" +
                               rd_kafka_err2name(error) + ")",
                           hint_for(error));
    }
    log::info("topic made", {{"sink", factory_.settings().name}, {"topic", topic.name}});
    return true;
}

std::optional<std::string> Cluster::setting_of(const std::string& topic, const std::string& setting,
                                               Milliseconds timeout) {
    const Handle<rd_kafka_ConfigResource_t> resource(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    const auto options = admin_options(client_.handle(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
    const Handle<rd_kafka_queue_t> answers(rd_kafka_queue_new(client_.handle()));
    auto* all = resource.get();
    rd_kafka_DescribeConfigs(client_.handle(), &all, 1, options.get(), answers.get());
    const Handle<rd_kafka_event_t> event(wait_for(answers.get(), timeout));
    switch (const auto error = rd_kafka_event_error(event.get())) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            break;
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
            return std::nullopt;
        default:
            throw ClusterError(error, "topic " + topic + ": " + rd_kafka_event_error_string(event.get()),
                               hint_for(error));
    }
    std::size_t count = 0;
    const auto* const resources =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count != 1 || rd_kafka_ConfigResource_error(resources[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return std::nullopt;
    }
    const auto* const entries = rd_kafka_ConfigResource_configs(resources[0], &count);
    for (std::size_t i = 0; i < count; ++i) {
        if (setting == rd_kafka_ConfigEntry_name(entries[i])) {
            const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
            return std::string(value != nullptr ? value : "");
        }
    }
    return std::nullopt;
}

}  // namespace glassflow::sink::kafka
