// Configuration -> destinations: which class serves which kind of sink.
#pragma once

#include <vector>

#include "config/configuration.h"
#include "delivery/delivery.h"

namespace glassflow::command {

std::vector<delivery::Destination> make_destinations(const config::Configuration& configuration);

}  // namespace glassflow::command
