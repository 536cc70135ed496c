// `run`: stream the slot and deliver until told to stop.
#pragma once

#include "command/exit_code.h"
#include "config/configuration_loader.h"
#include "delivery/resume_decision.h"

namespace glassflow::command {

struct RunArguments {
    config::Sources sources;
    bool drain = false;  // deliver what is committed now, confirm it, and end
    delivery::ResumeChoice resume = delivery::ResumeChoice::none;
    bool accept_schema_change = false;  // tables that changed since the last run are taken as they are
};

ExitCode run(const RunArguments& arguments);

}  // namespace glassflow::command
