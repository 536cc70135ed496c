#include "command/pipeline_endpoint.h"

#include <algorithm>
#include <map>
#include <variant>

#include "config/option_table.h"
#include "config/problem.h"
#include "config/text_file.h"
#include "glassflow/names.h"
#include "sink/kafka/topic_names.h"
#include "sink/otlp/pipeline_map.h"
#include "sink/sink.h"

namespace glassflow::command {

namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& what, const std::string& hint) {
    throw config::ConfigError({{"", key, what, hint}});
}

std::string_view destination_of(const config::SinkConfiguration& sink) {
    const std::string_view type = config::type_of(sink);
    return type == "kafka" || type == "otlp" ? type : std::string_view();
}

// The sink that the pipelines read from; nullptr when there is none and the command line has to say it all.
const config::SinkConfiguration* chosen_sink(const config::Configuration& configuration,
                                             const std::string& destination) {
    const std::string& wanted = configuration.pipeline.sink;
    const config::SinkConfiguration* chosen = nullptr;
    std::string names;
    for (const auto& sink : configuration.sinks) {
        const std::string_view type = destination_of(sink);
        if (type.empty() || (!destination.empty() && type != destination) ||
            (!wanted.empty() && config::name_of(sink) != wanted))
            continue;
        names += (names.empty() ? "" : ", ") + config::name_of(sink);
        if (chosen != nullptr)
            refuse("pipeline.sink", "several sinks could feed the pipelines: " + names,
                   "Name one of them as pipeline.sink.");
        chosen = &sink;
    }
    if (chosen == nullptr && !wanted.empty())
        refuse("pipeline.sink",
               "pipeline.sink names \"" + wanted + "\", which is no sink of type " +
                   (destination.empty() ? "kafka or otlp" : destination),
               "Name a sink of that type, or leave it out.");
    return chosen;
}

std::string format_word(const config::SinkConfiguration& sink) {
    return std::string(config::find_option("sinks[].format")->words[static_cast<std::size_t>(sink.format)]);
}

// The events are what the sink makes them, whatever a document says.
void check_format(const config::SinkConfiguration* sink, bool is_right, const std::string& wanted) {
    if (sink == nullptr || is_right)
        return;
    const std::string key = "sinks." + config::name_of(*sink) + ".format";
    refuse(key, key + " is " + format_word(*sink) + ", which such a pipeline does not read",
           "Set it to " + wanted + ".");
}

// Without a transform an array is what the event has.
void check_arrays(const config::Configuration& configuration, const config::SinkConfiguration* sink) {
    const bool is_native = configuration.pipeline.arrays == etl::ArrayColumns::native;
    if (sink == nullptr || is_native == (sink->arrays == format::ArrayStyle::native))
        return;
    const std::string key = "sinks." + config::name_of(*sink) + ".arrays";
    refuse("pipeline.arrays", "pipeline.arrays is not what " + key + " is",
           "Set both to the same: form flat has no transform between them.");
}

Endpoint otlp_endpoint(const config::SinkConfiguration* sink, const EndpointWish& wish) {
    if (!wish.form.empty())
        refuse("--form", "form " + wish.form + " does not go over OTLP", "Leave --form out: its events are rows.");
    check_format(sink, sink != nullptr && sink->format == format::FormatName::row, "row");
    Endpoint endpoint;
    endpoint.form = etl::EventForm::row;
    endpoint.sink = sink;
    return endpoint;
}

std::string file_text(const std::string& key, const std::string& path) {
    constexpr std::size_t bytes_max = 256 << 10;
    try {
        return path.empty() ? path : config::read_text_file(path, bytes_max).text;
    } catch (const config::FileError& error) {
        refuse(key, "could not read the file of " + key + " \"" + etl::shown_name(path) + "\": " + error.what(),
               "GlassFlow gets what is in it: run this where the collector's files are.");
    }
}

std::string upper(std::string text) {
    for (char& c : text)
        c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return text;
}

// GlassFlow reads the topic as the sink writes it: the same brokers, credentials and certificates.
etl::KafkaEndpoint connection_of(const sink::KafkaSettings& settings) {
    const std::string place = "sinks." + settings.name + ".";
    etl::KafkaEndpoint kafka;
    kafka.brokers = settings.brokers;
    kafka.protocol = upper(settings.security_protocol);
    if (kafka.protocol.starts_with("SASL")) {
        if (settings.sasl_mechanism == "GSSAPI" || settings.sasl_mechanism == "OAUTHBEARER")
            refuse(
                place + "sasl_mechanism",
                "a document cannot say how sink \"" + settings.name + "\" proves itself by " + settings.sasl_mechanism,
                "Give GlassFlow a user of its own with PLAIN or SCRAM, in the document.");
        kafka.mechanism = settings.sasl_mechanism;
        kafka.username = settings.sasl_username;
        kafka.password = settings.sasl_password;
    }
    if (!kafka.protocol.ends_with("SSL"))
        return kafka;
    if (!settings.tls_key_password.empty())
        refuse(place + "tls_key_password",
               "the key of sink \"" + settings.name + "\" has a password, and GlassFlow takes keys without one only",
               "Give GlassFlow a user or a key of its own, in the document.");
    kafka.root_ca = file_text(place + "tls_ca", settings.tls_ca);
    kafka.client_cert = file_text(place + "tls_certificate", settings.tls_certificate);
    kafka.client_key = file_text(place + "tls_key", settings.tls_key);
    if (kafka.root_ca.empty() && kafka.client_cert.empty())
        refuse(place + "tls_ca",
               "GlassFlow needs the certificates that it is to trust, and sink \"" + settings.name + "\" names none",
               "Set " + place + "tls_ca to their file.");
    return kafka;
}

Endpoint kafka_endpoint(const config::Configuration& configuration, const config::SinkConfiguration* sink,
                        const EndpointWish& wish) {
    Endpoint endpoint;
    endpoint.sink = sink;
    const bool is_flat =
        wish.form.empty() ? sink != nullptr && sink->format == format::FormatName::flat : wish.form == "flat";
    endpoint.form = is_flat ? etl::EventForm::flat : etl::EventForm::envelope;
    const auto wanted = is_flat ? format::FormatName::flat : format::FormatName::envelope;
    check_format(sink, sink != nullptr && sink->format == wanted, wish.form.empty() ? "envelope or flat" : wish.form);
    if (is_flat)
        check_arrays(configuration, sink);
    const auto* const settings = sink == nullptr ? nullptr : &std::get<sink::KafkaSettings>(sink->settings);
    endpoint.kafka = settings == nullptr ? etl::KafkaEndpoint() : connection_of(*settings);
    if (!configuration.pipeline.kafka_brokers.empty())
        endpoint.kafka->brokers = configuration.pipeline.kafka_brokers;
    if (endpoint.kafka->brokers.empty())
        refuse("pipeline.kafka_brokers",
               "pipeline.kafka_brokers is missing: there is no sink of type kafka to take them from",
               "Set it to the brokers as GlassFlow reaches them, or configure the sink.");
    endpoint.topic = !wish.topic.empty()   ? wish.topic
                     : settings == nullptr ? sink::KafkaSettings().topic
                                           : settings->topic;
    const auto has = [&](const char* part) { return endpoint.topic.find(part) != std::string::npos; };
    endpoint.kafka->is_topic_shared = !has("{schema}") || !has("{table}");
    if (is_flat && endpoint.kafka->is_topic_shared)
        refuse("--topic", "topic " + endpoint.topic + " may hold several tables, which form flat does not tell apart",
               "Have {schema} and {table} in the topic's name, or use form envelope.");
    return endpoint;
}

}  // namespace

std::string Endpoint::pipeline_of(const etl::TablePlan& plan) const {
    const auto* const otlp = sink == nullptr ? nullptr : std::get_if<sink::OtlpSettings>(&sink->settings);
    if (otlp == nullptr || (otlp->pipeline_id.empty() && otlp->pipelines.empty()))
        return {};
    // With one for all, so that the map does not ask whether everything that is captured has one.
    constexpr const char* none = "no-pipeline";
    sink::OtlpSettings settings = *otlp;
    if (settings.pipeline_id.empty())
        settings.pipeline_id = none;
    try {
        sink::PipelineMap map(settings);
        const sink::Table table{plan.schema, plan.table};
        const auto found = map.pipeline_of(&table);
        return found && map.ids()[*found] != none ? map.ids()[*found] : std::string();
    } catch (const sink::SinkError& error) {
        refuse("sinks." + otlp->name + ".pipelines", error.what(), error.hint());
    }
}

etl::Node Endpoint::document(const etl::TablePlan& plan, const etl::PipelineSettings& settings) const {
    if (!kafka)
        return etl::pipeline_document(plan, nullptr, settings);
    etl::KafkaEndpoint with_topic = *kafka;
    try {
        with_topic.topic = sink::kafka::TopicTemplate(topic, "topic", database).topic_of(plan.schema, plan.table);
    } catch (const sink::SinkError& error) {
        refuse("topic", error.what(), error.hint());
    }
    return etl::pipeline_document(plan, &with_topic, settings);
}

bool feeds_pipelines(const config::Configuration& configuration) {
    return std::ranges::any_of(configuration.sinks, [](const auto& sink) { return !destination_of(sink).empty(); });
}

Endpoint endpoint_of(const config::Configuration& configuration, const EndpointWish& wish) {
    const auto* const sink = chosen_sink(configuration, wish.destination);
    const bool is_otlp =
        !wish.destination.empty() ? wish.destination == "otlp" : sink != nullptr && destination_of(*sink) == "otlp";
    Endpoint endpoint = is_otlp ? otlp_endpoint(sink, wish) : kafka_endpoint(configuration, sink, wish);
    endpoint.database = configuration.source.database;
    return endpoint;
}

// Over OTLP the sink says which pipeline a table's events go to; a pipeline is of one table.
void settle(std::vector<etl::TablePlan>& plans, const Endpoint& endpoint) {
    if (endpoint.kafka)
        return;
    std::map<std::string, std::string> owners;
    for (etl::TablePlan& plan : plans) {
        const std::string table = etl::shown_name(plan.schema + "." + plan.table);
        const std::string id = endpoint.pipeline_of(plan);
        if (id.empty())
            plan.notes.push_back("The otlp sink has to send its events to this pipeline: pipelines: [\"" + table + "=" +
                                 plan.id + "\"].");
        else
            plan.id = id;
        const auto [owner, is_new] = owners.try_emplace(plan.id, table);
        if (!is_new)
            refuse("sinks." + (endpoint.sink == nullptr ? std::string("NAME") : config::name_of(*endpoint.sink)) +
                       ".pipelines",
                   "tables " + owner->second + " and " + table + " go to one pipeline, " + plan.id +
                       ", and a pipeline is of one table",
                   "Give each table its pipeline: pipelines: [\"" + table + "=ANOTHER-ID\"].");
    }
}

}  // namespace glassflow::command
