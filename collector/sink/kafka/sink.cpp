// The thread around the delivery loop, and the questions that are asked before it starts.
#include "sink/kafka/sink.h"

#include <chrono>
#include <exception>
#include <utility>

#include "log/log.h"
#include "sink/kafka/cluster.h"
#include "sink/kafka/delivery_loop.h"
#include "sink/worker_thread.h"

namespace glassflow::sink {

namespace {

constexpr std::chrono::milliseconds longest_check{10'000};

// A client that is thrown away: what librdkafka does not take is told before anything starts. It knows no broker, for
// it would look for one at once, and settings are looked at where there is no network, too.
void try_settings(const kafka::ClientFactory& factory) {
    kafka::Properties properties = factory.producer_properties();
    std::erase_if(properties, [](const auto& property) { return property.first == "bootstrap.servers"; });
    kafka::Client(factory, RD_KAFKA_PRODUCER, properties, nullptr);
}

}  // namespace

KafkaSink::KafkaSink(const KafkaSettings& settings) : factory_(settings), routes_(settings) {
    if (settings.brokers.empty()) {
        throw SinkError("sink \"" + settings.name + "\" has no brokers", "Set brokers to host:port of one at least.");
    }
    try_settings(factory_);
}

KafkaSink::~KafkaSink() {
    finish(std::chrono::steady_clock::time_point::min());
}

void KafkaSink::check() {
    try {
        check_topics();
    } catch (const SinkError& error) {
        throw SinkError("sink \"" + name() + "\" " + error.what(), error.hint());
    }
}

// Topics that are known before the first event: those of tables named in full, that of messages is not known to be
// used.
void KafkaSink::check_topics() {
    const auto& settings = factory_.settings();
    kafka::Cluster cluster(factory_, [] { return false; });
    const auto topics = cluster.topics(longest_check);
    if (settings.create_topics) {
        return;
    }
    std::vector<std::string> wanted;
    for (const auto& table : settings.known_tables) {
        const auto separator = table.find('\0');
        wanted.push_back(routes_.topic_of(table.substr(0, separator), table.substr(separator + 1)));
    }
    if (routes_.topic_template().is_fixed()) {
        wanted.push_back(routes_.topic_of({}, {}));
    }
    for (const auto& topic : wanted) {
        if (!topics.contains(topic)) {
            throw SinkError("finds no topic " + topic,
                            "Create it, or set create_topics to true; a user sees only topics that it may describe.");
        }
    }
}

void KafkaSink::start(DeliveryListener& listener, const std::string& stream) {
    const auto& settings = factory_.settings();
    if (settings.security_protocol == "sasl_plaintext" && settings.sasl_mechanism == "PLAIN") {
        log::warning("the password travels unencrypted, use sasl_ssl", {{"sink", settings.name}});
    }
    if (settings.drop_messages) {
        log::info("logical messages are left out", {{"sink", settings.name}});
    }
    thread_ = start_worker_thread("sink-" + name(), [this, &listener, stream] { run(listener, stream); });
}

void KafkaSink::push(std::vector<Payload>&& payloads) {
    inbox_.push(std::move(payloads));
}

bool KafkaSink::finish(std::chrono::steady_clock::time_point deadline) {
    inbox_.finish(deadline);
    if (thread_.joinable()) {
        thread_.join();
    }
    return left_ == 0 && inbox_.size() == 0;
}

void KafkaSink::run(DeliveryListener& listener, const std::string& stream) {
    kafka::DeliveryLoop loop(factory_, routes_, inbox_, listener, stream);
    try {
        while (loop.turn()) {
        }
    } catch (const std::exception& error) {
        listener.halted(factory_.without_secrets(error.what()));
    }
    left_ = loop.left();
}

}  // namespace glassflow::sink
