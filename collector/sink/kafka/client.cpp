// Ours first, then a person's, then what the promise rests on: of two values of a property the later counts.
#include "sink/kafka/client.h"

#include <syslog.h>

#include <array>
#include <limits>

#include "log/log.h"
#include "sink/sink.h"

namespace glassflow::sink::kafka {

namespace {

// Beside the event a record has a key, headers and framing.
constexpr std::uint64_t record_overhead_bytes = 64 << 10;

struct DestroyConfiguration {
    void operator()(rd_kafka_conf_t* configuration) const { rd_kafka_conf_destroy(configuration); }
};
using ConfigurationHandle = std::unique_ptr<rd_kafka_conf_t, DestroyConfiguration>;

// A row's key decides its partition, as Java's producers do it. Without a key it is the topic's table, so that what has
// no key stays in order; librdkafka's own choice would be a random one.
int32_t choose_partition(const rd_kafka_topic_t* topic, const void* key, std::size_t key_bytes, int32_t partitions,
                         void*, void* carried) {
    if (key != nullptr && key_bytes > 0) {
        return rd_kafka_msg_partitioner_murmur2_random(topic, key, key_bytes, partitions, nullptr, nullptr);
    }
    const auto* const order = carried == nullptr ? nullptr : static_cast<const Carried*>(carried)->order;
    const std::string_view text = order == nullptr ? std::string_view(rd_kafka_topic_name(topic)) : *order;
    return rd_kafka_msg_partitioner_murmur2_random(topic, text.data(), text.size(), partitions, nullptr, nullptr);
}

}  // namespace

Client::Client(const ClientFactory& factory, rd_kafka_type_t type, const Properties& properties,
               ClientListener* listener)
    : factory_(factory), listener_(listener) {
    ConfigurationHandle configuration(rd_kafka_conf_new());
    std::array<char, 512> problem{};
    const auto sink_error = [&](const std::string& hint) {
        return SinkError(
            "sink \"" + factory.settings().name + "\" cannot be set up: " + factory.without_secrets(problem.data()),
            hint);
    };
    for (const auto& [name, value] : properties) {
        if (rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), problem.data(), problem.size()) !=
            RD_KAFKA_CONF_OK) {
            throw sink_error("Correct or remove this setting of the sink.");
        }
    }
    rd_kafka_conf_set_opaque(configuration.get(), this);
    rd_kafka_conf_set_log_cb(configuration.get(), &Client::log);
    rd_kafka_conf_set_error_cb(configuration.get(), &Client::tell_error);
    if (type == RD_KAFKA_PRODUCER) {
        rd_kafka_conf_set_dr_msg_cb(configuration.get(), &Client::report);
        rd_kafka_topic_conf_t* topics = rd_kafka_conf_get_default_topic_conf(configuration.get());
        if (topics == nullptr) {
            topics = rd_kafka_topic_conf_new();
            rd_kafka_conf_set_default_topic_conf(configuration.get(), topics);
        }
        rd_kafka_topic_conf_set_partitioner_cb(topics, &choose_partition);
    }
    handle_ = rd_kafka_new(type, configuration.get(), problem.data(), problem.size());
    if (handle_ == nullptr) {
        throw sink_error("Correct the settings of the sink; files must be readable for the collector's user.");
    }
    static_cast<void>(configuration.release());  // the handle has it now
}

Client::~Client() {
    rd_kafka_destroy(handle_);
}

void Client::report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    if (auto* const client = static_cast<Client*>(opaque); client->listener_ != nullptr) {
        client->listener_->delivery_report(*message);
    }
}

void Client::tell_error(rd_kafka_t*, int error, const char* reason, void* opaque) {
    if (auto* const client = static_cast<Client*>(opaque); client->listener_ != nullptr) {
        client->listener_->client_error(static_cast<rd_kafka_resp_err_t>(error),
                                        client->factory_.without_secrets(reason));
    }
}

void Client::log(const rd_kafka_t* handle, int level, const char* facility, const char* text) {
    const auto* const client = static_cast<const Client*>(rd_kafka_opaque(handle));
    const std::string shown = client->factory_.without_secrets(text);
    const std::string& sink = client->factory_.settings().name;
    const bool is_about_our_choice = std::string_view(facility) == "CONFWARN";
    if (level <= LOG_WARNING && !is_about_our_choice) {
        log::warning("kafka client", {{"sink", sink}, {"facility", facility}, {"text", shown}});
    } else {
        log::debug("kafka client", {{"sink", sink}, {"facility", facility}, {"text", shown}});
    }
}

ClientFactory::ClientFactory(const KafkaSettings& settings) : settings_(settings) {
    properties_ = parse_properties(settings_.properties, false);
    const Properties secret_properties = parse_properties(settings_.secret_properties, true);
    properties_.insert(properties_.end(), secret_properties.begin(), secret_properties.end());
    for (const auto& [name, value] : secret_properties) {
        secrets_.push_back(value);
    }
    secrets_.push_back(settings_.sasl_password);
    secrets_.push_back(settings_.tls_key_password);
    std::erase_if(secrets_, [](const std::string& secret) { return secret.empty(); });
    if (settings_.exactly_once) {
        transactional_id_ = settings_.transactional_id.empty()
                                ? "glassflow-collector-" + settings_.slot + "-" + settings_.name
                                : settings_.transactional_id;
    }
}

Properties ClientFactory::common_properties() const {
    std::string brokers;
    for (const auto& broker : settings_.brokers) {
        brokers += (brokers.empty() ? "" : ",") + broker;
    }
    Properties properties = {{"client.id", "glassflow-collector-" + settings_.name},
                             {"reconnect.backoff.max.ms", "2000"},
                             {"socket.keepalive.enable", "true"}};
    properties.insert(properties.end(), properties_.begin(), properties_.end());
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            properties.emplace_back(name, value);
        }
    };
    add("bootstrap.servers", brokers);
    add("security.protocol", settings_.security_protocol);
    if (settings_.security_protocol.starts_with("sasl")) {
        add("sasl.mechanisms", settings_.sasl_mechanism);
        add("sasl.username", settings_.sasl_username);
        add("sasl.password", settings_.sasl_password);
    }
    add("ssl.ca.location", settings_.tls_ca);
    add("ssl.certificate.location", settings_.tls_certificate);
    add("ssl.key.location", settings_.tls_key);
    add("ssl.key.password", settings_.tls_key_password);
    return properties;
}

Properties ClientFactory::producer_properties() const {
    Properties properties = common_properties();
    const auto message_bytes = std::max(settings_.max_event_bytes + record_overhead_bytes, settings_.batch_bytes);
    const Properties ours = {
        {"compression.codec", settings_.compression},
        {"linger.ms", std::to_string(settings_.linger.count())},
        {"batch.size", std::to_string(settings_.batch_bytes)},
        {"message.max.bytes", std::to_string(message_bytes)},
        {"acks", "all"},
        {"enable.idempotence", "true"},
        {"message.timeout.ms", "0"},  // for as long as it takes
        // With these a record without a key would go anywhere instead of where choose_partition() says.
        {"sticky.partitioning.linger.ms", "0"},
    };
    properties.insert(properties.end(), ours.begin(), ours.end());
    if (settings_.exactly_once) {
        properties.emplace_back("transactional.id", transactional_id_);
        properties.emplace_back("transaction.timeout.ms", std::to_string(settings_.transaction_timeout.count()));
    } else {
        // A record that fails for good ends the producer, so that nothing behind it in its partition gets past it.
        properties.emplace_back("enable.gapless.guarantee", "true");
    }
    return properties;
}

Properties ClientFactory::inspector_properties() const {
    Properties properties = common_properties();
    properties.emplace_back("allow.auto.create.topics", "false");
    return properties;
}

Properties ClientFactory::reader_properties(bool reads_committed) const {
    Properties properties = common_properties();
    const Properties ours = {
        {"enable.auto.commit", "false"},
        {"enable.partition.eof", "true"},
        {"auto.offset.reset", "earliest"},
        {"allow.auto.create.topics", "false"},
        {"isolation.level", reads_committed ? "read_committed" : "read_uncommitted"},
    };
    properties.insert(properties.end(), ours.begin(), ours.end());
    return properties;
}

std::string ClientFactory::without_secrets(std::string text) const {
    for (const auto& secret : secrets_) {
        for (auto found = text.find(secret); found != std::string::npos; found = text.find(secret, found + 3)) {
            text.replace(found, secret.size(), "***");
        }
    }
    return text;
}

}  // namespace glassflow::sink::kafka
