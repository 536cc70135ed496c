#include "command/destinations.h"

#include <memory>

#include "sink/file/sink.h"
#include "sink/glassflow_http/sink.h"

namespace glassflow::command {

namespace {
std::unique_ptr<sink::Sink> make_sink(const sink::FileSettings& settings) {
    return std::make_unique<sink::FileSink>(settings);
}
std::unique_ptr<sink::Sink> make_sink(const sink::GlassflowHttpSettings& settings) {
    return std::make_unique<sink::GlassflowHttpSink>(settings);
}
}  // namespace

std::vector<delivery::Destination> make_destinations(const config::Configuration& configuration) {
    std::vector<delivery::Destination> destinations;
    for (const auto& configured : configuration.sinks) {
        delivery::Destination destination;
        destination.sink = std::visit([](const auto& settings) { return make_sink(settings); }, configured.settings);
        destination.format = format::make_format(configured.format);
        destinations.push_back(std::move(destination));
    }
    return destinations;
}

std::unique_ptr<sink::Sink> make_replay_sink(const config::SinkConfiguration& configured) {
    return std::visit([](const auto& settings) { return make_sink(settings); }, configured.settings);
}

}  // namespace glassflow::command
