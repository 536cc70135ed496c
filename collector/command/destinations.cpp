#include "command/destinations.h"

#include <memory>
#include <utility>

#include "sink/file/sink.h"
#include "sink/glassflow_http/sink.h"
#include "sink/otlp/sink.h"

namespace glassflow::command {

namespace {
std::unique_ptr<sink::Sink> make_sink(const sink::FileSettings& settings, const config::Configuration&) {
    return std::make_unique<sink::FileSink>(settings);
}
std::unique_ptr<sink::Sink> make_sink(const sink::GlassflowHttpSettings& settings, const config::Configuration&) {
    return std::make_unique<sink::GlassflowHttpSink>(settings);
}
std::unique_ptr<sink::Sink> make_sink(sink::OtlpSettings settings, const config::Configuration& configuration) {
    settings.tables = configuration.source.tables;
    settings.resource.emplace_back("db.system", "postgresql");
    settings.resource.emplace_back("db.name", configuration.source.database);
    settings.resource.emplace_back("postgresql.slot", configuration.source.slot);
    return std::make_unique<sink::OtlpSink>(std::move(settings));
}
}  // namespace

std::vector<delivery::Destination> make_destinations(const config::Configuration& configuration) {
    std::vector<delivery::Destination> destinations;
    for (const auto& configured : configuration.sinks) {
        delivery::Destination destination;
        destination.sink =
            std::visit([&](const auto& settings) { return make_sink(settings, configuration); }, configured.settings);
        destination.format = format::make_format(configured.format, {.arrays = configured.arrays});
        destinations.push_back(std::move(destination));
    }
    return destinations;
}

std::unique_ptr<sink::Sink> make_replay_sink(const config::Configuration& configuration, std::size_t index) {
    return std::visit([&](const auto& settings) { return make_sink(settings, configuration); },
                      configuration.sinks[index].settings);
}

}  // namespace glassflow::command
