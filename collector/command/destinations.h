// Configuration -> destinations: which class serves which kind of sink.
#pragma once

#include <memory>
#include <vector>

#include "config/configuration.h"
#include "delivery/delivery.h"

namespace glassflow::command {

std::vector<delivery::Destination> make_destinations(const config::Configuration& configuration);

// The sink alone, to deliver dead letters with beside a running collector.
std::unique_ptr<sink::Sink> make_replay_sink(const config::SinkConfiguration& configured);

}  // namespace glassflow::command
