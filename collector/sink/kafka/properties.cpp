#include "sink/kafka/properties.h"

#include <algorithm>

#include "sink/sink.h"

namespace glassflow::sink::kafka {

namespace {

struct Refused {
    std::string_view name;
    std::string_view hint;
};

constexpr std::string_view no_loss = "Remove it: a change could be lost or come out of order.";
constexpr std::string_view by_the_sink = "Remove it: the sink decides it.";

// Aliases included: librdkafka takes either.
constexpr Refused refused[] = {
    {"acks", "Remove it: it is always all, or a change could be lost."},
    {"request.required.acks", "Remove it: it is always all, or a change could be lost."},
    {"enable.idempotence", "Remove it: it is always on, or changes could come twice or out of order."},
    {"enable.gapless.guarantee", "Remove it: it is always on, or changes could come out of order."},
    {"retries", "Remove it: deliveries are tried again for as long as it takes."},
    {"message.send.max.retries", "Remove it: deliveries are tried again for as long as it takes."},
    {"message.timeout.ms", "Remove it: deliveries are tried again for as long as it takes."},
    {"delivery.timeout.ms", "Remove it: deliveries are tried again for as long as it takes."},
    {"queuing.strategy", no_loss},
    {"partitioner", "Remove it: it is murmur2_random, as Java's, so that a row keeps its partition."},
    {"sticky.partitioning.linger.ms", no_loss},
    {"message.max.bytes", "Set max_event_bytes instead."},
    {"transactional.id", "Set exactly_once and transactional_id instead."},
    {"transaction.timeout.ms", "Set transaction_timeout instead."},
    {"isolation.level", by_the_sink},
    {"group.id", by_the_sink},
    {"enable.auto.commit", by_the_sink},
    {"enable.auto.offset.store", by_the_sink},
    {"enable.partition.eof", by_the_sink},
    {"auto.offset.reset", by_the_sink},
    {"delivery.report.only.error", by_the_sink},
    {"dr_cb", by_the_sink},
    {"dr_msg_cb", by_the_sink},
    {"error_cb", by_the_sink},
    {"log_cb", by_the_sink},
    {"opaque", by_the_sink},
    {"enabled_events", by_the_sink},
    {"log.queue", by_the_sink},
    {"plugin.library.paths", "Remove it: no code is loaded by a setting."},
    {"bootstrap.servers", "Set brokers instead."},
    {"metadata.broker.list", "Set brokers instead."},
    {"compression.codec", "Set compression instead."},
    {"compression.type", "Set compression instead."},
    {"linger.ms", "Set linger instead."},
    {"queue.buffering.max.ms", "Set linger instead."},
    {"batch.size", "Set batch_bytes instead."},
    {"security.protocol", "Set security_protocol instead."},
    {"sasl.mechanism", "Set sasl_mechanism instead."},
    {"sasl.mechanisms", "Set sasl_mechanism instead."},
    {"sasl.username", "Set sasl_username instead."},
    {"sasl.password", "Set sasl_password instead, or sasl_password_file."},
    {"ssl.ca.location", "Set tls_ca instead."},
    {"ssl.certificate.location", "Set tls_certificate instead."},
    {"ssl.key.location", "Set tls_key instead."},
    {"ssl.key.password", "Set tls_key_password instead, or tls_key_password_file."},
};

constexpr std::string_view secret_names[] = {"ssl.key.pem", "ssl.keystore.password", "sasl.oauthbearer.config",
                                             "sasl.oauthbearer.client.secret"};

bool is_name(std::string_view name) {
    return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._") == std::string_view::npos;
}

}  // namespace

Properties parse_properties(const std::vector<std::string>& texts, bool is_secret) {
    const std::string option = is_secret ? "secret_properties" : "properties";
    Properties properties;
    for (const auto& text : texts) {
        const auto equals = text.find('=');
        const auto name = text.substr(0, equals);
        if (equals == std::string::npos || !is_name(name)) {
            throw SinkError(option + " holds an element that is not NAME=VALUE",
                            "Write a property of librdkafka, such as socket.keepalive.enable=true.");
        }
        const auto found = std::ranges::find(refused, name, &Refused::name);
        if (found != std::end(refused)) {
            throw SinkError(option + " holds " + name + ", which is not to be set there", std::string(found->hint));
        }
        if (!is_secret && std::ranges::find(secret_names, name) != std::end(secret_names)) {
            throw SinkError("properties holds " + name + ", which is a secret",
                            "Put it into secret_properties, or the file of secret_properties_file.");
        }
        properties.emplace_back(name, text.substr(equals + 1));
    }
    return properties;
}

}  // namespace glassflow::sink::kafka
