#include "command/pipeline_endpoint.h"

#include "config/problem.h"

namespace glassflow::command {

namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& what, const std::string& hint) {
    throw config::ConfigError({{"", key, what, hint}});
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
        text.replace(at, from.size(), to);
}

}  // namespace

std::string Endpoint::topic_of(const etl::TablePlan& plan) const {
    std::string topic = topic_template;
    replace_all(topic, "{database}", database);
    replace_all(topic, "{schema}", plan.schema);
    replace_all(topic, "{table}", plan.table);
    return topic;
}

Endpoint endpoint_of(const config::Configuration& configuration, const EndpointWish& wish) {
    Endpoint endpoint;
    endpoint.database = configuration.source.database;
    const std::string destination = wish.destination.empty() ? "kafka" : wish.destination;
    if (destination == "otlp") {
        if (!wish.form.empty())
            refuse("--form", "form " + wish.form + " does not go over OTLP", "Leave --form out: its events are rows.");
        endpoint.form = etl::EventForm::row;
        return endpoint;
    }
    endpoint.form = wish.form == "flat" ? etl::EventForm::flat : etl::EventForm::envelope;
    etl::KafkaEndpoint kafka;
    kafka.brokers = configuration.pipeline.kafka_brokers;
    if (kafka.brokers.empty())
        refuse("pipeline.kafka_brokers", "pipeline.kafka_brokers is missing",
               "Set it to the brokers as GlassFlow reaches them.");
    endpoint.topic_template = wish.topic.empty() ? "{database}.{schema}.{table}" : wish.topic;
    endpoint.kafka = std::move(kafka);
    return endpoint;
}

}  // namespace glassflow::command
