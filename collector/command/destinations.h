// Configuration -> destinations: which class serves which kind of sink.
#pragma once

#include <memory>
#include <vector>

#include "config/configuration.h"
#include "delivery/delivery.h"

namespace glassflow::command {

std::vector<delivery::Destination> make_destinations(const config::Configuration& configuration);

// One of its sinks alone, to deliver dead letters with beside a running collector.
std::unique_ptr<sink::Sink> make_replay_sink(const config::Configuration& configuration, std::size_t index);

}  // namespace glassflow::command
