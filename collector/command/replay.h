// Dead letters -> their destination once more.
#pragma once

#include <string>
#include <vector>

#include "command/exit_code.h"
#include "config/configuration.h"

namespace glassflow::command {

// sink: empty for every one. event_ids: empty for all letters. A letter is removed when its destination has it; one
// that is refused again stays. ExitCode::failed when any is left. Throws sink::SinkError when a destination cannot be
// delivered to or the letters cannot be read.
ExitCode replay(const config::Configuration& configuration, const std::string& sink,
                const std::vector<std::string>& event_ids);

}  // namespace glassflow::command
