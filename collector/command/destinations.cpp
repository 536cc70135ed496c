#include "command/destinations.h"

#include <algorithm>
#include <cctype>
#include <memory>
#include <string_view>
#include <utility>

#include "sink/file/sink.h"
#include "sink/glassflow_http/sink.h"
#include "sink/kafka/sink.h"
#include "sink/otlp/sink.h"

namespace glassflow::command {

namespace {
using config::Configuration;
using config::SinkConfiguration;

std::unique_ptr<sink::Sink> make_sink(const sink::FileSettings& settings, const SinkConfiguration&,
                                      const Configuration&) {
    return std::make_unique<sink::FileSink>(settings);
}
std::unique_ptr<sink::Sink> make_sink(const sink::GlassflowHttpSettings& settings, const SinkConfiguration&,
                                      const Configuration&) {
    return std::make_unique<sink::GlassflowHttpSink>(settings);
}
// "public.orders" -> "public\0orders"; empty when the pattern may stand for more, or other, than it says.
std::string plain_table(std::string_view pattern) {
    const auto is_plain = [](char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_' || c == '.'; };
    const auto dot = pattern.find('.');
    if (!std::ranges::all_of(pattern, is_plain) || dot != pattern.rfind('.') || dot == std::string_view::npos)
        return {};
    std::string table(pattern);
    table[dot] = '\0';
    return table;
}

std::string form_of(format::FormatName name) {
    switch (name) {
        case format::FormatName::wal2json:
            return "wal2json";
        case format::FormatName::flat:
            return "flat";
        case format::FormatName::row:
            return "row";
        case format::FormatName::envelope:
            break;
    }
    return "envelope";
}

std::unique_ptr<sink::Sink> make_sink(sink::OtlpSettings settings, const SinkConfiguration& sink,
                                      const Configuration& configuration) {
    settings.form = form_of(sink.format);
    settings.tables = configuration.source.tables;
    settings.resource.emplace_back("db.system", "postgresql");
    settings.resource.emplace_back("db.name", configuration.source.database);
    settings.resource.emplace_back("postgresql.slot", configuration.source.slot);
    return std::make_unique<sink::OtlpSink>(std::move(settings));
}

// What the sink needs to know of the source: names for topics and for its position.
std::unique_ptr<sink::Sink> make_sink(sink::KafkaSettings settings, const SinkConfiguration& sink,
                                      const Configuration& configuration) {
    settings.database = configuration.source.database;
    settings.slot = configuration.source.slot;
    settings.form = form_of(sink.format);
    for (const auto& pattern : configuration.source.tables)
        if (auto table = plain_table(pattern); !table.empty())
            settings.known_tables.push_back(std::move(table));
    return std::make_unique<sink::KafkaSink>(settings);
}

std::unique_ptr<sink::Sink> make_sink(const SinkConfiguration& sink, const Configuration& configuration) {
    return std::visit([&](const auto& settings) { return make_sink(settings, sink, configuration); }, sink.settings);
}

// As the key of a record, or to know which columns stay in an event that is too large.
bool uses_keys(const SinkConfiguration& sink) {
    const auto* const otlp = std::get_if<sink::OtlpSettings>(&sink.settings);
    return std::holds_alternative<sink::KafkaSettings>(sink.settings) ||
           (otlp != nullptr && otlp->oversize == "truncate");
}
}  // namespace

std::vector<delivery::Destination> make_destinations(const config::Configuration& configuration) {
    std::vector<delivery::Destination> destinations;
    for (const auto& configured : configuration.sinks) {
        delivery::Destination destination;
        destination.sink = make_sink(configured, configuration);
        destination.toast = configured.toast;
        destination.format =
            format::make_format(configured.format, {.makes_keys = uses_keys(configured), .arrays = configured.arrays});
        destinations.push_back(std::move(destination));
    }
    return destinations;
}

std::unique_ptr<sink::Sink> make_replay_sink(const config::Configuration& configuration, std::size_t index) {
    SinkConfiguration replayed = configuration.sinks[index];
    if (auto* const kafka = std::get_if<sink::KafkaSettings>(&replayed.settings)) {
        // In transactions it would shut the running collector out, and its position would be that of old events.
        kafka->exactly_once = false;
    }
    return make_sink(replayed, configuration);
}

}  // namespace glassflow::command
